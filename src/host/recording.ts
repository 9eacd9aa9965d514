/** The format of a recorded machine. DESIGN section 4. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { StanceError } from '../model/index.ts';

const Text = Type.String();
const Failure = Type.Optional(Type.String({ maxLength: 40, description: 'An errno name instead of the answer.' }));

/** One door call with its answer, or the error it failed with. The first member names the door. */
export const RecordedCall = Type.Union([
  Type.Object({
    run: Type.Array(Text, { minItems: 1 }),
    stdout: Type.Optional(Text),
    stderr: Type.Optional(Text),
    exit: Type.Optional(Type.Integer()),
    error: Failure,
  }),
  Type.Object({ read: Text, text: Type.Optional(Text), base64: Type.Optional(Text), error: Failure }),
  Type.Object({ list: Text, entries: Type.Optional(Type.Array(Text)), error: Failure }),
  Type.Object({ link: Text, target: Type.Optional(Text), error: Failure }),
  Type.Object({
    stat: Text,
    type: Type.Optional(Type.Enum(['file', 'directory', 'link', 'character', 'block', 'fifo', 'socket'])),
    size: Type.Optional(Type.Number()),
    mtime: Type.Optional(Text),
    mode: Type.Optional(Text),
    uid: Type.Optional(Type.Integer()),
    gid: Type.Optional(Type.Integer()),
    error: Failure,
  }),
  Type.Object({
    unit: Text,
    scope: Type.Optional(Type.Enum(['system', 'user'])),
    load: Type.Optional(Text),
    active: Type.Optional(Text),
    enabled: Type.Optional(Text),
    error: Failure,
  }),
  Type.Object({
    gsettings: Type.Array(Text, { minItems: 2, maxItems: 2 }),
    value: Type.Optional(Type.Unknown()),
    source: Type.Optional(Type.Enum(['user', 'default'])),
    error: Failure,
  }),
  Type.Object({ plist: Text, host: Type.Optional(Type.Literal('current')), value: Type.Optional(Type.Unknown()), error: Failure }),
  Type.Object({
    registry: Text,
    values: Type.Optional(Type.Record(Text, Type.Unknown())),
    keys: Type.Optional(Type.Array(Text)),
    writtenAt: Type.Optional(Text),
    error: Failure,
  }),
  Type.Object({
    cim: Type.Array(Text, { minItems: 2, maxItems: 3 }),
    where: Type.Optional(Text),
    store: Type.Optional(Text),
    rows: Type.Optional(Type.Array(Type.Record(Text, Type.Unknown()))),
    error: Failure,
  }),
  Type.Object({ shellProperty: Type.Array(Text, { minItems: 2, maxItems: 2 }), value: Type.Optional(Type.Unknown()), error: Failure }),
  Type.Object({ service: Text, state: Type.Optional(Text), start: Type.Optional(Text), error: Failure }),
  Type.Object({ com: Text, value: Type.Optional(Type.Unknown()), error: Failure }),
  Type.Object({ languageMode: Type.Optional(Text), error: Failure }),
]);
export type RecordedCall = Static<typeof RecordedCall>;

export const Recording = Type.Object({
  os: Type.Enum(['linux', 'darwin', 'win32']),
  release: Text,
  user: Type.Object({ uid: Type.Optional(Type.Integer()), admin: Type.Boolean(), groups: Type.Optional(Type.Array(Text)) }),
  env: Type.Record(Text, Text),
  now: Text,
  history: Type.Optional(Type.Record(Text, Type.Record(Text, Text))),
  calls: Type.Array(RecordedCall, { maxItems: 100_000 }),
});
export type Recording = Static<typeof Recording>;

const schema = Compile(Recording);

/** @throws StanceError `recording-invalid`, saying where. */
export function parseRecording(text: string): Recording {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new StanceError('recording-invalid', 'The file is not JSON. A recorded machine is written by: stance check --record FILE', { cause });
  }
  if (!schema.Check(document)) {
    const error = schema.Errors(document)[0];
    throw new StanceError('recording-invalid', `Not a recorded machine: ${error?.instancePath || '/'} ${error?.message ?? 'is not of the expected form'}.`);
  }
  if (Number.isNaN(Date.parse(document.now))) throw new StanceError('recording-invalid', 'Not a recorded machine: /now is not a time.');
  return document;
}

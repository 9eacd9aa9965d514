/** Who would like to do what, with what, on which device: as test cases and "what if" put it; and the request that it is. Pure. */
import { type Static, Type } from 'typebox';
import type { EvaluationRequest } from '../model/index.ts';
import { DeviceImagined } from './imagined-device.ts';

const closed = { additionalProperties: false };
const Properties = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

export const Moment = (description: string) =>
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})$',
    description: `${description} As 2026-11-24T08:00:00Z.`,
  });

export const questionMembers = {
  at: Type.Optional(Moment('When it is asked. Left out: the moment of the file, or now.')),
  subject: Type.Union(
    [
      Type.String({ minLength: 1, maxLength: 1024 }),
      Type.Object({ type: Type.Optional(Type.String()), id: Type.String({ minLength: 1 }), properties: Properties }, closed),
    ],
    {
      description: 'Who asks: an id, or id and properties.',
    },
  ),
  action: Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Type.Object({ name: Type.String({ minLength: 1 }), properties: Properties }, closed)], {
      description: 'Left out: open.',
    }),
  ),
  resource: Type.Object(
    { type: Type.Optional(Type.String({ description: 'Left out: app.' })), id: Type.String({ minLength: 1 }), properties: Properties },
    closed,
  ),
  context: Properties,
  believed: Type.Optional(Type.Boolean({ description: 'Whether the caller is believed about properties and context (scope assert). Left out: true.' })),
  device: Type.Optional(DeviceImagined),
};

export const Question = Type.Object(questionMembers, closed);
export type Question = Static<typeof Question>;

/** The question as AuthZEN puts it. */
export function requestOf({ subject, action = 'open', resource, context }: Question): EvaluationRequest {
  const who = typeof subject === 'string' ? { id: subject } : subject;
  return {
    subject: { type: 'user', ...who },
    action: typeof action === 'string' ? { name: action } : action,
    resource: { type: 'app', ...resource },
    ...(context === undefined ? {} : { context }),
  };
}

/** A device as somebody describes it for a test case or a "what if". */
import { type Static, Type } from 'typebox';
import { checkById } from '../checks/index.ts';
import { ASSURANCES, COMPLIANCES, DEVICE_STATES, PLATFORMS, PROOFS, VERDICTS } from '../model/index.ts';
import { Duration } from './duration.ts';

const closed = { additionalProperties: false };
export const CheckImagined = Type.Union([
  Type.Enum([...VERDICTS]),
  Type.Object(
    {
      verdict: Type.Enum([...VERDICTS]),
      proof: Type.Optional(Type.Enum([...PROOFS])),
      value: Type.Optional(Type.Unknown({ description: 'The value that was read, as docs/checks.md describes it.' })),
      failingFor: Type.Optional(Duration('How long it has failed already; grace counts from there.')),
    },
    closed,
  ),
]);

export const DeviceImagined = Type.Union([
  Type.Literal('none'),
  Type.Object(
    {
      id: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      platform: Type.Optional(Type.Enum([...PLATFORMS], { description: 'Left out: linux.' })),
      assurance: Type.Optional(Type.Enum([...ASSURANCES], { description: 'Left out: software.' })),
      state: Type.Optional(Type.Enum([...DEVICE_STATES], { description: 'Left out: active.' })),
      owner: Type.Optional(
        Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Type.Null()], { description: 'Left out: the person who asks. null: nobody in particular.' }),
      ),
      tags: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 })),
      age: Type.Optional(Duration('How old its evidence is. Left out: ten seconds.')),
      compliance: Type.Optional(Type.Enum([...COMPLIANCES], { description: 'Left out: by the baselines, from the checks.' })),
      checks: Type.Optional(
        Type.Record(Type.String(), CheckImagined, { description: 'Verdicts. A check that a baseline asks for and that is left out passes.' }),
      ),
    },
    closed,
  ),
]);
export type DeviceImagined = Static<typeof DeviceImagined>;

/** Names of checks that are none. */
export const strangeChecks = (imagined: DeviceImagined): string[] =>
  imagined === 'none' ? [] : Object.keys(imagined.checks ?? {}).filter((id) => checkById(id) === undefined);

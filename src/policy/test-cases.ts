/** Test cases of policies: a file beside them says what is asked and what must come out. `run-tests.ts` tries them. */
import { type Static, Type } from 'typebox';
import { OBLIGATIONS, OUTCOMES, REQUIRED_ACTIONS } from '../model/index.ts';
import { noSuchCheck } from './baseline.ts';
import { Directory } from './directory.ts';
import { strangeChecks } from './imagined-device.ts';
import type { Locate, PolicyError } from './policy-errors.ts';
import { Moment, questionMembers } from './question.ts';
import { schemaErrors } from './schema-errors.ts';

const closed = { additionalProperties: false };
const { kind: _kind, ...directoryMembers } = Directory.properties;
const RESULTS = ['satisfied', 'unmet', 'blocked', 'unknown', 'not-applied'] as const;
export type ExpectedResult = (typeof RESULTS)[number];

const Expected = Type.Union([
  Type.Enum([...OUTCOMES]),
  Type.Object(
    {
      outcome: Type.Optional(Type.Enum([...OUTCOMES])),
      actions: Type.Optional(Type.Array(Type.Enum([...REQUIRED_ACTIONS]), { description: 'Required actions, exactly these, in any order.' })),
      obligations: Type.Optional(Type.Array(Type.Enum([...OBLIGATIONS]), { description: 'Obligations, exactly these, in any order.' })),
      policies: Type.Optional(Type.Record(Type.String(), Type.Enum([...RESULTS]), { description: 'What single policies say.' })),
    },
    { ...closed, minProperties: 1 },
  ),
]);

const Case = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 300, description: 'A sentence.' }),
    ...questionMembers,
    expect: Expected,
  },
  closed,
);

export const PolicyTests = Type.Object(
  {
    kind: Type.Literal('policy-tests'),
    title: Type.Optional(Type.String({ maxLength: 200, description: 'For people.' })),
    policies: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Only these access policies, as if they were enforced. Left out: all of the set, in the state that they have.',
      }),
    ),
    directory: Type.Optional(Type.Object(directoryMembers, { ...closed, description: 'Stands in for the directory of the set.' })),
    at: Type.Optional(Moment('When everything is asked. Left out: 2026-11-24T08:00:00Z, a Tuesday.')),
    cases: Type.Array(Case, { minItems: 1, maxItems: 10_000 }),
  },
  { ...closed, title: 'Stance policy tests', description: 'Cases that policies are tried on.' },
);
export type PolicyTests = Static<typeof PolicyTests>;
export type Case = Static<typeof Case>;

export function testErrors(value: unknown, file: string, locate: Locate): PolicyError[] {
  const errors = schemaErrors(PolicyTests, value, file, locate);
  if (errors.length > 0) return errors;
  return (value as PolicyTests).cases.flatMap(({ device }, index) =>
    device === undefined ? [] : strangeChecks(device).map((id) => ({ file, ...locate(['cases', index, 'device', 'checks', id]), message: noSuchCheck(id) })),
  );
}

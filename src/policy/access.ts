/** Access policies: who may open what, on which device. One YAML document each; `engine.ts` gives them their meaning. */
import { type Static, Type } from 'typebox';
import { ASSURANCES, OBLIGATIONS } from '../model/index.ts';

const closed = { additionalProperties: false };
const Names = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 1000, description });

/** A control that must be met before access is given. */
const Control = Type.Union([
  Type.Enum(['compliant-device', 'mfa', 'terms-of-use']),
  Type.Object({ assurance: Type.Enum([...ASSURANCES], { description: 'The identity of the device is proven at least this far.' }) }, closed),
]);
export type Control = Static<typeof Control>;

export const AccessPolicy = Type.Object(
  {
    kind: Type.Literal('access-policy'),
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'Stable name; decisions cite it.' }),
    title: Type.Optional(Type.String({ maxLength: 200, description: 'For people.' })),
    state: Type.Enum(['enforced', 'report-only', 'off'], { description: 'report-only: what it would do is told beside each decision, and changes nothing.' }),
    when: Type.Object(
      {
        users: Type.Optional(
          Type.Object(
            {
              include: Type.Optional(Names('User ids, `group:NAME`, or `*`.')),
              exclude: Type.Optional(Names('The same; whoever is excluded is not touched by this policy. Break-glass accounts belong here.')),
            },
            closed,
          ),
        ),
        resources: Type.Optional(
          Type.Array(
            Type.Object(
              {
                type: Type.Optional(Type.String({ maxLength: 256, description: 'Type of the resource: app, record, …' })),
                id: Type.Optional(Type.String({ maxLength: 256, description: 'Id of the resource; `*` stands for any text.' })),
              },
              closed,
            ),
            { minItems: 1, maxItems: 1000, description: 'Any of these.' },
          ),
        ),
        actions: Type.Optional(Names('Names of actions; any of these.')),
        cel: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 2000,
            description:
              'A condition in CEL over subject, resource, action, context, device. One that cannot be known counts as true in a policy that blocks, and never grants.',
          }),
        ),
      },
      { ...closed, description: 'All that is named must hold. Nothing named: always.' },
    ),
    grant: Type.Union(
      [
        Type.Object({ block: Type.Literal(true, { description: 'No access.' }) }, closed),
        Type.Object({ require: Type.Array(Control, { maxItems: 10, description: 'Access, when all of these are met. Nothing named: access.' }) }, closed),
      ],
      { description: 'All policies that match apply: block wins, controls add up. Where none grants, nobody gets in.' },
    ),
    session: Type.Optional(
      Type.Array(Type.Enum([...OBLIGATIONS]), {
        minItems: 1,
        uniqueItems: true,
        description: 'Obligations on whoever lets the person in: the outcome is "restrict".',
      }),
    ),
  },
  { ...closed, title: 'Stance access policy', description: 'Who may open what, on which device.' },
);
export type AccessPolicy = Static<typeof AccessPolicy>;

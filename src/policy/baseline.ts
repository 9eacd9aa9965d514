/** Baselines: what the organisation requires of a device. One YAML document each; `assess.ts` gives them their meaning. */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { CATALOGUE, checkById } from '../checks/index.ts';
import { PLATFORMS, PROOFS } from '../model/index.ts';
import { Duration } from './duration.ts';
import type { Locate, PolicyError } from './policy-errors.ts';
import { schemaErrors } from './schema-errors.ts';
import { closest } from './spelling.ts';

const closed = { additionalProperties: false };
const Texts = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 1000, description });

const Rule = Type.Object(
  {
    params: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Parameters of the check; what is left out has its default.' })),
    grace: Type.Optional(
      Duration(
        'How long a failure is tolerated, from the first evidence that fails. Turning to unknown and back does not restart it; an hour of passing ends it.',
      ),
    ),
    unknown: Type.Optional(
      Type.Enum(['fail', 'grace', 'ignore'], {
        description:
          'What an unknown verdict counts as. fail: as failing, at once. grace: as failing, with the grace. ignore: it does not count. Left out, it makes the whole device "unknown", which no policy takes for compliant.',
      }),
    ),
    maxAge: Type.Optional(Duration('How old a reading may be, by when it was read. Older ones that would pass are unknown.')),
    proof: Type.Optional(Type.Enum([...PROOFS], { description: 'How far a reading that passes must be proven; what is proven less is unknown.' })),
  },
  closed,
);

export const Baseline = Type.Object(
  {
    kind: Type.Literal('baseline'),
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
      description: 'Stable name, of lower-case letters, digits, dot, dash, underscore; decisions and attestation results cite it.',
    }),
    title: Type.Optional(Type.String({ maxLength: 200, description: 'For people.' })),
    platforms: Type.Array(Type.Enum([...PLATFORMS]), {
      minItems: 1,
      uniqueItems: true,
      description: 'Systems that this baseline is for. A device to which no baseline applies is not compliant.',
    }),
    when: Type.Optional(
      Type.Object(
        {
          tags: Type.Optional(Texts('Any of these tags is on the device.')),
          ownerGroups: Type.Optional(Texts("The device's owner is in any of these groups.")),
          cel: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 2000,
              description:
                'A condition in CEL over `device`: id, platform, assurance, owner, owner_groups, tags, about, values. One that cannot be known holds.',
            }),
          ),
        },
        {
          ...closed,
          description:
            'Which devices it is for: all that is named must hold; nothing named: all of its systems. All baselines that match apply, and the strictest wins.',
        },
      ),
    ),
    checks: Type.Record(Type.String(), Rule, { description: 'Checks that a device must pass, by id. Checks that are not named are shown and do not count.' }),
  },
  { ...closed, title: 'Stance baseline', description: 'What a healthy device is.' },
);
export type Baseline = Static<typeof Baseline>;
export type Rule = Static<typeof Rule>;

/** Says of a name that is no check which one is meant. */
export function noSuchCheck(id: string): string {
  const ids = CATALOGUE.map((known) => known.id);
  return `There is no check "${id}"; did you mean "${closest(id, ids)}"?`;
}

/**
 * What the schema cannot say: ids that exist, parameters that the check takes. Not whether its condition can be used
 * (`conditionErrors`): an agent, which is told the baselines that are for it, needs no CEL to show what they ask.
 */
export function baselineErrors(value: unknown, file: string, locate: Locate): PolicyError[] {
  const errors = schemaErrors(Baseline, value, file, locate);
  if (errors.length > 0) return errors;
  const { checks } = value as Baseline;
  for (const [id, { params, unknown, grace }] of Object.entries(checks)) {
    if (unknown === 'grace' && grace === undefined)
      errors.push({ file, ...locate(['checks', id, 'unknown']), message: '"unknown: grace" needs a "grace" beside it, such as P7D.' });
    const check = checkById(id);
    if (check === undefined) {
      errors.push({ file, ...locate(['checks', id]), message: noSuchCheck(id) });
    } else {
      const closedParams = { ...check.params, additionalProperties: false };
      errors.push(...schemaErrors(closedParams, Value.Default(check.params, { ...params }), file, (path) => locate(['checks', id, 'params', ...path])));
    }
  }
  return errors;
}

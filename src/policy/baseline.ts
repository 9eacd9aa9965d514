/** Baselines: what the organisation requires of a device. One YAML document each. */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { CATALOGUE, checkById } from '../checks/index.ts';
import { PLATFORMS } from '../model/index.ts';
import { closest } from './spelling.ts';
import { type PolicyError, schemaErrors } from './yaml.ts';

const closed = { additionalProperties: false };

export const Baseline = Type.Object(
  {
    kind: Type.Literal('baseline'),
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'Stable name; decisions and attestation results cite it.' }),
    title: Type.Optional(Type.String({ maxLength: 200, description: 'For people.' })),
    platforms: Type.Array(Type.Enum([...PLATFORMS]), {
      minItems: 1,
      uniqueItems: true,
      description: 'Systems that this baseline is for. A system without a baseline is not compliant.',
    }),
    checks: Type.Record(
      Type.String(),
      Type.Object(
        {
          params: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Parameters of the check; what is left out has its default.' })),
          unknown: Type.Optional(
            Type.Enum(['fail', 'ignore'], {
              description: 'What an unknown verdict counts as. Left out, it makes the whole device "unknown", which no policy takes for compliant.',
            }),
          ),
        },
        closed,
      ),
      { description: 'Checks that a device must pass, by id. Checks that are not named are shown and do not count.' },
    ),
  },
  { ...closed, title: 'Stance baseline', description: 'What a healthy device is.' },
);
export type Baseline = Static<typeof Baseline>;

/** What the schema cannot say: ids that exist, and parameters that the check takes. */
export function baselineErrors(value: unknown, file: string, locate: (path: readonly string[]) => { line: number; column: number }): PolicyError[] {
  const errors = schemaErrors(Baseline, value, file, locate);
  if (errors.length > 0) return errors;
  for (const [id, { params }] of Object.entries((value as Baseline).checks)) {
    const check = checkById(id);
    if (check === undefined) {
      const near = closest(
        id,
        CATALOGUE.map((known) => known.id),
      );
      errors.push({ file, ...locate(['checks', id]), message: `There is no check "${id}"; did you mean "${near}"?` });
    } else {
      const closedParams = { ...check.params, additionalProperties: false };
      errors.push(...schemaErrors(closedParams, Value.Default(check.params, { ...params }), file, (path) => locate(['checks', id, 'params', ...path])));
    }
  }
  return errors;
}

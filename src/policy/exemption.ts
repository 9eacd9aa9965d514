/** Exemptions: a check that does not count on a device, until a day. They end by themselves. One YAML document each. */
import { type Static, Type } from 'typebox';
import { checkById } from '../checks/index.ts';
import type { ExemptionNote } from '../model/index.ts';
import { noSuchCheck } from './baseline.ts';
import type { Locate, PolicyError } from './policy-errors.ts';
import { schemaErrors } from './schema-errors.ts';

const closed = { additionalProperties: false };
const Texts = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 1000, uniqueItems: true, description });

export const Exemption = Type.Object(
  {
    kind: Type.Literal('exemption'),
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
      description: 'Stable name, of lower-case letters, digits, dot, dash, underscore; decisions cite it.',
    }),
    devices: Texts('Ids of the devices.'),
    checks: Texts('Ids of the checks that do not count on them.'),
    apps: Type.Optional(
      Texts('Ids of resources of the type `app`: for these alone. Left out: for everything, and the device is compliant without the checks.'),
    ),
    by: Type.String({ minLength: 1, maxLength: 256, description: 'Who decided it.' }),
    why: Type.String({ minLength: 1, maxLength: 500, description: 'Why.' }),
    until: Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}))?$',
      description: 'When it ends: a day (until its end, UTC) such as 2026-12-31, or a moment such as 2026-12-31T18:00:00Z.',
    }),
  },
  { ...closed, title: 'Stance exemption', description: 'A check that does not count on a device for a while.' },
);
export type Exemption = Static<typeof Exemption>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** ms since the epoch; NaN where there is no such day. */
export const endOf = ({ until }: Exemption): number => (until.includes('T') ? Date.parse(until) : Date.parse(`${until}T00:00:00Z`) + DAY_MS);

export const noteOf = (exemption: Exemption): ExemptionNote => {
  const { id, by, why } = exemption;
  return { id, by, why, until: new Date(endOf(exemption)).toISOString() };
};

export function exemptionErrors(value: unknown, file: string, locate: Locate): PolicyError[] {
  const errors = schemaErrors(Exemption, value, file, locate);
  if (errors.length > 0) return errors;
  const exemption = value as Exemption;
  const { checks, until } = exemption;
  const end = endOf(exemption);
  // `Date.parse` takes the 31st of June for the 1st of July.
  const day = new Date(`${until.slice(0, 10)}T00:00:00Z`);
  if (!Number.isFinite(end) || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== until.slice(0, 10))
    errors.push({ file, ...locate(['until']), message: `${until} is no day that there is.` });
  for (const [index, id] of checks.entries()) {
    if (checkById(id) === undefined) errors.push({ file, ...locate(['checks', String(index)]), message: noSuchCheck(id) });
  }
  return errors;
}

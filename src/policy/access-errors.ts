/** What the schema of access policies cannot say: names that exist, conditions that can be used, policies that do something. Pure. */
import { checkById } from '../checks/index.ts';
import { AccessPolicy, type When } from './access.ts';
import { addressRangeOf } from './addresses.ts';
import { noSuchCheck } from './baseline.ts';
import { isZone } from './calendar.ts';
import { conditionError, type Names } from './cel.ts';
import { VALUE_NAMES } from './conditions/device.ts';
import { ACCESS_NAMES } from './conditions/session.ts';
import type { Locate, PolicyError } from './policy-errors.ts';
import { schemaErrors } from './schema-errors.ts';

type Tell = (path: readonly string[], message: string) => void;

function checkExpression(cel: string | undefined, names: Names, path: readonly string[], tell: Tell): void {
  const problem = cel === undefined ? undefined : conditionError(cel, names);
  if (problem !== undefined) tell(path, `The condition is not usable: ${problem}`);
}

function checkWhen({ device, network, time, cel }: When, tell: Tell): void {
  checkExpression(cel, ACCESS_NAMES, ['when', 'cel'], tell);
  for (const [id, { value }] of Object.entries(device?.checks ?? {})) {
    const path = ['when', 'device', 'checks', id];
    if (checkById(id) === undefined) tell(path, noSuchCheck(id));
    checkExpression(value, VALUE_NAMES, [...path, 'value'], tell);
  }
  for (const side of ['include', 'exclude'] as const) {
    for (const [index, name] of (network?.[side] ?? []).entries()) {
      if (!name.startsWith('location:') && addressRangeOf(name) === undefined)
        tell(['when', 'network', side, String(index)], `"${name}" is no IP range, such as 192.0.2.0/24, and no location:NAME.`);
    }
  }
  if (time?.zone !== undefined && !isZone(time.zone)) tell(['when', 'time', 'zone'], `There is no time zone "${time.zone}".`);
  if (time?.from !== undefined && time.from === time.to)
    tell(['when', 'time', 'to'], 'It ends when it begins, so it is never. Leave both out for the whole day.');
}

export function accessErrors(value: unknown, file: string, locate: Locate): PolicyError[] {
  const errors = schemaErrors(AccessPolicy, value, file, locate);
  if (errors.length > 0) return errors;
  const tell: Tell = (path, message) => void errors.push({ file, ...locate(path), message });
  const { when, grant, session, message } = value as AccessPolicy;
  checkWhen(when, tell);
  const blocks = grant !== undefined && 'block' in grant;
  if (grant === undefined && session === undefined) tell([], 'It does nothing: give it a "grant" or a "session".');
  if (blocks && session !== undefined) tell(['session'], 'Nobody gets in where a policy blocks, so "session" does nothing here.');
  if (!blocks && message !== undefined) tell(['message'], '"message" is told where a policy blocks; this one does not.');
  return errors;
}

/** Places that a policy speaks of and no directory names. */
export function locationErrors({ when }: AccessPolicy, known: ReadonlySet<string>, file: string, locate: Locate): PolicyError[] {
  return (['include', 'exclude'] as const).flatMap((side) =>
    (when.network?.[side] ?? []).flatMap((name, index) =>
      name.startsWith('location:') && !known.has(name.slice('location:'.length))
        ? [{ file, ...locate(['when', 'network', side, index]), message: `No directory names the location "${name.slice('location:'.length)}".` }]
        : [],
    ),
  );
}

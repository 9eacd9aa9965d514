/**
 * The device of a request. What no fresh evidence tells of a device that this person may use cannot be known: neither a good
 * answer of somebody else's device counts, nor an old one.
 */
import type { CheckCondition, DeviceCondition } from '../access.ts';
import { type Asked, verdictNow } from '../asked.ts';
import { compileExpression, type Names } from '../cel.ts';
import { isForeign } from '../standing.ts';
import { every, type Truth } from '../truth.ts';
import { type Condition, list } from './condition.ts';

/** What a condition over a reading may speak of. */
export const VALUE_NAMES: Names = ['value'];

/** What cannot be known is none of the others; it may be asked for by its name. */
const isOneOf = (wanted: ReadonlySet<string>, found: string | undefined): Truth => {
  const unknown = found === undefined || found === 'unknown';
  return unknown ? (wanted.has('unknown') ? true : undefined) : wanted.has(found);
};

const isOwn = ({ input, person, groups }: Asked): boolean => !isForeign(input.owner, person, groups);

/** A suspect device is managed all the same. */
function managed(asked: Asked): Truth {
  const { state } = asked.input;
  return state === 'unknown' ? undefined : (state === 'active' || state === 'suspect') && isOwn(asked);
}

/** Whose device it is; undefined where there is none. */
function whose(asked: Asked): string | undefined {
  const { owner, state } = asked.input;
  if (state === null || state === 'unknown') return undefined;
  return owner === null ? 'none' : isOwn(asked) ? 'self' : 'other';
}

function compileCheck(id: string, { verdict, proof, value }: CheckCondition): (asked: Asked) => Truth {
  const verdicts = verdict === undefined ? undefined : new Set<string>(verdict);
  const proofs = proof === undefined ? undefined : new Set<string>(proof);
  const expression = value === undefined ? undefined : compileExpression(value, VALUE_NAMES);
  return ({ input: { device }, span }) => {
    const now = device === null || span === undefined ? undefined : verdictNow(id, span, device.verdicts);
    const tests: Truth[] = [];
    if (verdicts !== undefined) tests.push(isOneOf(verdicts, now));
    if (proofs !== undefined) tests.push(now === undefined ? undefined : proofs.has(device?.proofs?.[id] ?? 'reported'));
    if (expression !== undefined) {
      const found = span?.stale.includes(id) ? undefined : device?.values?.[id];
      tests.push(now === undefined || found === undefined ? undefined : expression({ value: found }));
    }
    return every(tests, (test) => test);
  };
}

function describeCheck(id: string, { input: { device }, span }: Asked): string {
  if (device === null || span === undefined) return `nothing fresh is known of ${id}`;
  return `${id} is ${verdictNow(id, span, device.verdicts)}, ${device.proofs?.[id] ?? 'reported'}`;
}

/** What identifies the device is believed of one that may be used, however old its evidence is. */
const identity = (asked: Asked) => (asked.unfit === undefined ? (asked.input.device ?? undefined) : undefined);

export function deviceConditions(wanted: DeviceCondition | undefined): Condition[] {
  if (wanted === undefined) return [];
  const conditions: Condition[] = [];
  const oneOf = (name: string, names: readonly string[] | undefined, found: (asked: Asked) => string | undefined): void => {
    if (names === undefined) return;
    const set = new Set(names);
    conditions.push({
      path: `when.device.${name}`,
      test: (asked) => isOneOf(set, found(asked)),
      why: (asked) => `the ${name} of the device is ${found(asked) ?? 'not known'}, none of: ${list(names)}`,
    });
  };
  if (wanted.managed !== undefined) {
    const { managed: should } = wanted;
    conditions.push({
      path: 'when.device.managed',
      test: (asked) => {
        const is = managed(asked);
        return is === undefined ? undefined : is === should;
      },
      why: (asked) => `the device is ${managed(asked) === undefined ? 'not known to be managed' : managed(asked) ? 'managed' : 'not managed'}`,
    });
  }
  oneOf('state', wanted.state, ({ input: { state } }) => state ?? undefined);
  oneOf('owner', wanted.owner, whose);
  oneOf('platform', wanted.platform, (asked) => identity(asked)?.platform);
  oneOf('assurance', wanted.assurance, (asked) => identity(asked)?.assurance);
  if (wanted.tags !== undefined) {
    const { tags } = wanted;
    conditions.push({
      path: 'when.device.tags',
      test: ({ input, unfit }) => (unfit === undefined ? tags.some((tag) => input.tags?.includes(tag)) : undefined),
      why: ({ input, unfit }) =>
        unfit === undefined ? `the device has the tags: ${list(input.tags ?? []) || 'none'}` : 'the device is not one of this person',
    });
  }
  oneOf('compliance', wanted.compliance, ({ span }) => span?.compliance);
  for (const [id, check] of Object.entries(wanted.checks ?? {}))
    conditions.push({ path: `when.device.checks.${id}`, test: compileCheck(id, check), why: (asked) => describeCheck(id, asked) });
  return conditions;
}

/** Which baselines are for a device. Pure. */
import type { Assurance, DeviceDescription, Platform, Reading } from '../model/index.ts';
import type { Baseline } from './baseline.ts';
import { compileExpression, conditionError, type Expression, type Names } from './cel.ts';
import type { Versioned } from './demands.ts';
import type { Locate, PolicyError } from './policy-errors.ts';

/** What a condition of a baseline may speak of. */
const BASELINE_NAMES: Names = ['device'];

/** Whether the condition of a baseline can be used; `baselineErrors` says whether it is a baseline. */
export function conditionErrors(baseline: unknown, file: string, locate: Locate): PolicyError[] {
  const cel = (baseline as Partial<Baseline>).when?.cel;
  const problem = typeof cel !== 'string' || cel === '' ? undefined : conditionError(cel, BASELINE_NAMES);
  return problem === undefined ? [] : [{ file, ...locate(['when', 'cel']), message: `The condition is not usable: ${problem}` }];
}

/** What conditions of baselines see of a device. */
export interface DeviceAbout {
  readonly id: string;
  readonly platform: Platform;
  readonly assurance: Assurance;
  readonly owner: string | null;
  readonly ownerGroups: ReadonlySet<string>;
  readonly tags: readonly string[];
  /** As the device describes itself when it joins. */
  readonly about: DeviceDescription;
}

const expressions = new WeakMap<Baseline, Expression>();
function expressionOf(baseline: Baseline, cel: string): Expression {
  const known = expressions.get(baseline) ?? compileExpression(cel, BASELINE_NAMES);
  expressions.set(baseline, known);
  return known;
}

const viewOf = ({ id, platform, assurance, owner, ownerGroups, tags, about }: DeviceAbout, readings: readonly Reading[]) => ({
  ...{ id, platform, assurance, owner, tags, about },
  owner_groups: [...ownerGroups],
  values: Object.fromEntries(readings.flatMap((reading) => (reading.status === 'known' ? [[reading.check, reading.value]] : []))),
});

/**
 * The baselines that apply: all that match, whatever their order. A condition that cannot be known holds: a device does not get
 * out of a baseline by not telling what it asks about.
 */
export function baselinesFor(baselines: readonly Versioned<Baseline>[], device: DeviceAbout, readings: readonly Reading[]): readonly Versioned<Baseline>[] {
  let view: ReturnType<typeof viewOf> | undefined;
  return baselines.filter(({ document }) => {
    const { platforms, when } = document;
    if (!platforms.includes(device.platform)) return false;
    if (when?.tags !== undefined && !when.tags.some((tag) => device.tags.includes(tag))) return false;
    if (when?.ownerGroups !== undefined && !when.ownerGroups.some((group) => device.ownerGroups.has(group))) return false;
    if (when?.cel === undefined) return true;
    view ??= viewOf(device, readings);
    return expressionOf(document, when.cel)({ device: view }) !== false;
  });
}

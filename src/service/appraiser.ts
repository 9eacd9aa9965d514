/** Judges devices by the policies and the catalogue of releases in force: what decisions are made by, what people are shown, what the device is told. */
import { CATALOGUE } from '../checks/index.ts';
import type { Appraisal, Compliance, Platform, Reading } from '../model/index.ts';
import {
  appraisalOf,
  assess,
  type Baseline,
  baselinesFor,
  bundleAnswer,
  type Clocks,
  type DeviceFacts,
  factsOf,
  moveClocks,
  type PolicySet,
  sharing,
  spanOf,
  ticksOf,
  type Versioned,
  wantedChecks,
} from '../policy/index.ts';
import type { HeldDevice } from './inventory.ts';
import type { OsCatalogHolder } from './os-catalog/holder.ts';

/** What is judged, and as what. Times are ms since the epoch. */
export interface Seen {
  readonly at: number;
  readonly observedAt: number;
  /** Hash of the full evidence that holds the readings. */
  readonly readings: string | null;
  readonly oldestReadAt?: DeviceFacts['oldestReadAt'];
  /** `fresh` evidence moves clocks on. `history`, and old readings judged `again` by new policies, start some and end none. */
  readonly as: 'fresh' | 'history' | 'again';
}

export interface Judgement {
  readonly facts: DeviceFacts;
  /** By what it was judged: `version()` of then. */
  readonly factsVersion: string;
  readonly clocks: Clocks;
  readonly compliance: Compliance;
}

export interface AppraiserOptions {
  readonly reportIntervalMs: number;
  /** The last readings that are stored of a device. */
  readonly readings: (device: string) => readonly Reading[];
  /** The catalogue of releases in force; asked each time, because a newer one may be activated. */
  readonly osCatalog: Pick<OsCatalogHolder, 'catalog' | 'version'>;
}

export interface Appraiser {
  /** Changes with the policies and with the catalogue of releases. */
  version(): string;
  judge(device: HeldDevice, readings: readonly Reading[], seen: Seen): Judgement;
  /** As the device stands now, in words. */
  appraisal(device: HeldDevice, readings: readonly Reading[], at: number): Appraisal;
  /** What its agent needs to show the same; null where no baseline is for it. */
  bundle(device: HeldDevice): ReturnType<typeof bundleAnswer>;
  /** It was changed: what applied to it before may not apply now. */
  forget(device: HeldDevice): void;
}

/** Of a device at a moment; unknown before its first evidence. */
export const complianceOf = ({ facts }: Pick<HeldDevice, 'facts'>, at: number): Compliance =>
  facts === null ? 'unknown' : spanOf(facts.timeline, at).compliance;

const NO_GROUPS: ReadonlySet<string> = new Set();

/** From when on it is so what readings say: what an evidence says, since it was observed; what only new policies make of it, since now. */
function momentOf({ facts, enrolledAt }: HeldDevice, { at, observedAt, as }: Pick<Seen, 'at' | 'observedAt' | 'as'>): number {
  if (as === 'fresh') return observedAt;
  // A clock that was wrong while an observation waited must not make it older than what was reported before it.
  return as === 'again' ? at : Math.max(observedAt, facts?.observedAt ?? Date.parse(enrolledAt));
}

export function createAppraiser(set: PolicySet, { reportIntervalMs, readings, osCatalog }: AppraiserOptions): Appraiser {
  const wanted = wantedChecks(set);
  const groups = new Map((set.directory.users ?? []).map((user) => [user.id, new Set(user.groups ?? [])]));
  const named = new Map<Platform, ReadonlySet<string>>();
  const exemptions = Map.groupBy(
    set.exemptions.flatMap((exemption) => exemption.devices.map((device) => ({ device, exemption }))),
    ({ device }) => device,
  );
  /** The baselines that applied when a device was judged last. */
  const applying = new WeakMap<HeldDevice, readonly Versioned<Baseline>[]>();
  const looksInside = set.baselines.some(({ document }) => document.when?.cel !== undefined);

  /** One report may be lost; where more are, nobody knows what was between. */
  const maxGapMs = 2 * reportIntervalMs + 60_000;

  function checksNamed(platform: Platform): ReadonlySet<string> {
    const known = named.get(platform);
    if (known !== undefined) return known;
    const baselines = set.baselines.filter(({ document }) => document.platforms.includes(platform));
    const found = new Set(baselines.flatMap(({ document }) => Object.keys(document.checks)));
    named.set(platform, found);
    return found;
  }
  const exemptionsOf = (device: string) => (exemptions.get(device) ?? []).map(({ exemption }) => exemption);
  function baselinesOf(device: HeldDevice, read: readonly Reading[]) {
    const { id, platform, assurance, owner, tags, description: about } = device;
    const ownerGroups = (owner === null ? undefined : groups.get(owner)) ?? NO_GROUPS;
    return baselinesFor(set.baselines, { id, platform, assurance, owner, ownerGroups, tags, about }, read);
  }
  function assessed(device: HeldDevice, read: readonly Reading[], at: number, oldestReadAt: DeviceFacts['oldestReadAt']) {
    const age = oldestReadAt === undefined ? {} : { oldestReadAt };
    return assess(read, { baselines: baselinesOf(device, read), platform: device.platform, catalogue: CATALOGUE, osCatalog: osCatalog.catalog, at, ...age });
  }

  // Asked at every decision, and nearly always the same.
  let last: { readonly catalog: string; readonly version: string } | undefined;
  function version(): string {
    if (last?.catalog !== osCatalog.version) last = { catalog: osCatalog.version, version: `${set.version} ${osCatalog.version}` };
    return last.version;
  }

  return {
    version,
    judge(device, read, { at, observedAt, readings: hash, oldestReadAt, as }) {
      const assessment = assessed(device, read, at, oldestReadAt);
      applying.set(device, assessment.baselines);
      const ticks = ticksOf(assessment, checksNamed(device.platform));
      const clocks = moveClocks(device.clocks, ticks, { at: momentOf(device, { at, observedAt, as }), maxGapMs, startsOnly: as !== 'fresh' });
      const age = oldestReadAt === undefined ? {} : { oldestReadAt };
      const made = factsOf(device, assessment, { clocks, exemptions: exemptionsOf(device.id) }, { observedAt, readings: hash, wanted, ...age });
      const facts = sharing(made, device.facts);
      return { facts, factsVersion: version(), clocks, compliance: facts.timeline[0].compliance };
    },
    appraisal(device, read, at) {
      const assessment = assessed(device, read, at, device.facts?.oldestReadAt);
      return appraisalOf(assessment, { clocks: device.clocks, exemptions: exemptionsOf(device.id) }, at);
    },
    bundle(device) {
      const baselines = applying.get(device) ?? baselinesOf(device, looksInside ? readings(device.id) : []);
      return bundleAnswer({ baselines, exemptions: exemptionsOf(device.id) });
    },
    forget: (device) => void applying.delete(device),
  };
}

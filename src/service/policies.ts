/**
 * The policies in force: which they are when the service starts, and how others take their place while it runs. Nothing is activated by
 * being saved; the last good ones stay where new ones have an error.
 */
import type { FastifyBaseLogger } from 'fastify';
import { StanceError } from '../model/index.ts';
import { type Impact, loadPolicies, type PolicySet } from '../policy/index.ts';
import type { HeldDevice, Inventory } from './inventory.ts';
import { findImpact } from './policy-impact.ts';
import { compileRules, judgeAgain, type judgedBy, type Rules, type RulesOptions } from './rules.ts';
import type { AppliedPolicies, PolicyVersion, Store } from './store/store.ts';

type Files = AppliedPolicies['files'];

/** Share of the devices that are fine today which may be shut out without anybody saying how many. */
export const MAX_SHARE = 0.05;

export interface Draft {
  readonly files: Files;
  /** Name of the token. */
  readonly by: string;
  readonly note: string;
  /** How many devices may be shut out. */
  readonly confirmImpact?: number;
  /** It is that older version again. */
  readonly backTo?: number;
  /** Nothing is put into force. */
  readonly dryRun?: boolean;
}

export interface Applied {
  readonly number: number;
  readonly version: string;
  readonly impact: Impact;
}

export interface Policies {
  rules(): Rules;
  /** Number 0: the folder that the service was started with. */
  active(): AppliedPolicies;
  versions(): readonly PolicyVersion[];
  /** What keeps newer ones out of force, if anything does; positions in files, and not what stands there. */
  problem(): string | undefined;
  /** @throws StanceError `policy-invalid`, `impact-too-large`, `policy-changed`, `store-unavailable` */
  apply(draft: Draft): Promise<Applied>;
}

export interface PoliciesOptions extends RulesOptions {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly folder: Files;
  readonly now: () => number;
  readonly log: FastifyBaseLogger;
}

/** Where the errors are: `access.yaml:3:5, …`. */
const placesOf = (error: unknown): string =>
  error instanceof StanceError && error.code === 'policy-invalid'
    ? error.message
        .split('\n')
        .slice(0, 5)
        .map((line) => line.split(':').slice(0, 3).join(':'))
        .join(', ')
    : 'an error that is in the log';

interface Chosen {
  readonly active: AppliedPolicies;
  readonly set: PolicySet;
  readonly problem?: string;
}

/** The newest version that can be used; before the first, the folder. @throws StanceError `policy-invalid` where there is neither */
function choose({ store, folder, now, log }: PoliciesOptions): Chosen {
  let problem: string | undefined;
  for (const { number } of store.policyVersions()) {
    const active = store.appliedPolicies(number);
    if (active === undefined) continue;
    try {
      return { active, set: loadPolicies(active.files), ...(problem === undefined ? {} : { problem }) };
    } catch (error) {
      problem ??= `Version ${number} cannot be used by this Stance: ${placesOf(error)}. An older one is in force.`;
      log.error({ err: error, number }, 'a version of the policies cannot be used; an older one is taken');
    }
  }
  const set = loadPolicies(folder);
  const active = {
    number: 0,
    version: set.version,
    appliedAt: new Date(now()).toISOString(),
    by: 'stance serve',
    note: 'The folder that the service was started with.',
  };
  return { active: { ...active, files: folder }, set, ...(problem === undefined ? {} : { problem }) };
}

/** What is said of a folder that is not what is in force. */
function aboutFolder({ folder, log }: PoliciesOptions, { active }: Chosen): string | undefined {
  if (active.number === 0) return undefined;
  try {
    if (loadPolicies(folder).version === active.version) return undefined;
    log.warn({ number: active.number }, 'the policy folder says something else than the version in force; `stance policy apply FOLDER` puts it into force');
    return undefined;
  } catch (error) {
    log.error({ err: error }, 'the policy folder has errors; the version in force stays');
    return `The policy folder has errors: ${placesOf(error)}. Version ${active.number} stays in force.`;
  }
}

/** @throws StanceError `policy-invalid` */
export function openPolicies(options: PoliciesOptions): Policies {
  const { store, inventory, now, log } = options;
  const chosen = choose(options);
  let { active } = chosen;
  let problem = chosen.problem ?? aboutFolder(options, chosen);
  let rules = compileRules(chosen.set, options);
  /** The newest that is known of; what was put behind it meanwhile is somebody else's. */
  let newest = store.policyVersions()[0]?.number ?? 0;
  let busy: Promise<unknown> = Promise.resolve();

  /** In one turn of the event loop: no decision is made by new policies on a device as the old ones had it. */
  function swap(next: Rules, drafted: ReadonlyMap<HeldDevice, ReturnType<typeof judgedBy>>): void {
    rules = next;
    for (const [device, { before, change }] of drafted) if (device.facts === before && change !== undefined) Object.assign(device, change);
  }

  async function apply({ files, by, note, confirmImpact, backTo, dryRun = false }: Draft): Promise<Applied> {
    const next = compileRules(loadPolicies(files), options);
    const { drafted, impact } = await findImpact({ store, inventory, now }, rules, next);
    // What the service started with becomes the first version, so that there is a way back to it.
    const first = newest === 0 ? [{ ...active, number: 1 }] : [];
    const number = newest + first.length + 1;
    const applied: Applied = { number, version: next.set.version, impact };
    if (dryRun) return applied;
    if (impact.shutOut > MAX_SHARE * impact.fine && (confirmImpact ?? -1) < impact.shutOut)
      throw new StanceError(
        'impact-too-large',
        `Of ${impact.fine} devices that are fine today, ${impact.shutOut} would be shut out. Nothing has changed. If that is meant: --confirm-impact ${impact.shutOut}`,
        { extra: { impact } },
      );
    const row: AppliedPolicies = {
      number,
      version: next.set.version,
      appliedAt: new Date(now()).toISOString(),
      by,
      note,
      ...(backTo === undefined ? {} : { backTo }),
      files,
    };
    if (!store.atOnce(() => [...first, row].every(store.addPolicies)))
      throw new StanceError('policy-changed', 'Somebody else has put other policies into force meanwhile. Look at them, then try again.');
    swap(next, drafted);
    [active, newest, problem] = [row, number, undefined];
    log.info({ by, number, version: row.version, shutOut: impact.shutOut, ...(backTo === undefined ? {} : { backTo }) }, 'policies put into force');
    judgeAgain(store, inventory, next, now(), new Set(drafted.keys())).catch((error) =>
      log.warn({ err: error }, 'not every device was written down as it is now; the start does'),
    );
    return applied;
  }

  return {
    rules: () => rules,
    active: () => active,
    versions: () => store.policyVersions(),
    problem: () => problem,
    apply(draft) {
      const turn = busy.then(() => apply(draft));
      busy = turn.catch(() => undefined);
      return turn;
    },
  };
}

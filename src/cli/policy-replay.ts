/** `stance policy replay FOLDER`: a draft of policies on the decisions that the service has kept. Nothing is activated. */
import { StanceError } from '../model/index.ts';
import { DEFAULT_REPORT_INTERVAL_MS, enforcing, loadPolicies, type Replayed, replay } from '../policy/index.ts';
import { catalogIn, pastDecisions } from '../service/index.ts';
import { faint, heading, outcomeWord, say, sayJson, table } from './output.ts';
import { readPolicyFolder } from './policy-files.ts';
import { openExisting } from './store.ts';

interface ReplayOptions {
  readonly days: string;
  readonly enforce?: readonly string[];
  readonly store: string;
  readonly state: string;
  readonly json?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_DAYS = 30;
const MAX_ROWS = 20;

function spell(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'a moment';
  if (minutes < 90) return `${minutes} min`;
  return minutes < 48 * 60 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} days`;
}
const counts = (found: Readonly<Record<string, number>>): string =>
  Object.entries(found)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_ROWS)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || '–';

function show({ decisions, from, until, withoutPosture, changes, worse, through, reportOnly }: Replayed, version: string): void {
  say(`${heading('Replayed')}  ${decisions.toLocaleString('en')} decisions, ${from} to ${until}. ${faint(`Draft ${version}`)}`);
  if (withoutPosture > 0) say(`Of ${withoutPosture} it was not kept what the device was like; they are decided as if it had not reported.`);
  say();
  if (changes.length === 0) say('Every decision would be as it was.');
  else
    say(
      table([
        ['THEN', 'DRAFT', 'DECISIONS', 'PEOPLE', 'DEVICES'].map(heading),
        ...changes.map(({ before, after, ...count }) => [outcomeWord(before), outcomeWord(after), `${count.decisions}`, `${count.people}`, `${count.devices}`]),
      ]),
    );
  if (worse.length > 0) {
    say(`\n${heading('Worse off')}  through policies: ${counts(through.policies)}; checks: ${counts(through.checks)}\n`);
    say(
      table([
        ['WHO', 'WHAT', 'DRAFT', 'DECISIONS', 'FOR', 'THROUGH'].map(heading),
        ...worse.slice(0, MAX_ROWS).map((one) => {
          const checks = one.checks.length === 0 ? '' : ` (${one.checks.join(', ')})`;
          return [one.subject, one.resource, outcomeWord(one.outcome), `${one.decisions}`, spell(one.ms), `${one.policies.join(', ')}${checks}`];
        }),
      ]),
    );
    if (worse.length > MAX_ROWS) say(faint(`… and ${worse.length - MAX_ROWS} more: --json has them all.`));
  }
  const ids = Object.keys(reportOnly).sort();
  if (ids.length > 0) {
    say(`\n${heading('Report-only')}  what they would have said\n`);
    say(table([['POLICY', 'THEN', 'DRAFT'].map(heading), ...ids.map((id) => [id, counts(reportOnly[id]?.past ?? {}), counts(reportOnly[id]?.draft ?? {})])]));
  }
}

/** @throws StanceError `policy-invalid`, `store-unavailable`, `usage` */
export async function replayPolicies(folder: string, { days, enforce = [], store: address, state, json }: ReplayOptions): Promise<number> {
  const span = Number(days);
  if (!(span > 0 && span <= MAX_DAYS)) throw new StanceError('usage', `--days ${days}: give a number up to ${MAX_DAYS}; that is how long decisions are kept.`);
  const set = enforcing(loadPolicies(readPolicyFolder(folder)), enforce);
  const store = openExisting(address);
  try {
    const replayed = replay(set, pastDecisions(store, Date.now() - span * DAY_MS), {
      reportIntervalMs: DEFAULT_REPORT_INTERVAL_MS,
      osCatalog: catalogIn(state),
    });
    if (json) sayJson({ version: set.version, enforced: enforce, ...replayed });
    else show(replayed, set.version);
    return 0;
  } finally {
    store.close();
  }
}

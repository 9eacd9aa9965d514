/** Whether security updates have waited too long. Slow: in the background, cached. Never fetches lists itself. */
import { Type } from 'typebox';
import { attempt, defineCheck, type Finding, fail, file, type Host, known, pass, registryKey, undecided, unknown } from '../model/index.ts';
import { installUpdates } from './remedies/updates.ts';
import { readOsRelease } from './sources/os-release.ts';
import type { PendingUpdate } from './sources/pending-updates.ts';
import { readLinuxUpdates, type Updates } from './sources/pending-updates-linux.ts';
import { readMacosUpdates, SOFTWARE_UPDATE } from './sources/software-update.ts';
import { UPDATE_SEARCH, windowsUpdates } from './sources/windows-updates.ts';

const DAY_MS = 86_400_000;
const MAX_LISTED = 100;
/** Lists that are older cannot say that nothing waits. */
const MAX_LIST_DAYS = 7;

const Value = Type.Object({
  /** Pending security updates, at most 100, oldest first. */
  pending: Type.Array(
    Type.Object({ name: Type.String({ maxLength: 200 }), since: Type.String({ maxLength: 30, description: 'First seen, or published: ISO 8601.' }) }),
    { maxItems: MAX_LISTED },
  ),
  count: Type.Integer({ minimum: 0 }),
  listsOn: Type.Optional(
    Type.Union([Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), Type.Null()], {
      description: 'Day on which the lists of updates were fetched; null where that is not known, absent where the maker was asked for the reading.',
    }),
  ),
});

/** When a pending update was first seen: the agent's memory, else its day of publication, else now. */
function sinceOf(update: PendingUpdate, history: Readonly<Record<string, string>>, now: number): string {
  const seen = [update.name, ...update.aliases].map((name) => history[name]).filter((at) => at !== undefined && !Number.isNaN(Date.parse(at)));
  return seen.sort()[0] ?? update.publishedAt ?? new Date(now).toISOString();
}

const daysOld = (at: number, now: number): number => Math.floor((now - at) / DAY_MS);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function findingOf(updates: Updates | Finding<never>, { now, history }: Pick<Host, 'now' | 'history'>): Finding<ValueOf> {
  if ('status' in updates) return updates;
  const { listsAt } = updates;
  if (typeof listsAt === 'number' && updates.pending.length === 0 && daysOld(listsAt, now()) > MAX_LIST_DAYS) {
    return unknown('no-data', `No security update is listed, but updates were last looked for on ${dayOf(listsAt)}, too long ago to tell.`);
  }
  const remembered = history('os.security_updates');
  const pending = [
    ...new Map(
      updates.pending.map((update) => [update.name, { name: update.name.slice(0, 200), since: sinceOf(update, remembered, now()).slice(0, 30) }]),
    ).values(),
  ];
  pending.sort((a, b) => (a.since + a.name < b.since + b.name ? -1 : 1));
  return known(
    {
      pending: pending.slice(0, MAX_LISTED),
      count: pending.length,
      ...(listsAt === undefined ? {} : { listsOn: listsAt === null ? null : dayOf(listsAt) }),
    },
    updates.method,
  );
}

interface ValueOf {
  pending: { name: string; since: string }[];
  count: number;
  listsOn?: string | null;
}

const names = (list: readonly { name: string }[]): string => {
  const shown = list.slice(0, 3).map(({ name }) => name);
  return list.length > shown.length ? `${shown.join(', ')} and ${list.length - shown.length} more` : shown.join(', ');
};

export default defineCheck({
  id: 'os.security_updates',
  title: 'Security updates are installed',
  why: 'Holes that are mended and known are the ones that get used.',
  group: 'system',
  owner: 'user',
  cost: 'slow',
  // Windows asks Microsoft, or the company's own server, and may take two minutes.
  timeoutMs: 125_000,
  value: Value,
  params: Type.Object({
    maxPendingDays: Type.Number({ default: 14, minimum: 0, description: 'Days that a security update may wait.' }),
    maxListDays: Type.Number({
      default: MAX_LIST_DAYS,
      minimum: 1,
      maximum: MAX_LIST_DAYS,
      description: 'Days after which lists of updates are too old to tell. Older ones than seven days are never read as "none".',
    }),
  }),
  read: {
    linux: async (host) => findingOf(await readLinuxUpdates(host, await attempt(readOsRelease(host))), host),
    darwin: async (host) => findingOf(await readMacosUpdates(host), host),
    win32: { needs: [UPDATE_SEARCH], from: (got, host) => findingOf(windowsUpdates(got), host) },
  },
  excuses: { linux: ['rolling-release'] },
  watch: {
    linux: [file('/var/lib/dpkg/status'), file('/var/lib/apt/lists'), file('/var/lib/rpm'), file('/usr/lib/sysimage/rpm')],
    darwin: [file(SOFTWARE_UPDATE)],
    win32: [registryKey('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate')],
  },
  judge: ({ pending, count, listsOn }, { maxPendingDays, maxListDays }, at) => {
    const old = pending.filter(({ since }) => at - Date.parse(since) > maxPendingDays * DAY_MS);
    // Old lists cannot say that nothing waits; that something has waited they can.
    if (old.length > 0) return fail(`${old.length} security update${old.length === 1 ? ' has' : 's have'} waited over ${maxPendingDays} days: ${names(old)}.`);
    if (listsOn === null) return undecided('When updates were last looked for is not known.');
    if (listsOn !== undefined && !(daysOld(Date.parse(listsOn), at) <= maxListDays)) {
      return undecided(`Updates were last looked for on ${listsOn}, too long ago to tell.`);
    }
    return pass(
      count === 0
        ? 'No security update waits.'
        : `${count} security update${count === 1 ? ' waits' : 's wait'}, none longer than ${maxPendingDays} days: ${names(pending)}.`,
    );
  },
  remedy: installUpdates,
  controls: ['NIST 800-53 SI-2'],
});

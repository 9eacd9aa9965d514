/** Whether security updates have waited too long. Slow: in the background, cached. Never refreshes anything itself. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, type Finding, fail, file, type Host, known, notApplicable, pass, unknown } from '../model/index.ts';
import { isLike, type OsRelease, readOsRelease } from './sources/os-release.ts';
import { type PendingUpdate, parseAptSimulation, parseDnfJson, parseDnfText, parseZypperXml } from './sources/pending-updates.ts';

const DAY_MS = 86_400_000;
const MAX_LISTED = 100;
const TOOL_TIMEOUT_MS = 30_000;

const Value = Type.Object({
  /** Pending security updates, at most 100, oldest first. */
  pending: Type.Array(
    Type.Object({ name: Type.String({ maxLength: 200 }), since: Type.String({ maxLength: 30, description: 'First seen, or published: ISO 8601.' }) }),
    { maxItems: MAX_LISTED },
  ),
  count: Type.Integer({ minimum: 0 }),
  listsOn: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'Day on which the package lists were last fetched.' }),
});
interface Updates {
  readonly pending: readonly PendingUpdate[];
  /** ms. */
  readonly listsAt: number;
  readonly method: string;
}

/** The youngest of some files and folders; a list that was never fetched has none. */
async function youngest(host: Host, paths: readonly string[]): Promise<number | undefined> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const status = await attempt(host.stat(path));
      return status instanceof DoorError ? Number.NaN : Date.parse(status.mtime);
    }),
  );
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.max(...known);
}

async function readApt(host: Host): Promise<Updates | Finding<never>> {
  const { stdout, stderr, exit } = await host.run('apt-get', ['-s', '-o', 'Debug::NoLocking=1', 'dist-upgrade'], { timeoutMs: TOOL_TIMEOUT_MS });
  if (exit !== 0) return unknown(/permission denied/i.test(stderr) ? 'permission' : 'no-data', `apt-get exits with ${exit}: ${stderr.trim().slice(0, 200)}`);
  // The stamp says that fetching succeeded; the folder also changes when it only tried, so it is asked second.
  const listsAt = (await youngest(host, ['/var/lib/apt/periodic/update-success-stamp'])) ?? (await youngest(host, ['/var/lib/apt/lists']));
  return listsAt === undefined
    ? unknown('no-data', 'The package lists were never fetched.')
    : { pending: parseAptSimulation(stdout), listsAt, method: 'apt-get -s dist-upgrade' };
}

/** Where dnf keeps what it fetched, one folder or file for each repository. */
async function dnfListsAt(host: Host): Promise<number | undefined> {
  const roots = ['/var/cache/libdnf5', '/var/cache/dnf'];
  const found = await Promise.all(
    roots.map(async (root) => {
      const entries = await attempt(host.list(root));
      return entries instanceof DoorError ? [] : entries.slice(0, 50).map((entry) => `${root}/${entry}`);
    }),
  );
  return youngest(host, found.flat());
}

async function readDnf(host: Host): Promise<Updates | Finding<never>> {
  const options = { timeoutMs: TOOL_TIMEOUT_MS };
  let pending: PendingUpdate[];
  const five = await host.run('dnf', ['-q', '-C', 'advisory', 'list', '--security', '--json'], options);
  // dnf 4 knows neither `advisory` nor `--json`.
  if (five.exit === 0) pending = parseDnfJson(five.stdout);
  else {
    const four = await host.run('dnf', ['-q', '-C', 'updateinfo', 'list', '--security'], options);
    if (four.exit !== 0) return unknown('no-data', `dnf exits with ${four.exit}: ${four.stderr.trim().slice(0, 200)}`);
    pending = parseDnfText(four.stdout);
  }
  const listsAt = await dnfListsAt(host);
  return listsAt === undefined ? unknown('no-data', 'The package lists were never fetched.') : { pending, listsAt, method: 'dnf -C advisory list --security' };
}

async function readZypper(host: Host): Promise<Updates | Finding<never>> {
  const { stdout, exit } = await host.run('zypper', ['--xmlout', 'list-patches'], { timeoutMs: TOOL_TIMEOUT_MS });
  if (exit !== 0 && exit !== 100 && exit !== 101) return unknown('no-data', `zypper exits with ${exit}.`);
  const listsAt = await youngest(host, ['/var/cache/zypp/raw', '/var/cache/zypp/solv']);
  return listsAt === undefined
    ? unknown('no-data', 'The package lists were never fetched.')
    : { pending: parseZypperXml(stdout), listsAt, method: 'zypper list-patches' };
}

/** The tool that the system is made with; every tool that is there where the system does not say what it is. */
async function readUpdates(host: Host, release: OsRelease | DoorError): Promise<Updates | Finding<never>> {
  const image = await attempt(host.stat('/run/ostree-booted'));
  if (!(image instanceof DoorError)) return unknown('unsupported', 'This system is updated as an image; its pending updates are not read yet.');
  if (!(release instanceof DoorError)) {
    if (isLike(release, 'arch')) return notApplicable('rolling-release', 'Arch does not mark updates as security updates.');
    if (isLike(release, 'debian', 'ubuntu')) return readApt(host);
    if (isLike(release, 'fedora', 'rhel', 'centos')) return readDnf(host);
    if (isLike(release, 'suse', 'opensuse')) return readZypper(host);
    return unknown('unsupported', `How ${release.PRETTY_NAME ?? release.ID} is updated is not known here.`);
  }
  for (const read of [readApt, readDnf, readZypper]) {
    const answer = await attempt(read(host));
    if (!(answer instanceof DoorError)) return answer;
    if (answer.code !== 'ENOENT') throw answer;
  }
  throw release;
}

/** When a pending update was first seen: the agent's memory, else its day of publication, else now. */
function sinceOf(update: PendingUpdate, history: Readonly<Record<string, string>>, now: number): string {
  const seen = [update.name, ...update.aliases].map((name) => history[name]).filter((at) => at !== undefined && !Number.isNaN(Date.parse(at)));
  return seen.sort()[0] ?? update.publishedAt ?? new Date(now).toISOString();
}

export default defineCheck({
  id: 'os.security_updates',
  title: 'Security updates are installed',
  why: 'Holes that are mended and known are the ones that get used.',
  group: 'system',
  owner: 'user',
  cost: 'slow',
  value: Value,
  params: Type.Object({
    maxPendingDays: Type.Number({ default: 14, minimum: 0, description: 'Days that a security update may wait.' }),
    maxListDays: Type.Number({ default: 7, minimum: 1, description: 'Days after which package lists are too old to tell.' }),
  }),
  read: {
    linux: async (host) => {
      const updates = await readUpdates(host, await attempt(readOsRelease(host)));
      if ('status' in updates) return updates;
      const history = host.history('os.security_updates');
      const pending = [...new Map(updates.pending.map((update) => [update.name, { name: update.name, since: sinceOf(update, history, host.now()) }])).values()];
      pending.sort((a, b) => (a.since + a.name < b.since + b.name ? -1 : 1));
      return known(
        { pending: pending.slice(0, MAX_LISTED), count: pending.length, listsOn: new Date(updates.listsAt).toISOString().slice(0, 10) },
        updates.method,
      );
    },
  },
  excuses: { linux: ['rolling-release'] },
  watch: { linux: [file('/var/lib/dpkg/status'), file('/var/lib/apt/lists'), file('/var/lib/rpm')] },
  judge: ({ pending, count, listsOn }, { maxPendingDays, maxListDays }, at) => {
    const listDays = Math.floor((at - Date.parse(listsOn)) / DAY_MS);
    const old = pending.filter(({ since }) => at - Date.parse(since) > maxPendingDays * DAY_MS);
    const names = (list: readonly { name: string }[]): string => {
      const shown = list.slice(0, 3).map(({ name }) => name);
      return list.length > shown.length ? `${shown.join(', ')} and ${list.length - shown.length} more` : shown.join(', ');
    };
    // Old lists cannot say that nothing waits; that something has waited they can.
    if (old.length > 0) return fail(`${old.length} security update${old.length === 1 ? ' has' : 's have'} waited over ${maxPendingDays} days: ${names(old)}.`);
    if (!(listDays <= maxListDays)) return { verdict: 'unknown', because: `The package lists were last fetched on ${listsOn}, too long ago to tell.` };
    return pass(
      count === 0
        ? 'No security update waits.'
        : `${count} security update${count === 1 ? ' waits' : 's wait'}, none longer than ${maxPendingDays} days: ${names(pending)}.`,
    );
  },
  remedy: () => ({
    steps: [
      'Open Software Updater (Ubuntu) or Software > Updates (Fedora, Debian) and install what it offers.',
      'Restart if it asks you to.',
      'In a terminal: sudo apt upgrade, or: sudo dnf upgrade --security',
    ],
  }),
  controls: ['NIST 800-53 SI-2'],
});

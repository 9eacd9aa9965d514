/** Which security updates a Linux system has not installed, asked of its package tool. Nothing is fetched; how old the lists are is part of the answer. */
import { attempt, DoorError, type Finding, type Host, notApplicable, orAbsent, unknown } from '../../model/index.ts';
import { isUnrecorded } from './failures.ts';
import { isImageBased, isLike, type OsRelease } from './os-release.ts';
import { isRolling } from './os-support.ts';
import { type PendingUpdate, parseAptList, parseAptSimulation, parseDnfJson, parseDnfText, parseZypperXml } from './pending-updates.ts';

const TOOL_TIMEOUT_MS = 30_000;
const options = { timeoutMs: TOOL_TIMEOUT_MS };

export interface Updates {
  readonly pending: readonly PendingUpdate[];
  /** When the lists were fetched, ms; `null` where that is not known, `undefined` where the maker was asked just now. */
  readonly listsAt?: number | null;
  readonly method: string;
}

const NEVER = unknown('no-data', 'The package lists were never fetched.');

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

const NOWHERE = unknown('no-data', 'Security updates are fetched from nowhere: no source of them is set up.');

/** Why the fetched lists cannot say that nothing waits: there are none (images of containers are delivered without), or none of security updates. */
async function flawOfLists(host: Host): Promise<Finding<never> | undefined> {
  const lists = await attempt(orAbsent(host.list('/var/lib/apt/lists')));
  if (lists instanceof DoorError) {
    if (isUnrecorded(lists)) return undefined;
    throw lists;
  }
  if (lists === undefined) return NEVER;
  const fetched = lists.filter((name) => /_(InRelease|Release|Packages)/.test(name));
  if (fetched.length === 0) return NEVER;
  return fetched.some((name) => /security/i.test(name)) ? undefined : NOWHERE;
}

async function readApt(host: Host): Promise<Updates | Finding<never>> {
  const { stdout, stderr, exit } = await host.run('apt-get', ['-s', '-o', 'Debug::NoLocking=1', 'dist-upgrade'], options);
  if (exit !== 0) return unknown(/permission denied/i.test(stderr) ? 'permission' : 'no-data', `apt-get exits with ${exit}: ${stderr.trim().slice(0, 200)}`);
  const { pending, keptBack } = parseAptSimulation(stdout);
  // The stamp says that fetching succeeded; the folder also changes when it only tried, so it is asked second.
  const listsAt = (await youngest(host, ['/var/lib/apt/periodic/update-success-stamp'])) ?? (await youngest(host, ['/var/lib/apt/lists']));
  if (listsAt === undefined) return NEVER;
  const flaw = await flawOfLists(host);
  if (flaw !== undefined) return flaw;
  if (keptBack === 0) return { pending, listsAt, method: 'apt-get -s dist-upgrade' };
  // What is held or kept back is not in the simulation, and may be security updates as well.
  const list = await attempt(host.run('apt', ['list', '--upgradable'], options).then((answer) => parseAptList(answer.stdout)));
  if (!(list instanceof DoorError)) return { pending: [...pending, ...list], listsAt, method: 'apt-get -s dist-upgrade, apt list --upgradable' };
  if (pending.length === 0) throw list;
  return { pending, listsAt, method: 'apt-get -s dist-upgrade' };
}

/** Where dnf keeps what it fetched, one folder or file for each repository. */
async function dnfListsAt(host: Host): Promise<number | undefined> {
  const roots = ['/var/cache/libdnf5', '/var/cache/dnf', '/var/cache/yum'];
  const found = await Promise.all(
    roots.map(async (root) => {
      const entries = await attempt(host.list(root));
      return entries instanceof DoorError ? [] : entries.slice(0, 50).map((entry) => `${root}/${entry}`);
    }),
  );
  return youngest(host, found.flat());
}

/** dnf 5 in JSON; dnf 4, which knows neither `advisory` nor `--json`; yum where there is no dnf. */
async function listAdvisories(host: Host): Promise<Updates | Finding<never>> {
  const five = await attempt(host.run('dnf', ['-q', '-C', 'advisory', 'list', '--security', '--json'], options));
  if (five instanceof DoorError && five.code !== 'ENOENT') throw five;
  if (!(five instanceof DoorError) && five.exit === 0) return { pending: parseDnfJson(five.stdout), method: 'dnf -C advisory list --security' };
  const [program, ...args] =
    five instanceof DoorError ? ['yum', '-q', '-C', 'updateinfo', 'list', 'security'] : ['dnf', '-q', '-C', 'updateinfo', 'list', '--security'];
  const four = await host.run(program ?? 'dnf', args, options);
  if (four.exit !== 0) return unknown('no-data', `${program} exits with ${four.exit}: ${four.stderr.trim().slice(0, 200)}`);
  return { pending: parseDnfText(four.stdout), method: `${program} -C updateinfo list` };
}

async function readDnf(host: Host): Promise<Updates | Finding<never>> {
  const updates = await listAdvisories(host);
  if ('status' in updates) return updates;
  const listsAt = await dnfListsAt(host);
  return listsAt === undefined ? NEVER : { ...updates, listsAt };
}

async function readZypper(host: Host): Promise<Updates | Finding<never>> {
  // As root zypper would fetch what it holds to be old.
  const { stdout, exit } = await host.run('zypper', ['--xmlout', ...(host.user.uid === 0 ? ['--no-refresh'] : []), 'list-patches'], options);
  // 100 and 101 say that there are updates, and that there are security updates.
  if (exit !== 0 && exit !== 100 && exit !== 101) return unknown('no-data', `zypper exits with ${exit}.`);
  const pending = parseZypperXml(stdout);
  const listsAt = await youngest(host, ['/var/cache/zypp/raw', '/var/cache/zypp/solv']);
  return listsAt === undefined ? NEVER : { pending, listsAt, method: 'zypper list-patches' };
}

/** The tool that the system is made with; every tool that is there where the system does not say what it is. */
export async function readLinuxUpdates(host: Host, release: OsRelease | DoorError): Promise<Updates | Finding<never>> {
  if (await isImageBased(host)) return unknown('unsupported', 'This system is updated as an image; its pending updates are not read.');
  if (!(release instanceof DoorError)) {
    if (isRolling(release) || isLike(release, 'arch')) {
      return notApplicable('rolling-release', `${release.PRETTY_NAME ?? release.ID} does not mark updates as security updates.`);
    }
    if (isLike(release, 'debian', 'ubuntu')) return readApt(host);
    // CentOS publishes no advisories: dnf would list none whatever waits.
    if (release.ID === 'centos') return unknown('unsupported', 'CentOS does not mark updates as security updates.');
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

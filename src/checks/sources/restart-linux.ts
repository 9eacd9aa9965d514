/** Whether a Linux system waits for a restart: its marks, its kernels, and the tools that look at libraries in use. */
import { attempt, DoorError, type Host, UnparsableError } from '../../model/index.ts';
import { compareReleases, flavourOf } from './kernel-release.ts';

const MAX_PACKAGES = 20;
const TOOL_TIMEOUT_MS = 4_000;
const MARK = '/run/reboot-required';

/** What one source says: waiting or not, and since when. */
export interface Waiting {
  readonly required: boolean;
  readonly since?: string;
  readonly packages?: readonly string[];
  readonly method: string;
  /** Set where "no" carries: the source looks at what runs, and not only for a mark. */
  readonly carries: boolean;
}

/** The file that Debian and Ubuntu leave. Absent it means little by itself: a system without the hook never writes it. */
export async function fromMark(host: Host): Promise<Waiting> {
  const status = await attempt(host.stat(MARK));
  if (status instanceof DoorError) {
    if (status.code !== 'ENOENT') throw status;
    return { required: false, method: MARK, carries: false };
  }
  const list = await attempt(host.read(`${MARK}.pkgs`));
  const packages =
    list instanceof DoorError ? [] : [...new Set(list.split('\n').filter((name) => /^[a-z0-9][a-z0-9+.:_-]*$/i.test(name)))].slice(0, MAX_PACKAGES);
  return { required: true, since: status.mtime, packages, method: MARK, carries: true };
}

/** A folder of modules belongs to a kernel that can be started only when it holds an index or the kernel itself. */
async function isStartable(host: Host, release: string): Promise<boolean> {
  const answers = await Promise.all(['modules.dep', 'vmlinuz'].map((name) => attempt(host.stat(`/lib/modules/${release}/${name}`))));
  return answers.some((answer) => !(answer instanceof DoorError));
}

/** The newest kernel that is installed against the one that runs. @throws DoorError, UnparsableError */
export async function fromKernels(host: Host): Promise<Waiting> {
  const [running, folders] = await Promise.all([host.read('/proc/sys/kernel/osrelease').then((text) => text.trim()), host.list('/lib/modules')]);
  if (!/^\d+\.\d+\S*$/.test(running)) throw new UnparsableError('/proc/sys/kernel/osrelease names no kernel');
  const rivals = folders.filter((name) => /^\d/.test(name) && flavourOf(name) === flavourOf(running)).sort((a, b) => compareReleases(b, a));
  for (const release of rivals) {
    if (compareReleases(release, running) <= 0) break;
    if (await isStartable(host, release)) {
      const { mtime } = await host.stat(`/lib/modules/${release}`);
      return { required: true, since: mtime, packages: [`kernel ${release}`], method: '/lib/modules', carries: true };
    }
  }
  // A running kernel without modules on disk tells nothing of updates.
  if (!rivals.includes(running)) throw new DoorError('ENODATA', `list /lib/modules: the running kernel ${running} is not among them`);
  return { required: false, method: '/lib/modules', carries: true };
}

/** `needs-restarting -r`: exit 1 when core libraries or services were updated since the start. */
export async function fromDnf(host: Host): Promise<Waiting> {
  const options = { timeoutMs: TOOL_TIMEOUT_MS };
  const ask = async (program: string, args: readonly string[]): Promise<Waiting> => {
    const { exit, stdout, stderr } = await host.run(program, args, options);
    if (exit !== 0 && !(exit === 1 && /reboot is (required|necessary)|reboot should be|core libraries or services have been updated/i.test(stdout + stderr))) {
      throw new DoorError('ENOTSUP', `run ${program} needs-restarting: exit ${exit}`);
    }
    return { required: exit === 1, method: 'needs-restarting -r', carries: true };
  };
  // The plugin of dnf, else the program of the old yum-utils.
  const answer = await attempt(ask('dnf', ['-q', 'needs-restarting', '-r']));
  if (!(answer instanceof DoorError)) return answer;
  const old = await attempt(ask('needs-restarting', ['-r']));
  if (old instanceof DoorError) throw answer;
  return old;
}

/** `needrestart -b -k`: `NEEDRESTART-KSTA: N`: 0 not known, 1 nothing waits, 2 and 3 another kernel waits. @throws UnparsableError */
export function parseNeedrestart(stdout: string): boolean {
  const state = /^NEEDRESTART-KSTA: ([0-3])$/m.exec(stdout)?.[1];
  if (state === undefined || state === '0') throw new UnparsableError('needrestart does not know the state of the kernel');
  return state !== '1';
}

export const fromNeedrestart = async (host: Host): Promise<Waiting> => ({
  required: parseNeedrestart((await host.run('needrestart', ['-b', '-k'], { timeoutMs: TOOL_TIMEOUT_MS })).stdout),
  method: 'needrestart -b -k',
  carries: true,
});

/** `rpm-ostree status --json`: deployments, the one that is started next first. @throws UnparsableError */
export function parseDeployments(stdout: string): { readonly required: boolean; readonly version?: string } {
  let deployments: unknown;
  try {
    deployments = (JSON.parse(stdout) as { deployments?: unknown } | null)?.deployments;
  } catch {
    throw new UnparsableError('rpm-ostree did not answer in JSON');
  }
  if (!Array.isArray(deployments) || !deployments.some((one: { booted?: unknown } | null) => one?.booted === true)) {
    throw new UnparsableError('rpm-ostree names no running deployment');
  }
  const [next] = deployments as [{ booted?: unknown; version?: unknown }];
  if (next.booted === true) return { required: false };
  return { required: true, ...(typeof next.version === 'string' ? { version: next.version.slice(0, 100) } : {}) };
}

/** A system that is updated as an image: another one is prepared to be started. */
export async function fromImage(host: Host): Promise<Waiting> {
  const { stdout } = await host.run('rpm-ostree', ['status', '--json'], { timeoutMs: TOOL_TIMEOUT_MS });
  const { required, version } = parseDeployments(stdout);
  const staged = required ? await attempt(host.stat('/run/ostree/staged-deployment')) : undefined;
  return {
    required,
    ...(staged === undefined || staged instanceof DoorError ? {} : { since: staged.mtime }),
    ...(version === undefined ? {} : { packages: [`system ${version}`] }),
    method: 'rpm-ostree status',
    carries: true,
  };
}

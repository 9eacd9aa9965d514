/** Whether installed updates wait for a restart. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, type Host, known, notApplicable, pass, undecided } from '../model/index.ts';
import { parseUptime } from './device-uptime.ts';
import { readEnvironment } from './sources/environment.ts';
import { compareReleases, flavourOf } from './sources/kernel-release.ts';
import { isLike, readOsRelease } from './sources/os-release.ts';

const DAY_MS = 86_400_000;
const MAX_PACKAGES = 20;
const TOOL_TIMEOUT_MS = 4_000;

/** What one source says: waiting or not, and since when. */
interface Waiting {
  readonly required: boolean;
  readonly since?: string;
  readonly packages?: readonly string[];
  readonly method: string;
}

/** The file that Debian and Ubuntu leave. Absent it means little by itself: a system without the hook never writes it. */
async function fromFile(host: Host): Promise<Waiting> {
  const status = await attempt(host.stat('/run/reboot-required'));
  if (status instanceof DoorError) {
    if (status.code !== 'ENOENT') throw status;
    return { required: false, method: '/run/reboot-required' };
  }
  const list = await attempt(host.read('/run/reboot-required.pkgs'));
  const packages =
    list instanceof DoorError ? [] : [...new Set(list.split('\n').filter((name) => /^[a-z0-9][a-z0-9+.:_-]*$/i.test(name)))].slice(0, MAX_PACKAGES);
  return { required: true, since: status.mtime, packages, method: '/run/reboot-required' };
}

/** A folder of modules belongs to a kernel that can be started only when it holds an index or the kernel itself. */
async function isStartable(host: Host, release: string): Promise<boolean> {
  const answers = await Promise.all(['modules.dep', 'vmlinuz'].map((name) => attempt(host.stat(`/lib/modules/${release}/${name}`))));
  return answers.some((answer) => !(answer instanceof DoorError));
}

/** The newest kernel that is installed against the one that runs. */
async function fromKernels(host: Host): Promise<Waiting> {
  const [running, folders] = await Promise.all([host.read('/proc/sys/kernel/osrelease').then((text) => text.trim()), host.list('/lib/modules')]);
  const rivals = folders.filter((name) => /^\d/.test(name) && flavourOf(name) === flavourOf(running)).sort((a, b) => compareReleases(b, a));
  for (const release of rivals) {
    if (compareReleases(release, running) <= 0) break;
    if (await isStartable(host, release)) {
      return { required: true, since: (await host.stat(`/lib/modules/${release}`)).mtime, packages: [`kernel ${release}`], method: '/lib/modules' };
    }
  }
  // A running kernel without modules on disk tells nothing of updates.
  if (!rivals.includes(running)) throw new DoorError('ENODATA', `list /lib/modules: the running kernel ${running} is not among them`);
  return { required: false, method: '/lib/modules' };
}

/** `needs-restarting -r`: exit 1 when core libraries or services were updated since the start. */
async function fromDnf(host: Host): Promise<Waiting> {
  const { exit, stdout, stderr } = await host.run('dnf', ['-q', 'needs-restarting', '-r'], { timeoutMs: TOOL_TIMEOUT_MS });
  if (exit !== 0 && !(exit === 1 && /reboot is (required|necessary)|reboot should be|core libraries or services have been updated/i.test(stdout + stderr))) {
    throw new DoorError('ENOTSUP', `run dnf needs-restarting: exit ${exit}`);
  }
  const since = host.history('os.reboot_pending').required;
  return { required: exit === 1, ...(exit === 1 && since !== undefined ? { since } : {}), method: 'dnf needs-restarting -r' };
}

export default defineCheck({
  id: 'os.reboot_pending',
  title: 'No restart is overdue',
  why: 'An update that waits for a restart protects nothing yet.',
  group: 'system',
  owner: 'user',
  cost: 'process',
  value: Type.Object({
    required: Type.Boolean(),
    since: Type.Optional(Type.String({ maxLength: 30, description: 'Since when, where that is known: ISO 8601.' })),
    /** Where `since` is not known: it cannot be longer than the system has run. */
    notBefore: Type.Optional(Type.String({ maxLength: 30 })),
    packages: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: MAX_PACKAGES })),
  }),
  params: Type.Object({ maxDays: Type.Number({ default: 7, minimum: 0, description: 'Days that a restart may be put off.' }) }),
  read: {
    linux: async (host) => {
      const marked = await attempt(fromFile(host));
      const release = await attempt(readOsRelease(host)).catch(() => undefined);
      const usesDnf = release !== undefined && !(release instanceof DoorError) && isLike(release, 'fedora', 'rhel', 'centos');
      if (marked instanceof DoorError || !marked.required) {
        const environment = await attempt(readEnvironment(host)).catch(() => undefined);
        if (environment !== undefined && !(environment instanceof DoorError)) {
          if (environment.wsl) return notApplicable('wsl', 'The kernel of WSL belongs to Windows.');
          if (environment.container !== null) return notApplicable('container', 'The kernel belongs to the host of the container.');
        }
      }
      const kernels = await attempt(fromKernels(host));
      const found = [marked, kernels].filter((answer): answer is Waiting => !(answer instanceof DoorError));
      const waiting = found.filter(({ required }) => required).sort((a, b) => ((a.since ?? '') < (b.since ?? '') ? -1 : 1))[0];
      if (waiting === undefined && usesDnf) {
        const answer = await attempt(fromDnf(host));
        // Where dnf cannot tell, the kernels still can.
        if (!(answer instanceof DoorError)) found.push(answer);
      }
      const [required] = found.filter((answer) => answer.required);
      if (required !== undefined) {
        const uptime = await attempt(host.read('/proc/uptime').then(parseUptime)).catch(() => undefined);
        const notBefore = typeof uptime === 'number' ? new Date(Math.round((host.now() - uptime) / 60_000) * 60_000).toISOString() : undefined;
        const { since, packages } = waiting ?? required;
        return known(
          {
            required: true,
            ...(since !== undefined ? { since } : notBefore !== undefined ? { notBefore } : {}),
            ...(packages === undefined || packages.length === 0 ? {} : { packages: [...packages] }),
          },
          (waiting ?? required).method,
        );
      }
      // "No restart waits" stands on the kernels or on dnf; the missing file alone does not carry it.
      const carrying = found.find((answer) => answer.method !== '/run/reboot-required');
      if (carrying === undefined) throw kernels instanceof DoorError ? kernels : new DoorError('ENODATA', 'no source tells whether a restart waits');
      return known({ required: false }, carrying.method);
    },
  },
  excuses: { linux: ['container', 'wsl'] },
  watch: { linux: [file('/run/reboot-required'), file('/lib/modules')] },
  judge: ({ required, since, notBefore, packages }, { maxDays }, at) => {
    if (!required) return pass('No restart waits.');
    const what = packages === undefined ? '' : ` (${packages.slice(0, 3).join(', ')}${packages.length > 3 ? ', …' : ''})`;
    const days = Math.floor((at - Date.parse(since ?? notBefore ?? '')) / DAY_MS);
    if (Number.isNaN(days) || (since === undefined && days > maxDays)) return undecided(`Updates wait for a restart${what}; since when is not known.`);
    return days > maxDays
      ? fail(`Updates wait for a restart since ${days} days${what}.`)
      : pass(`Updates wait for a restart${what}; ${maxDays} days are allowed.`);
  },
  remedy: () => ({ steps: ['Save your work.', 'System menu > Power Off > Restart.'] }),
  controls: ['NIST 800-53 SI-2'],
});

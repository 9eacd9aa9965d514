/** Whether installed updates wait for a restart. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, type Host, known, notApplicable, pass, registryKey, undecided } from '../model/index.ts';
import { parseUptime } from './device-uptime.ts';
import { restart } from './remedies/device-uptime.ts';
import { readEnvironment } from './sources/environment.ts';
import { isUnrecorded } from './sources/failures.ts';
import { isImageBased, isLike, readOsRelease } from './sources/os-release.ts';
import { fromDnf, fromImage, fromKernels, fromMark, fromNeedrestart, type Waiting } from './sources/restart-linux.ts';
import { RESTART_KEYS, RESTART_NEEDS, windowsRestart } from './sources/restart-windows.ts';

const DAY_MS = 86_400_000;
const MAX_PACKAGES = 20;

interface Restart {
  required: boolean;
  since?: string;
  notBefore?: string;
  packages?: string[];
}

/** Since when: what the source tells, else what the agent remembers, else not before the system was started. */
function restartOf(waiting: Omit<Waiting, 'carries' | 'method'>, remembered: string | undefined, bootedAt: string | undefined): Restart {
  if (!waiting.required) return { required: false };
  const since = waiting.since ?? remembered;
  const packages = waiting.packages ?? [];
  return {
    required: true,
    ...(since !== undefined ? { since } : bootedAt !== undefined ? { notBefore: bootedAt } : {}),
    ...(packages.length === 0 ? {} : { packages: [...packages] }),
  };
}

async function bootedAt(host: Host): Promise<string | undefined> {
  const uptime = await attempt(host.read('/proc/uptime').then(parseUptime)).catch(() => undefined);
  return typeof uptime === 'number' ? new Date(Math.round((host.now() - uptime) / 60_000) * 60_000).toISOString() : undefined;
}

/** The sources in the order in which they cost, until one says that a restart waits. */
async function lookOnLinux(host: Host): Promise<readonly (Waiting | DoorError)[]> {
  const look = (source: (host: Host) => Promise<Waiting>): Promise<Waiting | DoorError> =>
    attempt(source(host)).catch((error: Error) => new DoorError('EOUTPUT', error.message, { cause: error }));
  const image = await attempt(isImageBased(host));
  if (image instanceof DoorError) return [image];
  if (image) return [await look(fromImage)];
  const release = await attempt(readOsRelease(host)).catch(() => undefined);
  const found: (Waiting | DoorError)[] = [await look(fromKernels)];
  if (found.some((answer) => !(answer instanceof DoorError) && answer.required)) return found;
  if (release !== undefined && !(release instanceof DoorError) && isLike(release, 'fedora', 'rhel', 'centos')) found.push(await look(fromDnf));
  // Kernels without modules of their own: needrestart knows others as well, where it is there and may look.
  if (!found.some((answer) => !(answer instanceof DoorError))) found.push(await look(fromNeedrestart));
  return found;
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
      const marked = await attempt(fromMark(host));
      if (marked instanceof DoorError || !marked.required) {
        const environment = await attempt(readEnvironment(host)).catch(() => undefined);
        if (environment !== undefined && !(environment instanceof DoorError)) {
          if (environment.wsl) return notApplicable('wsl', 'The kernel of WSL belongs to Windows.');
          if (environment.container !== null) return notApplicable('container', 'The kernel belongs to the host of the container.');
        }
      }
      const looked = await lookOnLinux(host);
      const found = [marked, ...looked].filter((answer): answer is Waiting => !(answer instanceof DoorError));
      // The one that has waited longest, where several say so.
      const waiting = found.filter(({ required }) => required).sort((a, b) => ((a.since ?? '~') < (b.since ?? '~') ? -1 : 1))[0];
      if (waiting !== undefined) return known(restartOf(waiting, host.history('os.reboot_pending').required, await bootedAt(host)), waiting.method);
      // "No restart waits" stands on the kernels or on a tool; the missing mark alone does not carry it.
      if (marked instanceof DoorError && !isUnrecorded(marked)) throw marked;
      const carrying = found.find(({ carries }) => carries);
      if (carrying === undefined)
        throw looked.find((answer) => answer instanceof DoorError) ?? new DoorError('ENODATA', 'no source tells whether a restart waits');
      return known({ required: false }, carrying.method);
    },
    win32: {
      needs: RESTART_NEEDS,
      from: (got, host) => {
        const { bootedAt: booted, ...waiting } = windowsRestart(got);
        return known(restartOf(waiting, host.history('os.reboot_pending').required, booted), 'registry RebootPending, RebootRequired');
      },
    },
  },
  excuses: { linux: ['container', 'wsl'] },
  watch: {
    linux: [file('/run/reboot-required'), file('/lib/modules'), file('/run/ostree/staged-deployment')],
    win32: RESTART_KEYS.map(registryKey),
  },
  judge: ({ required, since, notBefore, packages }, { maxDays }, at) => {
    if (!required) return pass('No restart waits.');
    const what = packages === undefined ? '' : ` (${packages.slice(0, 3).join(', ')}${packages.length > 3 ? ', …' : ''})`;
    const days = Math.floor((at - Date.parse(since ?? notBefore ?? '')) / DAY_MS);
    if (Number.isNaN(days) || (since === undefined && days > maxDays)) return undecided(`Updates wait for a restart${what}; since when is not known.`);
    return days > maxDays
      ? fail(`Updates wait for a restart since ${days} days${what}.`)
      : pass(`Updates wait for a restart${what}; ${maxDays} days are allowed.`);
  },
  remedy: restart,
  controls: ['NIST 800-53 SI-2'],
});

/** Whether mandatory access control (SELinux or AppArmor) confines programs. */
import { type Static, Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, type Host, known, notApplicable, orAbsent, pass, UnparsableError } from '../model/index.ts';
import { readEnvironment } from './sources/environment.ts';

const Confinement = Type.Object({
  selinux: Type.Enum(['enforcing', 'permissive', 'disabled', 'unknown']),
  apparmor: Type.Union([Type.Boolean(), Type.Literal('unknown')]),
});
type Mode = 'enforcing' | 'permissive' | 'disabled';

/** `/sys/fs/selinux/enforce`: 1 or 0. @throws UnparsableError */
export function parseEnforce(text: string): Mode {
  const mode = ({ '1': 'enforcing', '0': 'permissive' } as const)[text.trim()];
  if (mode === undefined) throw new UnparsableError('/sys/fs/selinux/enforce is neither 0 nor 1');
  return mode;
}

async function readSelinux(host: Host): Promise<Mode> {
  const text = await orAbsent(host.read('/sys/fs/selinux/enforce'));
  return text === undefined ? 'disabled' : parseEnforce(text);
}

async function readApparmor(host: Host): Promise<boolean> {
  const text = (await orAbsent(host.read('/sys/module/apparmor/parameters/enabled')))?.trim();
  if (text !== undefined && text !== 'Y' && text !== 'N') throw new UnparsableError('the AppArmor parameter is neither Y nor N');
  return text === 'Y';
}

export default defineCheck({
  id: 'os.integrity.mac',
  title: 'Programs are confined (SELinux or AppArmor)',
  why: 'A broken program can then reach only what it needs.',
  group: 'system',
  owner: 'admin',
  cost: 'cheap',
  value: Confinement,
  params: Type.Object({}),
  read: {
    linux: async (host) => {
      const [selinux, apparmor] = await Promise.all([attempt(readSelinux(host)), attempt(readApparmor(host))]);
      const active = (!(selinux instanceof DoorError) && selinux === 'enforcing') || apparmor === true;
      // One that is on is enough; that none is needs both to have answered.
      if (!active) {
        if (selinux instanceof DoorError) throw selinux;
        if (apparmor instanceof DoorError) throw apparmor;
        const { container, wsl } = await readEnvironment(host);
        if (wsl) return notApplicable('wsl', 'The kernel of WSL belongs to Windows.');
        if (container !== null && selinux === 'disabled') return notApplicable('container', 'Confinement belongs to the host of the container.');
      }
      const value: Static<typeof Confinement> = {
        selinux: selinux instanceof DoorError ? 'unknown' : selinux,
        apparmor: apparmor instanceof DoorError ? 'unknown' : apparmor,
      };
      return known(value, '/sys/fs/selinux, /sys/module/apparmor');
    },
  },
  excuses: { linux: ['container', 'wsl'] },
  watch: { linux: [file('/sys/fs/selinux/enforce')] },
  judge: ({ selinux, apparmor }) => {
    if (selinux === 'enforcing') return pass('SELinux enforces.');
    if (apparmor === true) return pass('AppArmor is on.');
    return fail(selinux === 'permissive' ? 'SELinux only warns (permissive) and AppArmor is off.' : 'Neither SELinux nor AppArmor is on.');
  },
  remedy: (value) =>
    value?.selinux === 'permissive'
      ? { steps: ['In a terminal: sudo setenforce 1', 'To keep it: set SELINUX=enforcing in /etc/selinux/config.'] }
      : {
          steps: [
            'Ask your administrator: it is switched on by a kernel parameter.',
            'Debian, Ubuntu, Arch: install apparmor, then start with lsm=landlock,lockdown,yama,apparmor',
            'Fedora: set SELINUX=enforcing in /etc/selinux/config and restart.',
          ],
        },
  controls: ['NIST 800-53 AC-3(3)', 'CIS Ubuntu 1.3.1 (unverified)'],
});

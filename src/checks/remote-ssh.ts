/** Whether somebody can log in from outside by SSH. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  defineCheck,
  type Finding,
  fail,
  type Got,
  type Host,
  isAbsent,
  known,
  pass,
  registry,
  registryKey,
  service,
  UnparsableError,
  unit,
} from '../model/index.ts';
import { switchSshOff } from './remedies/remote-ssh.ts';
import { describeExposure, Exposure, exposureOf, readLinuxExposure } from './sources/exposure.ts';
import { answered, answerOf, mostTelling } from './sources/failures.ts';
import { isServiceOn } from './sources/launchd.ts';
import { isOpen, LISTENERS_CHANGE, readMacListeners, TCP_LISTENERS, windowsListeners } from './sources/listeners.ts';

const UNITS = ['ssh.service', 'ssh.socket', 'sshd.service', 'sshd.socket', 'dropbear.service', 'dropbear.socket'] as const;
const PORTS = [22] as const;
const MAC_LABEL = 'com.openssh.sshd';
const WINDOWS_SERVICE = service('sshd');
const WINDOWS_KEY = registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\sshd');

/** `systemsetup -getremotelogin`, which root alone may ask; others are told so on standard output, with exit 0. @throws UnparsableError, DoorError */
export function parseRemoteLogin(text: string): boolean {
  if (/administrator access/i.test(text)) throw new DoorError('EACCES', 'run systemsetup');
  const said = /^Remote Login: (On|Off)\s*$/m.exec(text)?.[1];
  if (said === undefined) throw new UnparsableError('systemsetup did not say "Remote Login: On" or "Off"');
  return said === 'On';
}

async function readMac(host: Host): Promise<Finding<Exposure>> {
  const listeners = await answerOf(readMacListeners(host));
  const port = listeners instanceof DoorError ? listeners : isOpen(listeners, PORTS);
  const on = await attempt(isServiceOn(host, MAC_LABEL, port));
  if (typeof on === 'boolean') return known(exposureOf(on ? ['Remote Login'] : [], port === true), 'launchctl');
  const said = await answerOf(host.run('systemsetup', ['-getremotelogin']).then(({ stdout }) => parseRemoteLogin(stdout)));
  if (typeof said === 'boolean') return known(exposureOf(said ? ['Remote Login'] : [], false), 'systemsetup');
  throw mostTelling([on, said]);
}

/** Whether the service of OpenSSH runs. @throws DoorError */
function runsOnWindows(got: Got): boolean {
  const status = answered(() => got(WINDOWS_SERVICE));
  if (!(status instanceof DoorError)) return status.state !== 'stopped';
  if (isAbsent(status)) return false;
  // A service that is not in the registry is not installed, and one that is disabled there does not start.
  const start = answered(() => got(WINDOWS_KEY).values.Start);
  if (start === 4 || (start instanceof DoorError && isAbsent(start))) return false;
  throw mostTelling([status, ...(start instanceof DoorError ? [start] : [])]);
}

function fromWindows(got: Got): Finding<Exposure> {
  const listeners = answered(() => windowsListeners(got));
  const port = !(listeners instanceof DoorError) && isOpen(listeners, PORTS);
  const runs = answered(() => runsOnWindows(got));
  if (runs instanceof DoorError && !port) throw runs;
  return known(exposureOf(runs === true ? ['OpenSSH SSH Server'] : [], port), 'services');
}

export default defineCheck({
  id: 'remote.ssh',
  title: 'Remote login (SSH) is off',
  why: 'A way in that is not needed is a way in for others.',
  group: 'access',
  owner: 'user',
  cost: 'process',
  value: Exposure,
  params: Type.Object({ allowed: Type.Boolean({ default: false, description: 'SSH may run: servers, developers.' }) }),
  read: {
    linux: async (host) => {
      const { exposure, method } = await readLinuxExposure(host, UNITS, PORTS);
      return known(exposure, method);
    },
    darwin: readMac,
    win32: { needs: [WINDOWS_SERVICE, WINDOWS_KEY, TCP_LISTENERS], from: fromWindows },
  },
  watch: {
    linux: [...UNITS.slice(0, 4).map(unit), ...LISTENERS_CHANGE],
    darwin: [{ kind: 'file', path: '/private/var/db/com.apple.xpc.launchd/disabled.plist' }],
    win32: [registryKey(WINDOWS_KEY.key)],
  },
  judge: (exposure, { allowed }) => {
    if (!exposure.enabled) return pass('No SSH server runs.');
    const what = describeExposure(exposure, 'a program listens on port 22');
    return allowed ? pass(`Allowed here: ${what}.`) : fail(`Remote login is possible: ${what}.`);
  },
  remedy: switchSshOff,
  controls: ['CIS macOS 2.3.3.4', 'NIST 800-53 CM-7', 'NIST 800-53 AC-17'],
});

/** Whether somebody can log in from outside by SSH. */
import { type Static, Type } from 'typebox';
import { attempt, DoorError, defineCheck, type Finding, fail, type Host, known, orAbsent, pass, UnparsableError, unit } from '../model/index.ts';
import { parseListeners } from './sources/listeners.ts';
import { isRunning } from './sources/units.ts';

const UNITS = ['ssh.service', 'ssh.socket', 'sshd.service', 'sshd.socket', 'dropbear.service', 'dropbear.socket'] as const;
const SSH_PORT = 22;

const Ssh = Type.Object({
  enabled: Type.Boolean(),
  units: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 10, description: 'Active units, by name.' }),
  port: Type.Boolean({ description: 'Somebody listens on port 22 for other machines.' }),
});

/** @throws DoorError where the units cannot be seen, ENOSYSTEMD included: then the ports have to tell. */
const activeUnits = async (host: Host): Promise<string[]> => {
  const states = await Promise.all(UNITS.map(async (name) => ({ name, running: await isRunning(host, name) })));
  return states.filter(({ running }) => running).map(({ name }) => name);
};

/** @throws DoorError, UnparsableError. IPv6 may be switched off; IPv4 is always there. */
async function listensOnSsh(host: Host): Promise<boolean> {
  const [four, six] = await Promise.all([host.read('/proc/net/tcp'), orAbsent(host.read('/proc/net/tcp6'))]);
  return [four, six].some((text) => text !== undefined && parseListeners(text).some(({ port, loopback }) => port === SSH_PORT && !loopback));
}

/** An answer that cannot be understood is one that was not given: the other source may still tell. */
const answerOf = <T>(work: Promise<T>, door: string): Promise<T | DoorError> =>
  attempt(work).catch((error: unknown) => {
    if (error instanceof UnparsableError) return new DoorError('EOUTPUT', `${door}: ${error.message}`);
    throw error;
  });

async function readLinux(host: Host): Promise<Finding<Static<typeof Ssh>>> {
  const [units, port] = await Promise.all([answerOf(activeUnits(host), 'systemd units'), answerOf(listensOnSsh(host), 'read /proc/net/tcp')]);
  // Either one that says yes is enough. No needs an answer: units know every port, and without systemd the ports know the rest.
  if (units instanceof DoorError && port instanceof DoorError) throw port.code === 'ENOTRECORDED' ? units : port;
  const value = { units: units instanceof DoorError ? [] : units, port: port === true };
  return known(
    { enabled: value.units.length > 0 || value.port, ...value },
    units instanceof DoorError ? '/proc/net/tcp' : port instanceof DoorError ? 'systemd' : 'systemd, /proc/net/tcp',
  );
}

export default defineCheck({
  id: 'remote.ssh',
  title: 'Remote login (SSH) is off',
  why: 'A way in that is not needed is a way in for others.',
  group: 'access',
  owner: 'user',
  cost: 'process',
  value: Ssh,
  params: Type.Object({ allowed: Type.Boolean({ default: false, description: 'SSH may run: servers, developers.' }) }),
  read: { linux: readLinux },
  watch: { linux: UNITS.slice(0, 4).map(unit) },
  judge: ({ enabled, units, port }, { allowed }) => {
    if (!enabled) return pass('No SSH server runs.');
    const what =
      units.length > 0 ? `${units.join(', ')} ${units.length === 1 ? 'is' : 'are'} active` : port ? 'a program listens on port 22' : 'an SSH server runs';
    return allowed ? pass(`Allowed here: ${what}.`) : fail(`Remote login is possible: ${what}.`);
  },
  remedy: (_value, platform) => ({
    steps:
      platform === 'linux'
        ? [
            'GNOME: Settings > System > Secure Shell: off.',
            'Or in a terminal: sudo systemctl disable --now ssh.socket ssh.service (Fedora, Arch: sshd.service)',
          ]
        : platform === 'darwin'
          ? ['Open System Settings > General > Sharing.', 'Switch Remote Login off.']
          : ['Open Settings > System > Optional features.', 'Remove OpenSSH Server.'],
  }),
  controls: ['NIST 800-53 CM-7', 'NIST 800-53 AC-17'],
});

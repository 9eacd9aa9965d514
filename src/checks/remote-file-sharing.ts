/** Whether this computer offers files to others; on Windows, whether it still speaks SMB 1, which is broken beyond repair. */
import { Type } from 'typebox';
import {
  attempt,
  cim,
  DoorError,
  defineCheck,
  type Finding,
  fail,
  file,
  type Got,
  type Host,
  isAbsent,
  known,
  pass,
  registry,
  registryKey,
  UnparsableError,
  unit,
} from '../model/index.ts';
import { switchFileSharingOff } from './remedies/remote-file-sharing.ts';
import { describeExposure, Exposure, exposureOf, readLinuxExposure } from './sources/exposure.ts';
import { answered, answerOf, mostTelling } from './sources/failures.ts';
import { isServiceOn } from './sources/launchd.ts';
import { isOpen, LISTENERS_CHANGE, readMacListeners } from './sources/listeners.ts';

/** Samba under the names of Debian and Fedora, as a domain controller and in the kernel; NFS. */
const UNITS = ['smbd.service', 'smb.service', 'samba-ad-dc.service', 'ksmbd.service', 'nfs-server.service'] as const;
/** SMB, NetBIOS, NFS; AFP of old Macs. */
const PORTS = [445, 139, 2049] as const;
const MAC_PORTS = [445, 139, 548, 2049] as const;

async function readMac(host: Host): Promise<Finding<Exposure>> {
  const listeners = await answerOf(readMacListeners(host));
  const port = listeners instanceof DoorError ? listeners : isOpen(listeners, MAC_PORTS);
  const on = await attempt(isServiceOn(host, 'com.apple.smbd', port));
  if (on instanceof DoorError) throw on;
  return known(exposureOf(on ? ['File Sharing'] : [], port === true), 'launchctl');
}

const SERVER = registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters');
const CLIENT = registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\mrxsmb10');
const VERSION = registry('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion');
const FEATURES = cim('root/cimv2', 'Win32_OptionalFeature', { where: "Name LIKE 'SMB1Protocol%'" });
/** Windows 10 1709, the first that leaves SMB 1 out. */
const FIRST_WITHOUT = 16_299;

/** Whether one of these features of Windows is installed (1; 2: removed, 3: absent), or undefined where none is listed. @throws DoorError */
function isInstalled(got: Got, name: string): boolean | undefined {
  const row = got(FEATURES).find((candidate) => candidate.Name === name);
  if (row !== undefined && typeof row.InstallState !== 'number') throw new UnparsableError(`${name} has no state`);
  return row === undefined ? undefined : row.InstallState === 1;
}

/** What the features say where the registry does not. @throws DoorError the failure that says most */
function fromFeatures(got: Got, name: string, failure: DoorError): boolean {
  const installed = answered(() => isInstalled(got, name));
  if (typeof installed === 'boolean') return installed;
  throw mostTelling([failure, ...(installed instanceof DoorError ? [installed] : [])]);
}

const memberOf = (values: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.entries(values).find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];

/** @throws DoorError, UnparsableError */
function servesSmb1(got: Got): boolean {
  const key = answered(() => got(SERVER));
  if (key instanceof DoorError && !isAbsent(key)) return fromFeatures(got, 'SMB1Protocol-Server', key);
  const set = key instanceof DoorError ? undefined : memberOf(key.values, 'SMB1');
  if (typeof set === 'number') return set !== 0;
  if (set !== undefined) throw new UnparsableError('SMB1 is not a number');
  // Unsaid, a server that is installed is on; newer systems come without one.
  const installed = answered(() => isInstalled(got, 'SMB1Protocol-Server'));
  if (typeof installed === 'boolean') return installed;
  const build = Number(memberOf(got(VERSION).values, 'CurrentBuild'));
  if (!(build > 0)) throw new UnparsableError('CurrentBuild is not a number');
  return build < FIRST_WITHOUT;
}

/** The driver of the client: absent, or not to be started (4). @throws DoorError, UnparsableError */
function speaksSmb1(got: Got): boolean {
  const key = answered(() => got(CLIENT));
  if (key instanceof DoorError) return isAbsent(key) ? false : fromFeatures(got, 'SMB1Protocol-Client', key);
  const start = memberOf(key.values, 'Start');
  if (typeof start !== 'number') throw new UnparsableError('Start of mrxsmb10 is not a number');
  return start !== 4;
}

function fromWindows(got: Got): Finding<Exposure> {
  const [server, client] = [answered(() => servesSmb1(got)), answered(() => speaksSmb1(got))];
  const on = [...(server === true ? ['SMB 1.0 server'] : []), ...(client === true ? ['SMB 1.0 client'] : [])];
  const failures = [server, client].filter((answer) => answer instanceof DoorError);
  if (on.length === 0 && failures.length > 0) throw mostTelling(failures);
  return known(exposureOf(on, false), 'registry');
}

export default defineCheck({
  id: 'remote.file_sharing',
  title: 'File sharing is off',
  why: 'Shared folders, and old protocols for them above all, are how worms spread in a network.',
  group: 'access',
  owner: 'user',
  cost: 'process',
  value: Exposure,
  params: Type.Object({ allowed: Type.Boolean({ default: false, description: 'Files may be shared: file servers. SMB 1 on Windows fails nevertheless.' }) }),
  read: {
    linux: async (host) => {
      const { exposure, method } = await readLinuxExposure(host, UNITS, PORTS);
      return known(exposure, method);
    },
    darwin: readMac,
    win32: { needs: [SERVER, CLIENT, VERSION, FEATURES], from: fromWindows },
  },
  watch: {
    linux: [...UNITS.map(unit), ...LISTENERS_CHANGE],
    darwin: [file('/private/var/db/com.apple.xpc.launchd/disabled.plist')],
    win32: [SERVER, CLIENT].map(({ key }) => registryKey(key)),
  },
  judge: (exposure, { allowed }) => {
    if (!exposure.enabled) return pass('No files are shared in a way that others could misuse.');
    const old = exposure.units.filter((name) => name.startsWith('SMB 1'));
    if (old.length > 0) return fail(`Windows still has SMB 1, which is not safe: ${old.join(' and ')}.`);
    const what = describeExposure(exposure, 'a program listens on a port of SMB or NFS');
    return allowed ? pass(`Allowed here: ${what}.`) : fail(`Files are shared: ${what}.`);
  },
  remedy: switchFileSharingOff,
  controls: ['CIS macOS 2.3.3.2', 'CIS Windows 18.4 (unverified)', 'NIST 800-53 CM-7'],
});

/** Whether somebody can see or steer the screen from outside. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  defineCheck,
  type Finding,
  fail,
  file,
  type Got,
  gsettings,
  type Host,
  isAbsent,
  known,
  pass,
  type RegistryKey,
  registry,
  registryKey,
  service,
  UnparsableError,
  unit,
} from '../model/index.ts';
import { switchRemoteDesktopOff } from './remedies/remote-desktop.ts';
import { describeExposure, Exposure, exposureOf, type Ports, readLinuxExposure } from './sources/exposure.ts';
import { answered, answerOf, isUnrecorded, mostTelling } from './sources/failures.ts';
import { isServiceOn } from './sources/launchd.ts';
import { isOpen, LISTENERS_CHANGE, readMacListeners, TCP_LISTENERS, windowsListeners } from './sources/listeners.ts';

/** Those of the system, and tools that call out and are steered through somebody's servers. */
const UNITS = [
  ...['gnome-remote-desktop.service', 'xrdp.service', 'xrdp-sesman.service', 'vncserver-x11-serviced.service', 'vncserver@:1.service'],
  ...['x11vnc.service', 'krfb.service', 'app-org.kde.krdpserver.service', 'teamviewerd.service', 'anydesk.service', 'rustdesk.service'],
] as const;
const GNOME_UNIT = 'gnome-remote-desktop.service';
const GNOME_SCHEMAS = ['org.gnome.desktop.remote-desktop.rdp', 'org.gnome.desktop.remote-desktop.vnc'] as const;
/** RDP and VNC; who finds the first port taken goes on to the next. */
const PORTS: Ports = [
  [3389, 3399],
  [5900, 5910],
];

/** GNOME's sharing of the person's own session: its service idles along until a setting switches it on. */
async function sharesSession(host: Host): Promise<boolean> {
  const state = await attempt(host.unit(GNOME_UNIT, 'user'));
  if (state instanceof DoorError || (state.active !== 'active' && state.enabled !== 'enabled')) return false;
  const settings = await Promise.all(GNOME_SCHEMAS.map((schema) => attempt(host.gsettings(schema, 'enable'))));
  return settings.some((setting) => !(setting instanceof DoorError) && setting.value === true);
}

async function readLinux(host: Host): Promise<Finding<Exposure>> {
  const [system, shared, headless] = await Promise.all([
    answerOf(readLinuxExposure(host, UNITS, PORTS)),
    sharesSession(host),
    attempt(host.unit('gnome-remote-desktop-headless.service', 'user')),
  ]);
  const session = [
    ...(shared ? [`${GNOME_UNIT} (user)`] : []),
    ...(!(headless instanceof DoorError) && headless.active === 'active' ? ['GNOME headless session'] : []),
  ];
  // What the session says adds to what system and ports say; alone its no is worth nothing.
  if (system instanceof DoorError) {
    if (session.length === 0) throw system;
    return known(exposureOf(session, false), 'systemd --user');
  }
  const { exposure, method } = system;
  return known(exposureOf([...exposure.units, ...session], exposure.port), method);
}

const APPLE_REMOTE_DESKTOP = '/Library/Application Support/Apple/Remote Desktop/RemoteManagement.launchd';

/** Remote Management leaves a file while it is on. @throws DoorError where that cannot be told */
async function isManaged(host: Host, port: boolean | DoorError): Promise<boolean> {
  const text = await attempt(host.read(APPLE_REMOTE_DESKTOP));
  if (typeof text === 'string') return text.trim().toLowerCase() !== 'disabled';
  if (isAbsent(text)) return false;
  const there = await attempt(host.stat(APPLE_REMOTE_DESKTOP));
  if (!(there instanceof DoorError)) return true;
  if (isAbsent(there) || port === false) return false;
  throw mostTelling([text, there, ...(port instanceof DoorError ? [port] : [])]);
}

async function readMac(host: Host): Promise<Finding<Exposure>> {
  const listeners = await answerOf(readMacListeners(host));
  const port = listeners instanceof DoorError ? listeners : isOpen(listeners, [3283, 5900]);
  const [sharing, managed] = await Promise.all([
    attempt(isServiceOn(host, 'com.apple.screensharing', listeners instanceof DoorError ? listeners : isOpen(listeners, [5900]))),
    attempt(isManaged(host, port)),
  ]);
  const units = [...(sharing === true ? ['Screen Sharing'] : []), ...(managed === true ? ['Remote Management'] : [])];
  const failures = [sharing, managed].filter((answer) => answer instanceof DoorError);
  if (units.length === 0 && port !== true && failures.length > 0) throw mostTelling(failures);
  return known(exposureOf(units, port === true), 'launchctl, RemoteManagement.launchd');
}

const LOCAL = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server');
const POLICY = registry('HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services');
const RDP_SERVICE = service('TermService');
const RELAYS = ['TeamViewer', 'AnyDesk', 'RustDesk'] as const;

/** Whether connections are denied, or undefined where a key does not say. @throws UnparsableError */
function denies({ values }: RegistryKey): boolean | undefined {
  const value = Object.entries(values).find(([name]) => name.toLowerCase() === 'fdenytsconnections')?.[1];
  if (value !== undefined && value !== 0 && value !== 1) throw new UnparsableError('fDenyTSConnections is neither 0 nor 1');
  return value === undefined ? undefined : value === 1;
}

/** Policy before what is set locally. @throws DoorError, UnparsableError */
function acceptsRdp(got: Got): boolean {
  for (const need of [POLICY, LOCAL]) {
    const key = answered(() => got(need));
    if (key instanceof DoorError && !isAbsent(key)) throw key;
    const denied = key instanceof DoorError ? undefined : denies(key);
    if (denied !== undefined) return !denied;
  }
  throw new UnparsableError('nothing says whether remote connections are denied');
}

function fromWindows(got: Got): Finding<Exposure> {
  const asked = RELAYS.map((name) => ({ name, status: answered(() => got(service(name))) }));
  const relays = asked.flatMap(({ name, status }) => (!(status instanceof DoorError) && status.state === 'running' ? [name] : []));
  // One that could not be asked may run.
  const hidden = asked.flatMap(({ status }) => (status instanceof DoorError && !isAbsent(status) && !isUnrecorded(status) ? [status] : []));
  const listeners = answered(() => windowsListeners(got));
  const port = !(listeners instanceof DoorError) && isOpen(listeners, PORTS);
  let accepts = answered(() => acceptsRdp(got));
  if (accepts instanceof DoorError) {
    // Without its service there is none, whatever the settings would say.
    const status = answered(() => got(RDP_SERVICE));
    if (status instanceof DoorError ? isAbsent(status) : status.start === 'disabled' && status.state === 'stopped') accepts = false;
  }
  if (accepts !== true && !port && relays.length === 0) {
    const failures = [...(accepts instanceof DoorError ? [accepts] : []), ...hidden];
    if (failures.length > 0) throw mostTelling(failures);
  }
  return known(exposureOf([...(accepts === true ? ['Remote Desktop'] : []), ...relays], port), 'registry, services');
}

export default defineCheck({
  id: 'remote.desktop',
  title: 'Remote desktop is off',
  why: 'Who can see or steer the screen from outside can do everything that you can.',
  group: 'access',
  owner: 'user',
  cost: 'process',
  value: Exposure,
  params: Type.Object({ allowed: Type.Boolean({ default: false, description: 'Remote desktop may be on: support, terminal servers.' }) }),
  read: {
    linux: readLinux,
    darwin: readMac,
    win32: { needs: [LOCAL, POLICY, RDP_SERVICE, TCP_LISTENERS, ...RELAYS.map(service)], from: fromWindows },
  },
  watch: {
    linux: [...UNITS.map(unit), ...GNOME_SCHEMAS.map(gsettings), ...LISTENERS_CHANGE],
    darwin: [file('/private/var/db/com.apple.xpc.launchd/disabled.plist'), file(APPLE_REMOTE_DESKTOP)],
    win32: [LOCAL, POLICY].map(({ key }) => registryKey(key)),
  },
  judge: (exposure, { allowed }) => {
    if (!exposure.enabled) return pass('Nobody can see or steer the screen from outside.');
    const what = describeExposure(exposure, 'a program listens on a port of RDP or VNC');
    return allowed ? pass(`Allowed here: ${what}.`) : fail(`Remote desktop is possible: ${what}.`);
  },
  remedy: switchRemoteDesktopOff,
  controls: ['CIS macOS 2.3.3.1', 'CIS macOS 2.3.3.5', 'CIS Windows 18.10.57 (unverified)', 'NIST 800-53 AC-17'],
});

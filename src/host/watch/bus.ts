/**
 * D-Bus on Linux: systemd's units, logind's sessions (lock, unlock, sleep), the network. One connection, opened when the agent
 * starts and again when it breaks; signals only, no calls but the subscriptions.
 */
import { type BusConnection, type encodeCall, firstBoolean, firstText, listenOnBus, type Signal } from './dbus.ts';
import type { Touched, Watching } from './source.ts';

export interface BusTargets {
  /** By the name of the unit. */
  readonly units: ReadonlyMap<string, Touched>;
  readonly wake: Touched;
  readonly unlock: Touched;
  readonly network: Touched;
}

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';
const RECONNECT_MS = { first: 1_000, most: 5 * 60_000 } as const;

const UNIT_PATH = '/org/freedesktop/systemd1/unit/';

/** A unit's name in an object path: everything but letters and digits as `_xx`, and a digit that stands first (sd_bus_path_encode). */
export const unitPath = (name: string): string =>
  UNIT_PATH +
  [...new TextEncoder().encode(name)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z]/.test(character) || (index > 0 && /[0-9]/.test(character)) ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');

const signal = (members: Readonly<Record<string, string>>): string =>
  ["type='signal'", ...Object.entries(members).map(([name, value]) => `${name}='${value}'`)].join(',');
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** What is asked of the bus: nothing that comes often and concerns nobody. */
function matchesFor(units: Iterable<string>): string[] {
  return [
    ...[...units].map((name) => signal({ path: unitPath(name), interface: PROPERTIES, member: 'PropertiesChanged' })),
    signal({ interface: 'org.freedesktop.systemd1.Manager', member: 'UnitFilesChanged' }),
    signal({ interface: 'org.freedesktop.systemd1.Manager', member: 'UnitNew' }),
    signal({ interface: 'org.freedesktop.login1.Manager', member: 'PrepareForSleep' }),
    signal({ interface: 'org.freedesktop.login1.Session', member: 'Lock' }),
    signal({ interface: 'org.freedesktop.login1.Session', member: 'Unlock' }),
    signal({ path_namespace: '/org/freedesktop/login1/session', interface: PROPERTIES, member: 'PropertiesChanged' }),
    signal({ interface: 'org.freedesktop.NetworkManager', member: 'StateChanged' }),
    signal({ path: '/org/freedesktop/network1', interface: PROPERTIES, member: 'PropertiesChanged' }),
  ];
}

/** Which target a signal is for; pure. */
export function targetsOf(signal: Signal, targets: BusTargets): readonly Touched[] {
  const { path, interface: face, member, body } = signal;
  if (face === 'org.freedesktop.systemd1.Manager') {
    if (member === 'UnitFilesChanged') return [...targets.units.values()];
    const touched = member === 'UnitNew' ? targets.units.get(firstText(signal) ?? '') : undefined;
    return touched === undefined ? [] : [touched];
  }
  if (path.startsWith(UNIT_PATH)) return [...targets.units].flatMap(([name, touched]) => (unitPath(name) === path ? [touched] : []));
  // True before it sleeps, false when it is awake again.
  if (member === 'PrepareForSleep') return firstBoolean(signal) === false ? [targets.wake] : [];
  if (face === 'org.freedesktop.login1.Session') return member === 'Unlock' || member === 'Lock' ? [targets.unlock] : [];
  // The names of the properties that changed stand in the body as they are; idle hints come often, and concern nobody.
  if (path.startsWith('/org/freedesktop/login1/session')) return body.includes('LockedHint\0') ? [targets.unlock] : [];
  if (face === 'org.freedesktop.NetworkManager' || path === '/org/freedesktop/network1') return [targets.network];
  return [];
}

const SYSTEMD = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'] as const;

/** `say`: told why the bus cannot be heard, and null once it can. Where there is none, units are re-read at the interval. */
export function watchBus(
  targets: BusTargets,
  say: (why: string | null) => void = () => {},
  address: string = process.env.DBUS_SYSTEM_BUS_ADDRESS ?? SYSTEM_BUS,
): Watching {
  let stopped = false;
  let connection: BusConnection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitMs: number = RECONNECT_MS.first;
  const matches = matchesFor(targets.units.keys());
  // Without it systemd tells only of jobs that somebody waits for.
  const subscribe = targets.units.size === 0 ? [] : [[matches.length + 2, ...SYSTEMD, 'Subscribe', []] as Parameters<typeof encodeCall>];

  function open(): void {
    connection = listenOnBus(
      address,
      { matches, calls: subscribe },
      {
        signal: (signal) => {
          for (const touched of targetsOf(signal, targets)) touched();
        },
        ready() {
          waitMs = RECONNECT_MS.first;
          say(null);
        },
        lost(why) {
          if (stopped) return;
          say(why);
          timer = setTimeout(open, waitMs);
          timer.unref();
          waitMs = Math.min(waitMs * 2, RECONNECT_MS.most);
        },
      },
    );
  }
  open();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      connection?.end();
    },
  };
}

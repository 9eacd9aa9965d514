/**
 * D-Bus on Linux: systemd's units, logind's sessions (lock, unlock, sleep), the network. One connection, opened when the agent
 * starts and again when it breaks; signals only, no calls but the subscriptions.
 */
import { createClient, type Message, type MessageBus } from 'dbus-native';
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
/** A signal is small. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

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
export function targetsOf({ path = '', interface: face = '', member = '', body = [] }: Message, targets: BusTargets): readonly Touched[] {
  if (face === 'org.freedesktop.systemd1.Manager') {
    if (member === 'UnitFilesChanged') return [...targets.units.values()];
    const touched = member === 'UnitNew' ? targets.units.get(String(body[0])) : undefined;
    return touched === undefined ? [] : [touched];
  }
  if (path.startsWith(UNIT_PATH)) return [...targets.units].flatMap(([name, touched]) => (unitPath(name) === path ? [touched] : []));
  // True before it sleeps, false when it is awake again.
  if (member === 'PrepareForSleep') return body[0] === false ? [targets.wake] : [];
  if (face === 'org.freedesktop.login1.Session') return member === 'Unlock' || member === 'Lock' ? [targets.unlock] : [];
  if (path.startsWith('/org/freedesktop/login1/session')) {
    const changed = body[1];
    return typeof changed === 'object' && changed !== null && 'LockedHint' in changed ? [targets.unlock] : [];
  }
  if (face === 'org.freedesktop.NetworkManager' || path === '/org/freedesktop/network1') return [targets.network];
  return [];
}

/** `say`: told why the bus cannot be heard, and null once it can. Where there is none, units are re-read at the interval. */
export function watchBus(
  targets: BusTargets,
  say: (why: string | null) => void = () => {},
  address: string = process.env.DBUS_SYSTEM_BUS_ADDRESS ?? SYSTEM_BUS,
): Watching {
  let stopped = false;
  let bus: MessageBus | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitMs: number = RECONNECT_MS.first;

  function again(why: string): void {
    if (stopped || timer !== undefined) return;
    say(why);
    bus?.connection.end?.();
    bus = undefined;
    timer = setTimeout(() => {
      timer = undefined;
      open();
    }, waitMs);
    timer.unref();
    waitMs = Math.min(waitMs * 2, RECONNECT_MS.most);
  }
  function open(): void {
    try {
      const client = createClient({ busAddress: address, authMethods: ['EXTERNAL'], maxMessageSize: MAX_MESSAGE_BYTES });
      bus = client;
      client.connection.on('error', (error: Error) => again(error.message));
      client.connection.on('end', () => again('the bus ended the connection'));
      client.connection.on('message', (message: Message) => {
        if (message.type === 4) for (const touched of targetsOf(message, targets)) touched();
      });
      void subscribe(client);
    } catch (error) {
      again(error instanceof Error ? error.message : String(error));
    }
  }
  async function subscribe(client: MessageBus): Promise<void> {
    try {
      for (const match of matchesFor(targets.units.keys())) await client.addMatch(match);
      (client.connection.stream as unknown as { unref?: () => void }).unref?.();
      // Without it systemd tells only of jobs that somebody waits for.
      const subscribeCall = {
        destination: 'org.freedesktop.systemd1',
        path: '/org/freedesktop/systemd1',
        interface: 'org.freedesktop.systemd1.Manager',
        member: 'Subscribe',
      };
      if (targets.units.size > 0) await client.invoke(subscribeCall).catch(() => {});
      waitMs = RECONNECT_MS.first;
      say(null);
    } catch (error) {
      if (client === bus) again(error instanceof Error ? error.message : String(error));
    }
  }
  open();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      bus?.connection.end?.();
    },
  };
}

/** Writes a machine down while it is read, in the format of a recording; what names a person or a device is masked. */
import { hostname, userInfo } from 'node:os';
import { DoorError, type Got, type Host, type Need, type NeedResults } from '../model/index.ts';
import type { RecordedCall, Recording } from './recording.ts';

export interface Recorder {
  readonly host: Host;
  /** What was seen so far. */
  recording(): Recording;
}

/** Empty for users that no list names. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** Texts that name this person and this machine, longest first, with what stands in for each. */
function namesToMask(host: Host): [string, string][] {
  const username = ownName();
  const home = host.env.HOME;
  const names: [string, string][] = [];
  if (home !== undefined && home !== '/root' && home.length > 1) names.push([home, '/home/example']);
  if (hostname().length > 2 && hostname() !== 'localhost') names.push([hostname(), 'device']);
  // Common account names stand in too many other places to be replaced as text, and name nobody.
  if (!['root', 'user', 'admin', 'nobody', 'debian', 'ubuntu'].includes(username) && username.length > 2) names.push([username, 'example']);
  return names.sort(([a], [b]) => b.length - a.length);
}

const SERIAL_FILES = /(serial|product_uuid|machine-id|asset_tag|\/address)$/;
const MAC = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const LUKS_UUID = /\b(CRYPT-[A-Z0-9]+-)[0-9a-f]{32}\b/gi;
const IPV4 = /\b(?!127\.|0\.0\.0\.0|255\.)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
/** Well-known identifiers that name a kind of thing, not a device. */
const KNOWN_UUIDS = new Set(['8be4df61-93ca-11d2-aa0d-00e098032b8c', '605dab50-e046-4300-abb6-3dd810dd8b23']);

/** Masks text the same way each time it is seen, so that what was equal stays equal. */
export function createMask(names: readonly (readonly [string, string])[]): (text: string) => string {
  const seen = new Map<string, string>();
  const stable = (found: string, make: (count: number) => string): string => {
    const key = found.toLowerCase();
    const kept = seen.get(key) ?? make(seen.size + 1);
    seen.set(key, kept);
    return kept;
  };
  const hex = (count: number, length: number): string => count.toString(16).padStart(length, '0');
  return (text) => {
    let masked = text;
    for (const [name, replacement] of names) masked = masked.replaceAll(name, replacement);
    return masked
      .replace(UUID, (found) => (KNOWN_UUIDS.has(found.toLowerCase()) ? found : stable(found, (count) => `00000000-0000-4000-8000-${hex(count, 12)}`)))
      .replace(LUKS_UUID, (found, kind: string) => kind + stable(found, (count) => hex(count, 32)))
      .replace(MAC, (found) => stable(found, (count) => `02:00:00:00:${hex(count, 4).slice(0, 2)}:${hex(count, 4).slice(2)}`))
      .replace(IPV4, (found) => stable(found, (count) => `192.0.2.${count % 256}`));
  };
}

/** Every text in a value, masked. */
function maskAll<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T;
  if (Array.isArray(value)) return value.map((item) => maskAll(item, mask)) as T;
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskAll(item, mask)])) as T;
  return value;
}

export function createRecorder(host: Host): Recorder {
  const calls: RecordedCall[] = [];
  const mask = createMask(namesToMask(host));

  /** Passes a call on and keeps it with its answer or its error. */
  async function keep<T>(call: RecordedCall, answer: Promise<T>, asMembers: (value: T) => object): Promise<T> {
    try {
      const value = await answer;
      calls.push({ ...call, ...asMembers(value) } as RecordedCall);
      return value;
    } catch (error) {
      if (error instanceof DoorError) calls.push({ ...call, error: error.code } as RecordedCall);
      throw error;
    }
  }
  /** What was gathered for a need, as the calls that a recording has: the keys below a key are calls of their own. */
  function keepNeed(need: Need, got: Got): void {
    let answer: NeedResults[Need['door']] | DoorError;
    try {
      answer = got(need);
    } catch (error) {
      if (!(error instanceof DoorError)) throw error;
      answer = error;
    }
    const members = (value: unknown, asMembers: object): object => (value instanceof DoorError ? { error: value.code } : asMembers);
    switch (need.door) {
      case 'registryChildren': {
        const children = answer instanceof DoorError ? {} : (answer as NeedResults['registryChildren']);
        calls.push({ registry: need.key, ...members(answer, { values: {}, keys: Object.keys(children) }) } as RecordedCall);
        for (const [name, key] of Object.entries(children)) calls.push({ registry: `${need.key}\\${name}`, ...members(key, key) } as RecordedCall);
        return;
      }
      case 'cim': {
        const { door: _, namespace, className, method, ...condition } = need;
        calls.push({
          cim: [namespace, className, ...(method === undefined ? [] : [method])],
          ...condition,
          ...members(answer, { rows: answer }),
        } as RecordedCall);
        return;
      }
      case 'shellProperty':
        calls.push({ shellProperty: [need.path, need.property], ...members(answer, { value: answer }) } as RecordedCall);
        return;
      case 'com':
        calls.push({ com: need.name, ...members(answer, { value: answer }) } as RecordedCall);
        return;
      case 'languageMode':
        calls.push(members(answer, { languageMode: answer }) as RecordedCall);
        return;
      case 'registry':
        calls.push({ registry: need.key, ...members(answer, answer as object) } as RecordedCall);
        return;
      case 'service':
        calls.push({ service: need.name, ...members(answer, answer as object) } as RecordedCall);
        return;
      case 'stat':
        calls.push({ stat: need.path, ...members(answer, answer as object) } as RecordedCall);
    }
  }
  const textOf = (path: string, text: string): string => (SERIAL_FILES.test(path) ? 'MASKED\n' : text);

  return {
    host: {
      ...host,
      run: (program, args, options) => keep({ run: [program, ...args] }, host.run(program, args, options), (result) => result),
      read: (path) => keep({ read: path }, host.read(path), (text) => ({ text: textOf(path, text) })),
      readBytes: (path) => keep({ read: path }, host.readBytes(path), (bytes) => ({ base64: Buffer.from(bytes).toString('base64') })),
      list: (path) => keep({ list: path }, host.list(path), (entries) => ({ entries })),
      link: (path) => keep({ link: path }, host.link(path), (target) => ({ target })),
      stat: (path) => keep({ stat: path }, host.stat(path), (status) => status),
      unit: (name, scope) => keep({ unit: name, ...(scope === undefined ? {} : { scope }) }, host.unit(name, scope), (status) => status),
      gsettings: (schema, key) => keep({ gsettings: [schema, key] }, host.gsettings(schema, key), (setting) => setting),
      plist: (path, options) =>
        keep({ plist: path, ...(options?.host === undefined ? {} : { host: options.host }) }, host.plist(path, options), (value) => ({ value })),
      gather: async (needs) => {
        const got = await host.gather(needs);
        for (const need of needs) keepNeed(need, got);
        return got;
      },
    },
    recording: () =>
      maskAll(
        {
          os: host.os,
          release: host.release,
          user: { uid: host.user.uid, admin: host.user.admin, groups: [...host.user.groups] },
          env: Object.fromEntries(Object.entries(host.env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
          now: new Date(host.now()).toISOString(),
          calls,
        },
        mask,
      ),
  };
}

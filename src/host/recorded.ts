/** A recorded machine behind the same doors as a real one. What was not recorded is ENOTRECORDED. */
import { DoorError, type FileStatus, type Got, type Host, type Need, type NeedResults, type RegistryKey } from '../model/index.ts';
import type { RecordedCall, Recording } from './recording.ts';

const baseName = (program: string): string => program.split(/[/\\]/).at(-1) ?? program;
const fold = (text: string): string => text.toLowerCase();

/** What a call is found by: the door and its arguments. Windows names match without case. */
function keyOf(call: RecordedCall): string {
  if ('run' in call) return JSON.stringify(['run', baseName(call.run[0] ?? ''), ...call.run.slice(1)]);
  if ('read' in call) return `read ${call.read}`;
  if ('list' in call) return `list ${call.list}`;
  if ('link' in call) return `link ${call.link}`;
  // Paths of Windows match without case; those of other systems hold no backslash.
  if ('stat' in call) return `stat ${call.stat.includes('\\') ? fold(call.stat) : call.stat}`;
  if ('unit' in call) return `unit ${call.scope ?? 'system'} ${call.unit}`;
  if ('gsettings' in call) return `gsettings ${call.gsettings.join(' ')}`;
  if ('plist' in call) return `plist ${call.host ?? ''} ${call.plist}`;
  if ('registry' in call) return `registry ${fold(call.registry)}`;
  if ('cim' in call) return fold(JSON.stringify(['cim', ...call.cim, call.where ?? '', call.store ?? '']));
  if ('shellProperty' in call) return fold(`shellProperty ${call.shellProperty.join(' ')}`);
  if ('service' in call) return `service ${fold(call.service)}`;
  if ('com' in call) return `com ${fold(call.com)}`;
  return 'languageMode';
}

/** How a failure names a call, as the doors of a real machine do. */
const nameOf = (call: RecordedCall): string => {
  if ('run' in call) return `run ${call.run.join(' ')}`;
  if ('cim' in call) return `cim ${call.cim.join(' ')}`;
  if ('shellProperty' in call) return `shellProperty ${call.shellProperty.join(' ')}`;
  if ('registry' in call) return `registry ${call.registry}`;
  if ('service' in call) return `service ${call.service}`;
  if ('com' in call) return `com ${call.com}`;
  return keyOf(call)
    .replace(/^unit system /, 'unit ')
    .replace(/ +/g, ' ');
};

/** The names that `$USER` in a recording may stand for. */
function userNames(recording: Recording): string[] {
  const home = recording.env.HOME ?? recording.env.USERPROFILE;
  return [recording.env.USER, recording.env.USERNAME, home === undefined ? undefined : baseName(home)].filter(
    (name): name is string => name !== undefined && name !== '',
  );
}

function orDoorError<T>(ask: () => T): T | DoorError {
  try {
    return ask();
  } catch (error) {
    if (error instanceof DoorError) return error;
    throw error;
  }
}

/** A need for some values sees no others, whatever a recording holds. */
function withNames(key: RegistryKey, names: readonly string[] | undefined): RegistryKey {
  if (names === undefined) return key;
  const wanted = new Set(names.map(fold));
  return { ...key, values: Object.fromEntries(Object.entries(key.values).filter(([name]) => wanted.has(fold(name)))), keys: [] };
}

export function createRecordedHost(recording: Recording): Host {
  const calls = new Map<string, RecordedCall>();
  // The first of two equal calls counts.
  for (const call of recording.calls) if (!calls.has(keyOf(call))) calls.set(keyOf(call), call);
  const names = userNames(recording);

  /** The recorded call with the same key; where arguments name the user, also the one that says `$USER`. */
  function find<C extends RecordedCall>(wanted: C): C {
    const key = keyOf(wanted);
    const alternatives = [key, ...names.map((name) => key.replaceAll(name, '$USER')), ...names.map((name) => key.replaceAll('$USER', name))];
    const call = alternatives.map((alternative) => calls.get(alternative)).find((found) => found !== undefined);
    if (call === undefined) throw new DoorError('ENOTRECORDED', nameOf(wanted));
    if (call.error !== undefined) throw new DoorError(call.error, nameOf(wanted));
    return call as C;
  }
  /** A member that the answer must have; without it the recording is broken, which is no answer. */
  function needed<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw new DoorError('EOUTPUT', what);
    return value;
  }
  const bytesOf = (path: string): Uint8Array => {
    const { text, base64 } = find({ read: path } as Extract<RecordedCall, { read: string }>);
    return base64 !== undefined ? Buffer.from(base64, 'base64') : Buffer.from(needed(text, `read ${path}`));
  };

  const registryKey = (name: string): RegistryKey => {
    const { values, keys, writtenAt } = find({ registry: name } as Extract<RecordedCall, { registry: string }>);
    return { values: (values ?? {}) as RegistryKey['values'], keys: keys ?? [], ...(writtenAt === undefined ? {} : { writtenAt }) };
  };
  const statOf = (path: string): FileStatus => {
    const { type, size, mtime, mode, uid, gid } = find({ stat: path } as Extract<RecordedCall, { stat: string }>);
    return { type: needed(type, `stat ${path}`), size: size ?? 0, mtime: needed(mtime, `stat ${path}`), mode: mode ?? '0000', uid: uid ?? 0, gid: gid ?? 0 };
  };

  const answer = (need: Need): NeedResults[Need['door']] => {
    switch (need.door) {
      case 'registry':
        return withNames(registryKey(need.key), need.names);
      case 'registryChildren':
        return Object.fromEntries(registryKey(need.key).keys.map((name) => [name, orDoorError(() => registryKey(`${need.key}\\${name}`))]));
      case 'stat':
        return statOf(need.path);
      case 'cim': {
        const cim = [need.namespace, need.className, ...(need.method === undefined ? [] : [need.method])];
        const call = { cim, where: need.where, store: need.store } as Extract<RecordedCall, { cim: string[] }>;
        // A condition only spares rows, and the firewall's rows are those of the store that is in force: a reader looks through them either way.
        const recorded = calls.has(keyOf(call)) ? call : ({ cim } as typeof call);
        return needed(find(recorded).rows, `cim ${cim.join(' ')}`) as NeedResults['cim'];
      }
      case 'shellProperty':
        return find({ shellProperty: [need.path, need.property] } as Extract<RecordedCall, { shellProperty: string[] }>).value as NeedResults['shellProperty'];
      case 'service': {
        const { state, start } = find({ service: need.name } as Extract<RecordedCall, { service: string }>);
        return { state, start } as NeedResults['service'];
      }
      case 'com':
        return find({ com: need.name } as Extract<RecordedCall, { com: string }>).value as NeedResults['com'];
      case 'languageMode':
        return needed(find({} as Extract<RecordedCall, { languageMode?: string }>).languageMode, 'languageMode');
    }
  };

  return {
    os: recording.os,
    release: recording.release,
    user: { uid: recording.user.uid ?? -1, admin: recording.user.admin, groups: recording.user.groups ?? [] },
    env: recording.env,
    now: () => Date.parse(recording.now),
    history: (check) => recording.history?.[check] ?? {},
    async run(program, args) {
      const { stdout, stderr, exit } = find({ run: [program, ...args] } as Extract<RecordedCall, { run: string[] }>);
      return { stdout: stdout ?? '', stderr: stderr ?? '', exit: needed(exit, `run ${program}`) };
    },
    read: async (path) => {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(path));
      } catch (error) {
        throw error instanceof DoorError ? error : new DoorError('EOUTPUT', `read ${path}`);
      }
    },
    readBytes: async (path) => bytesOf(path),
    list: async (path) => needed(find({ list: path } as Extract<RecordedCall, { list: string }>).entries, `list ${path}`),
    link: async (path) => needed(find({ link: path } as Extract<RecordedCall, { link: string }>).target, `link ${path}`),
    stat: async (path) => statOf(path),
    async unit(name, scope = 'system') {
      const { load, active, enabled } = find({ unit: name, scope } as Extract<RecordedCall, { unit: string }>);
      return { load: needed(load, `unit ${name}`), active: needed(active, `unit ${name}`), enabled: enabled ?? '' };
    },
    async gsettings(schemaName, key) {
      const { value, source } = find({ gsettings: [schemaName, key] } as Extract<RecordedCall, { gsettings: string[] }>);
      return { value: needed(value, `gsettings ${schemaName} ${key}`) as never, ...(source === undefined ? {} : { source }) };
    },
    async plist(pathOrDomain, options) {
      const call = { plist: pathOrDomain, ...(options?.host === undefined ? {} : { host: options.host }) } as Extract<RecordedCall, { plist: string }>;
      return needed(find(call).value, `plist ${pathOrDomain}`) as never;
    },
    async gather() {
      return answer as Got;
    },
  };
}

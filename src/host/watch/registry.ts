/**
 * Keys of the Windows registry, by RegNotifyChangeKeyValue through koffi. **Not yet run on Windows.** All keys are waited for in one
 * call on one thread of koffi's (WaitForMultipleObjects takes 64 handles), and never by asking again and again.
 */
import { loadKoffi } from '../native.ts';
import type { Touched, Unwatched, Watching } from './source.ts';

/** A wait ends by itself now and then, so that a watch can be stopped. */
const WAIT_MS = 30_000;
const MAX_HANDLES = 64;
const [KEY_NOTIFY, KEY_WOW64_64KEY] = [0x10, 0x100];
/** Names and values; the call may be made by any thread. */
const WHAT = 0x1 | 0x4 | 0x10000000;
const HIVES: Readonly<Record<string, number>> = { HKLM: 0x80000002, HKCU: 0x80000001 };
const WAIT_TIMEOUT = 0x102;

type Handle = unknown;
interface Library {
  openKey(hive: number, path: string): Handle | undefined;
  createEvent(): Handle;
  notify(key: Handle, event: Handle): boolean;
  wait(events: readonly Handle[], timeoutMs: number): Promise<number>;
  close(key: Handle): void;
}

async function loadLibrary(): Promise<Library> {
  const koffi = await loadKoffi();
  const [advapi, kernel] = [koffi.load('advapi32.dll'), koffi.load('kernel32.dll')];
  const openKey = advapi.func('int32 __stdcall RegOpenKeyExW(uintptr hive, str16 path, uint32 options, uint32 rights, _Out_ void **key)');
  const notify = advapi.func('int32 __stdcall RegNotifyChangeKeyValue(void *key, int32 subtree, uint32 what, void *event, int32 asynchronous)');
  const closeKey = advapi.func('int32 __stdcall RegCloseKey(void *key)');
  const createEvent = kernel.func('void *__stdcall CreateEventW(void *attributes, int32 manual, int32 initial, str16 name)');
  const wait = kernel.func('uint32 __stdcall WaitForMultipleObjects(uint32 count, void **handles, int32 all, uint32 timeout)');
  return {
    openKey(hive, path) {
      const key: Handle[] = [null];
      return openKey(hive, path, 0, KEY_NOTIFY | KEY_WOW64_64KEY, key) === 0 ? key[0] : undefined;
    },
    createEvent: () => createEvent(null, 0, 0, null),
    notify: (key, event) => notify(key, 1, WHAT, event, 1) === 0,
    wait: (events, timeoutMs) =>
      new Promise((resolve, reject) => {
        wait.async(events.length, events, 0, timeoutMs, (error: Error | null, result: number) => (error === null ? resolve(result) : reject(error)));
      }),
    close: (key) => void closeKey(key),
  };
}

/** The key, or the nearest one above it that is there: it tells when the key is made. */
function openNearest(library: Library, name: string): Handle | undefined {
  const [hive = '', ...parts] = name.split('\\');
  const root = HIVES[hive.toUpperCase()];
  if (root === undefined) return undefined;
  for (let length = parts.length; length > 0; length--) {
    const key = library.openKey(root, parts.slice(0, length).join('\\'));
    if (key !== undefined) return key;
  }
  return undefined;
}

export async function watchRegistry(keys: ReadonlyMap<string, Touched>, unwatched: (what: Unwatched) => void, load = loadLibrary): Promise<Watching> {
  const library = await load();
  let stopped = false;
  const watched: { readonly name: string; readonly touched: Touched; key: Handle; readonly event: Handle }[] = [];
  for (const [name, touched] of keys) {
    const key = watched.length < MAX_HANDLES ? openNearest(library, name) : undefined;
    const event = key === undefined ? undefined : library.createEvent();
    if (key === undefined || !library.notify(key, event))
      unwatched({ what: name, why: watched.length < MAX_HANDLES ? 'the key cannot be opened' : 'too many keys' });
    else watched.push({ name, touched, key, event });
  }
  async function listen(): Promise<void> {
    while (!stopped && watched.length > 0) {
      const which = await library.wait(
        watched.map(({ event }) => event),
        WAIT_MS,
      );
      if (stopped || which === WAIT_TIMEOUT) continue;
      const found = watched[which];
      if (found === undefined) return;
      // The key may have been made only now: what is watched from here on is the key itself.
      library.close(found.key);
      found.key = openNearest(library, found.name);
      library.notify(found.key, found.event);
      found.touched();
    }
  }
  void listen().catch(() => unwatched({ what: 'registry', why: 'waiting for changes failed' }));
  return {
    stop() {
      stopped = true;
      for (const { key } of watched) library.close(key);
    },
  };
}

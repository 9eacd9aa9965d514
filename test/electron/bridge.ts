/**
 * The two scripts in every frame: the page's half of `contextBridge`, in the page's world, and `ipcRenderer` with the preload,
 * in a world of its own. They are written as functions, sent as text, and may use nothing from outside of themselves.
 */

/** The name of the preload's world, and of the binding that only this world sees. */
export const WORLD = 'electron-preload';
export const BINDING = '__standInSend';
export const RECEIVE = '__standInReceive';

/** Preload world → stand-in. */
export type FromFrame =
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly args: unknown[] }
  | { readonly kind: 'key'; readonly type: 'keyDown'; readonly key: string };
/** Stand-in → preload world. */
export type ToFrame =
  | { readonly kind: 'reply'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly kind: 'event'; readonly channel: string; readonly args: readonly unknown[] };

// Worlds share the document and nothing else: what crosses is cloned, in the detail of events on it.
interface Crossing {
  readonly id: number;
  readonly fn: number;
  readonly args: readonly unknown[];
}
interface Returned {
  readonly id: number;
  readonly phase: 'now' | 'later';
  readonly pending?: boolean;
  readonly error?: string;
  readonly value?: unknown;
}

function pageHalf(): void {
  const callbacks = new Map<number, (...args: unknown[]) => void>();
  let last = 0;
  const isMarked = (value: unknown, mark: string): value is Record<string, number> => typeof value === 'object' && value !== null && mark in value;

  const callAcross = (fn: number, args: readonly unknown[]): unknown => {
    const id = ++last;
    let now: Returned | undefined;
    let settle: (returned: Returned) => void = () => undefined;
    const later = new Promise<unknown>((resolve, reject) => {
      settle = (returned) => (returned.error === undefined ? resolve(build(returned.value)) : reject(new Error(returned.error)));
    });
    const hear = (event: Event): void => {
      const returned = (event as CustomEvent<Returned>).detail;
      if (returned.id !== id) return;
      if (returned.phase === 'now') now = returned;
      if (returned.phase === 'later') settle(returned);
      if (returned.phase === 'later' || !returned.pending) document.removeEventListener('stand-in-return', hear);
    };
    document.addEventListener('stand-in-return', hear);
    const sent = args.map((value) => {
      if (typeof value !== 'function') return value;
      callbacks.set(++last, value as () => void);
      return { __callback: last };
    });
    document.dispatchEvent(new CustomEvent('stand-in-call', { detail: { id, fn, args: sent } satisfies Crossing }));
    if (now?.pending) return later;
    if (now?.error !== undefined) throw new Error(now.error);
    return build(now?.value);
  };
  const build = (value: unknown): unknown => {
    if (isMarked(value, '__fn')) return (...args: unknown[]) => callAcross(value.__fn ?? -1, args);
    if (Array.isArray(value)) return value.map(build);
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, build(member)])));
  };

  document.addEventListener('stand-in-expose', (event) => {
    const { name, api } = (event as CustomEvent<{ name: string; api: unknown }>).detail;
    Object.defineProperty(window, name, { value: build(api), enumerable: true, configurable: false, writable: false });
  });
  document.addEventListener('stand-in-callback', (event) => {
    const { callback, args } = (event as CustomEvent<{ callback: number; args: unknown[] }>).detail;
    callbacks.get(callback)?.(...args);
  });
}

function preloadHalf(platform: string, binding: string, receive: string, preload: (require: unknown, process: unknown) => void): void {
  const world = globalThis as unknown as Record<string, unknown>;
  const send = world[binding] as (text: string) => void;
  delete world[binding];
  const waiting = new Map<number, { channel: string; resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const listeners = new Map<string, Set<(...args: unknown[]) => void>>();
  const functions: ((...args: unknown[]) => unknown)[] = [];
  let last = 0;
  const emit = (type: string, detail: object): void => void document.dispatchEvent(new CustomEvent(type, { detail }));
  const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  const missing = (name: string, members: object): object =>
    new Proxy(members, {
      get(object, key, receiver) {
        if (typeof key === 'symbol' || key in object) return Reflect.get(object, key, receiver);
        throw new Error(`electron: ${name}.${key} is not in the stand-in (test/electron)`);
      },
    });

  world[receive] = (json: string): void => {
    const message = JSON.parse(json) as ToFrame;
    if (message.kind === 'event') {
      for (const listener of [...(listeners.get(message.channel) ?? [])]) listener({ sender: ipcRenderer }, ...message.args);
      return;
    }
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) call?.resolve(message.value);
    else call?.reject(new Error(`Error invoking remote method '${call.channel}': ${message.error}`));
  };
  const ipcRenderer: object = missing('ipcRenderer', {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { channel, resolve, reject });
        send(JSON.stringify({ kind: 'invoke', id: last, channel, args } satisfies FromFrame));
      }),
    on: (channel: string, listener: (...args: unknown[]) => void) => {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener));
      return ipcRenderer;
    },
    off: (channel: string, listener: (...args: unknown[]) => void) => {
      listeners.get(channel)?.delete(listener);
      return ipcRenderer;
    },
  });

  /** Functions cross as marks; plain objects and arrays member by member; everything else is cloned. */
  const flatten = (value: unknown): unknown => {
    if (typeof value === 'function') return { __fn: functions.push(value as () => unknown) - 1 };
    if (Array.isArray(value)) return value.map(flatten);
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, flatten(member)]));
  };
  document.addEventListener('stand-in-call', (event) => {
    const { id, fn, args } = (event as CustomEvent<Crossing>).detail;
    const answer = (returned: Omit<Returned, 'id'>): void => emit('stand-in-return', { id, ...returned });
    const given = args.map((value) =>
      typeof value === 'object' && value !== null && '__callback' in value
        ? (...values: unknown[]) => emit('stand-in-callback', { callback: value.__callback, args: values })
        : value,
    );
    try {
      const result = functions[fn]?.(...given);
      if (!(result instanceof Promise)) {
        answer({ phase: 'now', value: flatten(result) });
        return;
      }
      answer({ phase: 'now', pending: true });
      result.then(
        (value: unknown) => answer({ phase: 'later', value: flatten(value) }),
        (error: unknown) => answer({ phase: 'later', error: text(error) }),
      );
    } catch (error) {
      answer({ phase: 'now', error: text(error) });
    }
  });
  document.addEventListener('keydown', (event) => send(JSON.stringify({ kind: 'key', type: 'keyDown', key: event.key } satisfies FromFrame)), true);

  const contextBridge = missing('contextBridge', { exposeInMainWorld: (name: string, api: unknown) => emit('stand-in-expose', { name, api: flatten(api) }) });
  const require = (name: string): object => {
    if (name === 'electron') return missing('electron', { contextBridge, ipcRenderer });
    throw new Error(`module not found: ${name} (a sandboxed preload has only electron)`);
  };
  preload(require, missing('process', { platform, type: 'renderer', sandboxed: true, contextIsolated: true }));
}

export const pageScript = (): string => `(${pageHalf.toString()})();`;

export const preloadScript = (source: string, file: string): string =>
  `(${preloadHalf.toString()})(${[process.platform, BINDING, RECEIVE].map((text) => JSON.stringify(text)).join(', ')}, ` +
  `function (require, process) { const module = { exports: {} }; const exports = module.exports;\n${source}\n});\n//# sourceURL=${file}`;

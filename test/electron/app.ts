/** `app` and `ipcMain`: life and death of the process, and who answers its pages. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Emitter, preventable, record, strict } from './strict.ts';

/** Everything that this run writes: profile, user data. Gone when it ends. */
export const folder = mkdtempSync(path.join(tmpdir(), 'stance-electron-'));

/** Run before the process ends; the browser is closed here. */
export const atExit: (() => Promise<void>)[] = [];
/** Open windows, asked to close before quitting. `false`: one of them would not. */
export const closing: { windows: () => boolean } = { windows: () => true };

let ready = false;
let quitting = false;
const becameReady = new Promise<void>((resolve) => {
  // After the main script has run to its end, as Electron does.
  setImmediate(() => {
    ready = true;
    app.emit('ready', preventable(), {});
    resolve();
  });
});

const EVENTS = [
  'ready',
  'activate',
  'second-instance',
  'window-all-closed',
  'before-quit',
  'will-quit',
  'quit',
  'web-contents-created',
  'browser-window-created',
];

async function exit(code = 0): Promise<void> {
  await Promise.allSettled(atExit.map((close) => close()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(code);
}

export const app = strict(
  'app',
  Object.assign(new Emitter('app', EVENTS), {
    isPackaged: false,
    whenReady: () => becameReady,
    isReady: () => ready,
    requestSingleInstanceLock: () => process.env.STANCE_TEST_SECOND_INSTANCE === undefined,
    enableSandbox: () => record('enableSandbox'),
    disableHardwareAcceleration: () => record('disableHardwareAcceleration'),
    setAppUserModelId: (id: string) => record('setAppUserModelId', id),
    setActivationPolicy: (policy) => record('setActivationPolicy', policy),
    getVersion: () => '0.0.0-test',
    getPath: (name: string) => {
      const made = path.join(folder, name);
      mkdirSync(made, { recursive: true });
      return made;
    },
    quit: () => {
      if (!quitting) {
        const before = preventable();
        app.emit('before-quit', before);
        if (before.defaultPrevented || !closing.windows()) return;
      }
      quitting = true;
      const will = preventable();
      app.emit('will-quit', will);
      if (will.defaultPrevented) return;
      app.emit('quit', preventable(), 0);
      void exit();
    },
    exit: (code?: number) => void exit(code),
  } satisfies Partial<Electron.App>),
);

type Handler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;
export const handlers = new Map<string, Handler>();
export const ipcMain = strict('ipcMain', {
  handle: (channel: string, handler: Handler) => {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  },
} satisfies Partial<Electron.IpcMain>);

/** What Electron does with a message of a frame: looks for its handler, and makes text of errors. Values cross as JSON. */
export async function invoke(
  channel: string,
  event: Partial<Electron.IpcMainInvokeEvent>,
  args: readonly unknown[],
): Promise<{ value?: unknown; error?: string }> {
  const handler = handlers.get(channel);
  if (handler === undefined) return { error: `Error: No handler registered for '${channel}'` };
  try {
    return { value: await handler(event as Electron.IpcMainInvokeEvent, ...args) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Starts the tray as a person would, on the stand-in, or on the Electron that ELECTRON_BINARY names: the same tests run on both. */
import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundle } from '../../build/bundle.mjs';
import type { Commands, Order, Outcome, TrayView } from './control.ts';
import { launchRealTray } from './launch-real.ts';
import type { Recorded } from './strict.ts';

export interface LaunchOptions {
  /** A recorded machine in place of this one; read anew at each check. */
  readonly replay?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface LaunchedTray {
  /** The page of the window that is open now; waits until one is. */
  readonly page: () => Promise<Page>;
  readonly tray: { readonly view: () => Promise<TrayView>; readonly click: (label: string) => Promise<void> };
  readonly closeWindow: () => Promise<void>;
  readonly windows: () => Promise<readonly { readonly visible: boolean; readonly url: string }[]>;
  readonly wake: () => Promise<void>;
  readonly launchedAgain: () => Promise<void>;
  /** What only the stand-in can tell or do; on real Electron it is undefined. */
  readonly standIn?: {
    readonly invokeFrom: (url: string, channel: string, ...args: unknown[]) => Promise<unknown>;
    readonly grants: (permission: string) => Promise<boolean>;
    readonly lets: (url: string) => Promise<boolean>;
    readonly calls: () => Promise<readonly Recorded[]>;
    readonly notifications: () => Promise<readonly Electron.NotificationConstructorOptions[]>;
  };
  /** Quits from the menu; fulfils with the exit code once the process is gone. */
  readonly quit: () => Promise<number | null>;
  /** Ends it whatever state it is in. */
  readonly stop: () => Promise<void>;
}

/** How long a test waits for something to be seen. */
const PATIENCE_MS = 8_000;

const root = path.resolve(import.meta.dirname, '../..');
/** Inside the repository, so that what the bundle leaves outside of itself is found in node_modules. */
const outdir = path.join(root, 'dist/test-tray');
let bundled: Promise<void> | undefined;

export async function launchTray(options: LaunchOptions = {}): Promise<LaunchedTray> {
  bundled ??= mkdir(outdir, { recursive: true }).then(() => bundle({ outdir }));
  await bundled;
  const main = path.join(outdir, 'main/main.cjs');
  const env = { ...process.env, ...options.env, ...(options.replay === undefined ? {} : { STANCE_REPLAY: options.replay }) };
  const binary = process.env.ELECTRON_BINARY;
  return binary === undefined ? launchOnStandIn(main, env) : launchRealTray(binary, main, env);
}

async function launchOnStandIn(main: string, env: NodeJS.ProcessEnv): Promise<LaunchedTray> {
  // The test runner's own Node options would follow into the app.
  const child = fork(main, [], {
    env: { ...env, NODE_OPTIONS: '' },
    execArgv: ['--import', path.join(import.meta.dirname, 'register.ts')],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (text) => (output += text));
  child.stderr?.on('data', (text) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let last = 0;
  child.on('message', (outcome: Outcome) => {
    waiting.get(outcome.id)?.(outcome);
    waiting.delete(outcome.id);
  });
  const died = ended.then((code) => {
    throw new Error(`the app ended with ${code}:\n${output}`);
  });
  died.catch(() => undefined);

  async function order<C extends keyof Commands>(command: C, ...args: Parameters<Commands[C]>): Promise<Awaited<ReturnType<Commands[C]>>> {
    const id = ++last;
    const answered = new Promise<Outcome>((resolve) => waiting.set(id, resolve));
    child.send({ id, command, args } satisfies Order);
    const outcome = await Promise.race([answered, died]);
    if (outcome.error !== undefined) throw new Error(`${outcome.error}\n${output}`);
    return outcome.value as Awaited<ReturnType<Commands[C]>>;
  }

  let joined: Promise<Browser> | undefined;
  const page = async (): Promise<Page> => {
    joined ??= order('endpoint').then((endpoint) => chromium.connectOverCDP(endpoint));
    const browser = await Promise.race([joined, died]);
    for (;;) {
      const found = browser
        .contexts()
        .flatMap((context) => context.pages())
        .find((one) => !one.isClosed() && one.url().startsWith('http://stance.app.localhost/'));
      if (found !== undefined) {
        found.setDefaultTimeout(PATIENCE_MS);
        return found;
      }
      await Promise.race([sleep(20), died]);
    }
  };

  return {
    page,
    tray: { view: () => order('tray'), click: (label) => order('clickTray', label) },
    closeWindow: () => order('closeWindow'),
    windows: () => order('windows'),
    wake: () => order('wake'),
    launchedAgain: () => order('launchedAgain'),
    standIn: {
      invokeFrom: (url, channel, ...args) => order('invokeFrom', url, channel, ...args),
      grants: (permission) => order('grants', permission),
      lets: (url) => order('lets', url),
      calls: () => order('calls'),
      notifications: () => order('notifications'),
    },
    quit: async () => {
      await order('clickTray', 'Quit');
      return ended;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await Promise.race([ended, sleep(5_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
      // Closing a joined browser only leaves it.
      await joined?.then((browser) => browser.close()).catch(() => undefined);
    },
  };
}

/** What the test asks of the process that the app runs in, over the channel that Node gives parents and children. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { app, invoke } from './app.ts';
import { profile } from './browser.ts';
import { answerRequest, askPermission } from './schemes.ts';
import { type Recorded, recorded } from './strict.ts';
import { notifications, powerMonitor, trays } from './system.ts';
import { windows } from './window.ts';

export interface TrayView {
  readonly tooltip: string;
  /** File name of the picture; empty where there is none. */
  readonly image: string;
  readonly menu: readonly { readonly label: string; readonly enabled: boolean }[];
}

const tray = () => {
  const first = trays[0];
  if (first === undefined) throw new Error('the app has no tray icon');
  return first;
};

const COMMANDS = {
  /** Where the test can join the browser; waits for the first window. */
  endpoint: async (): Promise<string> => {
    const file = path.join(profile, 'DevToolsActivePort');
    for (;;) {
      // Chromium makes the file first and fills it a moment later: the port, then the path.
      const [port, socket] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      if (port && socket) return `http://127.0.0.1:${port}`;
      await sleep(20);
    }
  },
  tray: async (): Promise<TrayView> => {
    const { tooltip, image, menu } = tray();
    const items = menu.items.filter(({ type }) => type !== 'separator');
    return {
      tooltip,
      image: image.isEmpty() ? '' : path.basename(image.path),
      menu: items.map(({ label = '', enabled = true }) => ({ label, enabled })),
    };
  },
  clickTray: async (label: string): Promise<void> => {
    const item = tray().menu.items.find((one) => one.label === label);
    if (item?.click === undefined || item.enabled === false) throw new Error(`the tray's menu has no “${label}” that can be clicked`);
    // Handlers of this app take no arguments.
    (item.click as () => void)();
  },
  closeWindow: async (): Promise<void> => {
    for (const window of [...windows]) window.close();
  },
  windows: async (): Promise<readonly { readonly visible: boolean; readonly url: string }[]> =>
    windows.map((window) => ({ visible: window.isVisible(), url: window.webContents.getURL() })),
  wake: async (): Promise<void> => void powerMonitor.emit('resume'),
  launchedAgain: async (): Promise<void> => void app.emit('second-instance'),
  /** A call as a frame of another address would make it. */
  invokeFrom: async (url: string, channel: string, ...args: unknown[]): Promise<unknown> => {
    const sender = windows[0]?.webContents;
    return invoke(channel, { sender, senderFrame: { url, parent: null } } as unknown as Electron.IpcMainInvokeEvent, args);
  },
  grants: async (permission: string): Promise<boolean> => askPermission(permission as Parameters<typeof askPermission>[0]),
  /** Whether a request that got past the page's own policy would leave the machine. */
  lets: async (url: string): Promise<boolean> => {
    const before = recorded.length;
    await answerRequest(url, 'GET', 'image');
    return recorded.slice(before).some(({ what }) => what === 'network');
  },
  calls: async (): Promise<readonly Recorded[]> => recorded,
  notifications: async (): Promise<readonly Electron.NotificationConstructorOptions[]> => notifications,
  quit: async (): Promise<void> => app.quit(),
} satisfies Record<string, (...args: never[]) => Promise<unknown>>;
export type Commands = typeof COMMANDS;

export interface Order {
  readonly id: number;
  readonly command: keyof Commands;
  readonly args: readonly unknown[];
}
export interface Outcome {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export function listenToTest(): void {
  process.on('message', async ({ id, command, args }: Order) => {
    const outcome: Outcome = await (COMMANDS[command] as (...values: readonly unknown[]) => Promise<unknown>)(...args).then(
      (value) => ({ id, value }),
      (error: unknown) => ({ id, error: String(error) }),
    );
    process.send?.(outcome);
  });
  // The test is gone: so is the app.
  process.on('disconnect', () => app.exit(0));
}

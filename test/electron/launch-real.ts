/** The tray on real Electron, through Playwright. Not yet run: it needs Electron's binary, in ELECTRON_BINARY, and a display. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron } from 'playwright-core';
import type { TrayView } from './control.ts';
import type { LaunchedTray } from './launch.ts';

/** Left on the main process's global object by `recorder.cjs`. */
interface RecordedTray {
  readonly tooltip: string;
  readonly image: string;
  readonly menu: Electron.Menu;
}

export async function launchRealTray(executablePath: string, main: string, env: NodeJS.ProcessEnv): Promise<LaunchedTray> {
  const defined = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const app = await _electron.launch({ executablePath, args: ['-r', path.join(import.meta.dirname, 'recorder.cjs'), main], env: defined });
  const ended = new Promise<number | null>((resolve) => app.process().once('exit', resolve));
  const click = (label: string): Promise<void> =>
    app.evaluate((_electronModule, wanted) => {
      const { menu } = (globalThis as unknown as { stanceTray: RecordedTray }).stanceTray;
      const item = menu.items.find((one) => one.label === wanted);
      if (!item?.enabled) throw new Error(`no “${wanted}” that can be clicked`);
      item.click();
    }, label);

  return {
    page: async () => {
      for (;;) {
        const found = app.windows().find((one) => !one.isClosed() && one.url().startsWith('app://stance/'));
        if (found !== undefined) return found;
        await sleep(20);
      }
    },
    tray: {
      view: () =>
        app.evaluate((): TrayView => {
          const { tooltip, image, menu } = (globalThis as unknown as { stanceTray: RecordedTray }).stanceTray;
          const items = menu.items.filter(({ type }) => type !== 'separator');
          return { tooltip, image, menu: items.map(({ label, enabled }) => ({ label, enabled })) };
        }),
      click,
    },
    closeWindow: () =>
      app.evaluate(({ BrowserWindow }) => {
        for (const window of BrowserWindow.getAllWindows()) window.close();
      }),
    windows: () =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => ({ visible: window.isVisible(), url: window.webContents.getURL() }))),
    wake: () => app.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume')),
    launchedAgain: () => app.evaluate(({ app: running }) => void running.emit('second-instance')),
    quit: async () => {
      await click('Quit').catch(() => undefined);
      return ended;
    },
    stop: () => app.close(),
  };
}

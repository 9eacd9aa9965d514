/** Electron's main process: puts the parts together. It knows no check and judges nothing. */
import path from 'node:path';
import { app, Menu, session } from 'electron';
import { createTrayAgent } from './agent.ts';
import type { AgentPort } from './agent-port.ts';
import { registerAppScheme, serveApp } from './app-protocol.ts';
import { answerCalls } from './ipc.ts';
import { forbidNavigation, lockDown, openSettings } from './security.ts';
import { createTray } from './tray.ts';
import { onWake } from './wake.ts';
import { createTrayWindow } from './window.ts';

/** Windows knows the app's notifications and start entry by this name; the packages carry the same one. */
const APP_ID = 'io.github.stance.tray';
/** Given by the autostart entry: nobody asked for a window. */
const HIDDEN = '--hidden';
/** An agent that does not stop in time does not keep the person from quitting. */
const STOP_WITHIN_MS = 3_000;

const here = import.meta.dirname;

app.setAppUserModelId(APP_ID);
app.enableSandbox();
// A list of words needs no GPU process.
app.disableHardwareAcceleration();
registerAppScheme();
forbidNavigation(app);

if (app.requestSingleInstanceLock()) {
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      console.error('Stance could not start:', error);
      app.exit(1);
    });
} else {
  app.quit();
}

async function start(): Promise<void> {
  if (process.platform === 'darwin') app.setActivationPolicy('accessory');
  Menu.setApplicationMenu(null);
  lockDown(session.defaultSession);
  serveApp(path.join(here, '../renderer/tray'));

  const agent = await createTrayAgent({ version: app.getVersion(), ...recordedMachine() });
  const check = (): void => {
    agent.checkAgain().catch((error: unknown) => console.error('check:', error));
  };
  const window = createTrayWindow(path.join(here, 'preload.cjs'), !app.isPackaged);
  const open = (): void => window.open(tray.bounds());
  const tray = createTray(path.join(here, 'icons'), agent.state(), { open, checkAgain: check, quit: () => app.quit() });

  agent.onState((state) => {
    tray.show(state);
    window.send('state', state);
  });
  answerCalls({
    state: () => agent.state(),
    checkAgain: () => agent.checkAgain(),
    openSettings: (id) => openSettings(agent.settingsLink(id)),
  });

  app.on('second-instance', open);
  app.on('activate', open);
  // A tray app lives without windows; not listening would quit it.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', window.release);
  stopBeforeQuit(agent);
  onWake(check);
  check();
  if (!process.argv.includes(HIDDEN)) open();
}

/** For tests and demonstrations of an unpackaged app: the machine is a recording, read anew at each check. */
function recordedMachine(): { readonly replay?: string; readonly replayManaged?: string } {
  const { STANCE_REPLAY: replay, STANCE_REPLAY_MANAGED: replayManaged } = process.env;
  if (app.isPackaged || replay === undefined) return {};
  return replayManaged === undefined ? { replay } : { replay, replayManaged };
}

/** Lets the agent finish what it is writing. */
function stopBeforeQuit(agent: AgentPort): void {
  let stopped = false;
  app.on('will-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    const late = new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS));
    Promise.race([agent.stop(), late])
      .catch((error: unknown) => console.error('stop:', error))
      .finally(() => {
        stopped = true;
        app.quit();
      });
  });
}

/** The one window: made when it is first wanted, hidden when it is closed, and given up a minute later so that idling costs no memory. */
import { BrowserWindow, screen } from 'electron';
import { channel, type EventName, type Events } from '../src/model/ipc.ts';
import { APP_ORIGIN } from './app-protocol.ts';

const WIDTH = 400;
const HEIGHT = 600;
const MARGIN = 8;
const KEEP_HIDDEN_MS = 60_000;
/** Where the tray tells its place, the window hangs beside it like a menu; on Linux it is an ordinary window. */
const POPOVER = process.platform !== 'linux';

export interface TrayWindow {
  readonly open: (beside: Electron.Rectangle) => void;
  readonly send: <E extends EventName>(event: E, payload: Events[E]) => void;
  /** The app quits: from now on closing is closing. */
  readonly release: () => void;
}

export function createTrayWindow(preload: string, devTools: boolean): TrayWindow {
  let window: BrowserWindow | undefined;
  let idle: NodeJS.Timeout | undefined;
  let released = false;

  const hide = (): void => {
    window?.hide();
    clearTimeout(idle);
    idle = setTimeout(() => window?.destroy(), KEEP_HIDDEN_MS);
  };
  const create = (): BrowserWindow => {
    const made = makeWindow(preload, devTools);
    made.on('close', (event) => {
      if (released) return;
      event.preventDefault();
      hide();
    });
    made.on('closed', () => {
      window = undefined;
    });
    if (POPOVER) made.on('blur', hide);
    made.webContents.on('before-input-event', (_event, input) => {
      if (input.type === 'keyDown' && input.key === 'Escape') hide();
    });
    // A page that crashed is not shown again: the next opening makes a new one.
    made.webContents.on('render-process-gone', () => made.destroy());
    return made;
  };
  const show = (beside: Electron.Rectangle): void => {
    clearTimeout(idle);
    if (POPOVER) window?.setBounds(placeBeside(beside, screen.getDisplayMatching(beside).workArea));
    window?.show();
    window?.focus();
  };

  return {
    open: (beside) => {
      if (window !== undefined) return show(beside);
      window = create();
      window.once('ready-to-show', () => show(beside));
      window.loadURL(`${APP_ORIGIN}/index.html`).catch((error: unknown) => console.error('window:', error));
    },
    send: (event, payload) => {
      if (window !== undefined && !window.isDestroyed()) window.webContents.send(channel(event), payload);
    },
    release: () => {
      released = true;
      clearTimeout(idle);
    },
  };
}

const makeWindow = (preload: string, devTools: boolean): BrowserWindow =>
  new BrowserWindow({
    width: WIDTH,
    height: HEIGHT,
    minWidth: 320,
    minHeight: 400,
    show: false,
    frame: !POPOVER,
    resizable: !POPOVER,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: POPOVER,
    title: 'Stance',
    webPreferences: { preload, contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false, spellcheck: false, devTools },
  });

/** Below a tray at the top of the screen, above one at the bottom, and always within the screen. */
function placeBeside(tray: Electron.Rectangle, area: Electron.Rectangle): Electron.Rectangle {
  const clamp = (value: number, low: number, high: number): number => Math.round(Math.max(low, Math.min(value, high)));
  const above = tray.y > area.y + area.height / 2;
  return {
    x: clamp(tray.x + tray.width / 2 - WIDTH / 2, area.x + MARGIN, area.x + area.width - WIDTH - MARGIN),
    y: clamp(above ? tray.y - HEIGHT - MARGIN : tray.y + tray.height + MARGIN, area.y + MARGIN, area.y + area.height - HEIGHT - MARGIN),
    width: WIDTH,
    height: HEIGHT,
  };
}

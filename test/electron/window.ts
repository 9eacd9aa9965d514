/** `BrowserWindow`: each with a page of its own. */
import { app, closing } from './app.ts';
import { StandInContents } from './contents.ts';
import { Emitter, preventable, record, strict, strictClass } from './strict.ts';

const WINDOW_EVENTS = ['ready-to-show', 'show', 'hide', 'focus', 'blur', 'close', 'closed'];
type WindowMethods = 'loadURL' | 'show' | 'hide' | 'focus' | 'isVisible' | 'close' | 'destroy' | 'isDestroyed' | 'setBounds';

class StandInWindow extends Emitter implements Pick<Electron.BrowserWindow, WindowMethods> {
  readonly webContents: StandInContents;
  private visible: boolean;
  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super('BrowserWindow', WINDOW_EVENTS);
    this.visible = options.show !== false;
    this.webContents = strict('webContents', new StandInContents(options));
  }
  async loadURL(url: string): Promise<void> {
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }
  show(): void {
    this.visible = true;
    this.emit('show');
  }
  hide(): void {
    this.visible = false;
    this.emit('hide');
  }
  focus(): void {
    this.emit('focus');
  }
  isVisible(): boolean {
    return this.visible;
  }
  setBounds(bounds: Partial<Electron.Rectangle>): void {
    record('setBounds', bounds);
  }
  close(): void {
    const event = preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }
  destroy(): void {
    if (this.isDestroyed()) return;
    this.webContents.destroyed = true;
    windows.splice(
      windows.findIndex((window) => window.webContents === this.webContents),
      1,
    );
    this.emit('closed');
    void this.webContents.opened.then(({ page }) => page.close()).catch(() => undefined);
    if (windows.length === 0) app.emit('window-all-closed');
  }
  isDestroyed(): boolean {
    return this.webContents.isDestroyed();
  }
}

export const windows: StandInWindow[] = [];
export const BrowserWindow = strictClass('BrowserWindow', StandInWindow, (window) => {
  windows.push(window);
  app.emit('browser-window-created', preventable(), window);
  app.emit('web-contents-created', preventable(), window.webContents);
});

closing.windows = () => {
  for (const window of [...windows]) window.close();
  return windows.length === 0;
};

/** `BrowserWindow` and `webContents`: a page of real Chromium for each window, started when the first one is made. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page, type Route } from 'playwright-core';
import { findComponent } from '../find-component.ts';
import { app, atExit, closing, folder, invoke } from './app.ts';
import { BINDING, type FromFrame, pageScript, preloadScript, RECEIVE, type ToFrame, WORLD } from './bridge.ts';
import { answerRequest, toApp, toBrowser } from './schemes.ts';
import { Emitter, preventable, record, strict, strictClass } from './strict.ts';

let starting: Promise<BrowserContext> | undefined;
/** Where the browser keeps its profile; its `DevToolsActivePort` says where the test may join. */
export const profile = path.join(folder, 'profile');

function browser(): Promise<BrowserContext> {
  starting ??= startBrowser();
  return starting;
}

async function startBrowser(): Promise<BrowserContext> {
  const executablePath = findComponent('chromium');
  if (executablePath === undefined) throw new Error('no chromium');
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: null,
    // Containers and root have no user namespaces for Chromium's own sandbox.
    args: ['--no-sandbox', '--remote-debugging-port=0', ...quiet],
  });
  atExit.push(() => context.close());
  // Whatever is not a window of the app reaches nothing.
  await context.route('**/*', (route) => route.abort('blockedbyclient'));
  return context;
}

interface FrameNode {
  readonly frame: { readonly id: string; readonly parentId?: string; readonly url: string };
  readonly childFrames?: readonly FrameNode[];
}
const frames = (node: FrameNode): FrameNode['frame'][] => [node.frame, ...(node.childFrames ?? []).flatMap(frames)];

const CONTENTS_EVENTS = [
  'will-navigate',
  'will-frame-navigate',
  'will-redirect',
  'will-attach-webview',
  'before-input-event',
  'render-process-gone',
  'did-finish-load',
  'console-message',
];
type OpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0];

class StandInContents extends Emitter implements Pick<Electron.WebContents, 'send' | 'getURL' | 'isDestroyed' | 'setWindowOpenHandler'> {
  readonly opened: Promise<{ page: Page; cdp: CDPSession }>;
  destroyed = false;
  private page: Page | undefined;
  private readonly preload: string | undefined;
  private readonly size: { width: number; height: number };
  /** Execution contexts of the preload's world → frames. */
  private readonly worlds = new Map<number, string>();
  private openHandler: OpenHandler = () => ({ action: 'allow' });
  /** The app itself asked for the next navigation: that one is not announced. */
  private loading = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super('webContents', CONTENTS_EVENTS);
    const { contextIsolation, sandbox, nodeIntegration, preload } = options.webPreferences ?? {};
    if (!contextIsolation || !sandbox || nodeIntegration) throw new Error('the stand-in runs sandboxed, isolated pages only');
    this.preload = preload;
    this.size = { width: options.width ?? 800, height: options.height ?? 600 };
    this.opened = this.open();
    this.opened.catch((error: unknown) => console.error('stand-in:', error));
  }

  private async open(): Promise<{ page: Page; cdp: CDPSession }> {
    const context = await browser();
    const page = await context.newPage();
    await page.setViewportSize(this.size);
    const cdp = await context.newCDPSession(page);
    let asked = '';
    cdp.on('Runtime.executionContextCreated', ({ context: { id, name, auxData } }) => {
      if (name === WORLD) this.worlds.set(id, String(auxData?.frameId));
    });
    cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => this.worlds.delete(executionContextId));
    cdp.on('Runtime.executionContextsCleared', () => this.worlds.clear());
    cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === BINDING) void this.receive(cdp, executionContextId, JSON.parse(payload) as FromFrame);
    });
    cdp.on('Page.windowOpen', ({ url }) => {
      asked = url;
    });
    await cdp.send('Runtime.enable');
    await cdp.send('Page.enable');
    if (this.preload !== undefined) {
      await cdp.send('Runtime.addBinding', { name: BINDING, executionContextName: WORLD });
      await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: pageScript() });
      await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: preloadScript(readFileSync(this.preload, 'utf8'), this.preload), worldName: WORLD });
    }
    page.on('console', (message) => record('console', message.type(), message.text()));
    page.on('pageerror', (error) => record('page error', String(error)));
    page.on('crash', () => this.emit('render-process-gone', preventable(), { reason: 'crashed', exitCode: 1 }));
    page.on('load', () => this.emit('did-finish-load'));
    page.on('popup', (popup) => {
      const url = toApp(asked);
      const { action } = this.openHandler({ url } as Parameters<OpenHandler>[0]);
      record('window.open', url, action);
      if (action !== 'deny') throw new Error('electron: opening windows from pages is not in the stand-in (test/electron)');
      void popup.close();
    });
    await page.route('**/*', (route) => this.answer(page, route));
    this.page = page;
    return { page, cdp };
  }

  private async answer(page: Page, route: Route): Promise<void> {
    const request = route.request();
    const url = toApp(request.url());
    if (request.isNavigationRequest()) {
      const isMainFrame = request.frame() === page.mainFrame();
      if (!(isMainFrame && this.loading)) {
        const event = preventable({ url, isMainFrame });
        this.emit('will-frame-navigate', event);
        if (isMainFrame) this.emit('will-navigate', event, url);
        record('navigation', url, event.defaultPrevented ? 'prevented' : 'allowed');
        if (event.defaultPrevented) return route.abort('aborted');
      }
      if (isMainFrame) this.loading = false;
    }
    const response = await answerRequest(url, request.method(), request.resourceType());
    if (response === null) return route.abort('blockedbyclient');
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) });
  }

  private async receive(cdp: CDPSession, world: number, message: FromFrame): Promise<void> {
    if (message.kind === 'key') {
      this.emit('before-input-event', preventable(), { type: message.type, key: message.key });
      return;
    }
    const { frameTree } = await cdp.send('Page.getFrameTree');
    const frame = frames(frameTree).find(({ id }) => id === this.worlds.get(world));
    const senderFrame = frame === undefined ? null : { url: toApp(frame.url), parent: frame.parentId === undefined ? null : {} };
    const event = { sender: this, senderFrame } as unknown as Electron.IpcMainInvokeEvent;
    await this.dispatch(cdp, world, { kind: 'reply', id: message.id, ...(await invoke(message.channel, event, message.args)) });
  }

  private async dispatch(cdp: CDPSession, world: number, message: ToFrame): Promise<void> {
    const expression = `${RECEIVE}(${JSON.stringify(JSON.stringify(message))})`;
    // The frame may be gone by now, as in Electron.
    await cdp.send('Runtime.evaluate', { contextId: world, expression }).catch(() => undefined);
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed');
    void this.opened.then(({ cdp }) => Promise.all([...this.worlds.keys()].map((world) => this.dispatch(cdp, world, { kind: 'event', channel, args }))));
  }
  async load(url: string): Promise<void> {
    const { page } = await this.opened;
    this.loading = true;
    await page.goto(toBrowser(url));
  }
  getURL(): string {
    return this.page === undefined ? '' : toApp(this.page.url());
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }
}

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

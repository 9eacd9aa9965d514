/** `webContents`: a page of real Chromium, with the preload in a world of its own and the app's protocols in its way. */
import { readFileSync } from 'node:fs';
import type { CDPSession, Page, Route } from 'playwright-core';
import { invoke } from './app.ts';
import { BINDING, type FromFrame, pageScript, preloadScript, RECEIVE, type ToFrame, WORLD } from './bridge.ts';
import { browser } from './browser.ts';
import { answerRequest, toApp, toBrowser } from './schemes.ts';
import { Emitter, preventable, record } from './strict.ts';

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

export class StandInContents extends Emitter implements Pick<Electron.WebContents, 'send' | 'getURL' | 'isDestroyed' | 'setWindowOpenHandler'> {
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

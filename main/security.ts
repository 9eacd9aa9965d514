/** What the window may not do. Electron's security tutorial, points 5 to 15. */
import { type App, type Session, shell } from 'electron';
import { isAppUrl } from './app-protocol.ts';

/** Settings panes of the systems that have addresses for them. Nothing else is ever handed to the system to open. */
const SETTINGS_SCHEMES: ReadonlySet<string> = new Set(['x-apple.systempreferences:', 'ms-settings:', 'windowsdefender:']);

/** No permissions, no devices, no network: every request that is not for `app://stance` is cancelled. */
export function lockDown(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !isAppUrl(details.url) && !isDevTools(details.url) }));
}

/** Windows open with developer tools only where the app is not packaged; their own files have this scheme. */
const isDevTools = (url: string): boolean => url.startsWith('devtools://');

/** Whatever web contents come to be, they stay where they were put and open nothing. */
export function forbidNavigation(app: App): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** True where the address is a settings pane and was handed to the system. */
export async function openSettings(link: string | undefined): Promise<boolean> {
  const url = link === undefined ? null : URL.parse(link);
  if (url === null || !SETTINGS_SCHEMES.has(url.protocol)) return false;
  await shell.openExternal(url.href);
  return true;
}

/** A call from anything but the top frame of the application's own page is refused. The frame is null once it is gone. */
export const isTrustedFrame = (frame: Pick<Electron.WebFrameMain, 'url' | 'parent'> | null): boolean =>
  frame !== null && frame.parent === null && isAppUrl(frame.url);

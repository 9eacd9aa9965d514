/** `protocol`, `session` and the way around one limit of Chromium: it goes to no scheme that was not built in. */
import { Emitter, record, strict } from './strict.ts';

type Handler = Parameters<Electron.Protocol['handle']>[1];
type BeforeRequest = (details: Electron.OnBeforeRequestListenerDetails, callback: (response: Electron.CallbackResponse) => void) => void;

const privileged = new Set<string>();
const handlers = new Map<string, Handler>();
let beforeRequest: BeforeRequest | undefined;

export const protocol = strict('protocol', {
  registerSchemesAsPrivileged: (schemes) => {
    for (const { scheme, privileges } of schemes) {
      if (!privileges?.standard || !privileges.secure) throw new Error(`the stand-in serves standard, secure schemes only: ${scheme}`);
      privileged.add(scheme);
    }
  },
  handle: (scheme, handler) => {
    if (!privileged.has(scheme)) throw new Error(`${scheme} was not registered before the app was ready`);
    handlers.set(scheme, handler);
  },
} satisfies Partial<Electron.Protocol>);

const onBeforeRequest = (listener: unknown): void => {
  if (typeof listener !== 'function') throw new Error('electron: onBeforeRequest with a filter is not in the stand-in (test/electron)');
  beforeRequest = listener as BeforeRequest;
};

type Permission = Parameters<NonNullable<Parameters<Electron.Session['setPermissionRequestHandler']>[0]>>;
const permissions: {
  request?: Parameters<Electron.Session['setPermissionRequestHandler']>[0];
  check?: Parameters<Electron.Session['setPermissionCheckHandler']>[0];
  device?: Parameters<Electron.Session['setDevicePermissionHandler']>[0];
} = {};

/** What the app would answer a page that asks for the camera. */
export function askPermission(permission: Permission[1]): boolean {
  let granted = true;
  const nobody = null as unknown as Electron.WebContents;
  const answer = (given: boolean): void => {
    granted = given;
  };
  permissions.request?.(nobody, permission, answer, {} as Permission[3]);
  const checked = permissions.check?.(null, permission, '', {} as Electron.PermissionCheckHandlerHandlerDetails) ?? true;
  return granted || checked;
}

const defaultSession = strict(
  'session.defaultSession',
  Object.assign(new Emitter('session', []), {
    setPermissionRequestHandler: (handler) => {
      permissions.request = handler;
    },
    setPermissionCheckHandler: (handler) => {
      permissions.check = handler;
    },
    setDevicePermissionHandler: (handler) => {
      permissions.device = handler;
    },
    protocol: protocol as unknown as Electron.Protocol,
    webRequest: strict('session.webRequest', { onBeforeRequest }) as unknown as Electron.WebRequest,
  } satisfies Partial<Electron.Session>),
);
export const session = strict('session', { defaultSession });

/** `app://stance/x` → `http://stance.app.localhost/x`: names under localhost are a secure context, and never leave the machine. */
export function toBrowser(address: string): string {
  const url = new URL(address);
  const scheme = url.protocol.slice(0, -1);
  return privileged.has(scheme) ? `http://${url.host}.${scheme}.localhost${url.pathname}${url.search}${url.hash}` : address;
}
export function toApp(address: string): string {
  const match = /^http:\/\/(.+)\.([a-z-]+)\.localhost(\/.*)?$/.exec(address);
  return match?.[1] !== undefined && match[2] !== undefined && privileged.has(match[2]) ? `${match[2]}://${match[1]}${match[3] ?? '/'}` : address;
}

/** The app's own answer to a request, or null where it is cancelled, or would go to the network. */
export async function answerRequest(url: string, method: string, resourceType: string): Promise<Response | null> {
  const { cancel } = await new Promise<Electron.CallbackResponse>((resolve) => {
    if (beforeRequest === undefined) resolve({});
    else beforeRequest({ url, method, resourceType } as Electron.OnBeforeRequestListenerDetails, resolve);
  });
  if (cancel) {
    record('request cancelled', url);
    return null;
  }
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  if (handler === undefined) {
    record('network', url);
    return null;
  }
  return handler(new Request(url, { method }) as Parameters<Handler>[0]);
}

/** `app://stance`: the only place that the window can load anything from. Never `file://`, never the network. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { protocol } from 'electron';

const SCHEME = 'app';
const HOST = 'stance';
export const APP_ORIGIN = `${SCHEME}://${HOST}`;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** True for addresses of the application itself. */
export const isAppUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && url.protocol === `${SCHEME}:` && url.host === HOST;
};

/** Before the app is ready: makes `app://` a standard, secure scheme, so that origins, modules and CSP work on it. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Serves the files of `folder`, and nothing outside of it, under `app://stance/`. */
export function serveApp(folder: string): void {
  protocol.handle(SCHEME, (request) => answer(request, folder));
}

async function answer(request: Request, folder: string): Promise<Response> {
  const file = request.method === 'GET' && isAppUrl(request.url) ? fileOf(new URL(request.url).pathname, folder) : undefined;
  const contentType = file && CONTENT_TYPES[path.extname(file)];
  if (file === undefined || contentType === undefined) return refuse();
  try {
    return new Response(new Uint8Array(await readFile(file)), { headers: { ...HEADERS, 'content-type': contentType } });
  } catch {
    return refuse();
  }
}

const refuse = (): Response => new Response('Not found', { status: 404, headers: { ...HEADERS, 'content-type': 'text/plain' } });

/** The file that a path names, or undefined where it would leave the folder. */
function fileOf(pathname: string, folder: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (name.includes('\0') || name.includes('\\')) return undefined;
  const root = path.resolve(folder);
  const file = path.resolve(root, `.${name === '/' ? '/index.html' : name}`);
  return file.startsWith(root + path.sep) ? file : undefined;
}

/** Talking to a posture service as an administrator. */
import process from 'node:process';
import { readSettings, request } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';

export interface RemoteOptions {
  readonly server?: string;
  readonly token?: string;
  readonly json?: boolean;
}

const DEFAULT_SERVER = 'http://127.0.0.1:8700';
/** @throws StanceError `usage` */
export const tokenOf = (options: RemoteOptions): string => {
  const token = options.token ?? process.env.STANCE_ADMIN_TOKEN;
  if (token === undefined || token === '')
    throw new StanceError('usage', 'Which token? Give --token, or set STANCE_ADMIN_TOKEN to the one that the service was started with.');
  return token;
};

/** Controls of terminals, and characters that turn the writing around: devices choose many of the texts that administrators are shown. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const printable = (_name: string, value: unknown): unknown => (typeof value === 'string' ? value.replace(UNPRINTABLE, '\ufffd') : value);

/** One call with the bearer token; the parsed JSON answer: as it is for `--json`, fit for a terminal otherwise. @throws StanceError of the service, or `service-unreachable`. */
export async function call(options: RemoteOptions, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  const server = (await readSettings()).resolve('server', options.server).value ?? DEFAULT_SERVER;
  const text = await request(new URL(path, server), {
    method,
    headers: { authorization: `Bearer ${tokenOf(options)}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return text === '' ? null : JSON.parse(text, options.json ? undefined : printable);
}

/** The text behind a URL, bounded, TLS off loopback. */
export const fetchText = (url: string): Promise<string> => request(new URL(url), { method: 'GET' });

/** HTTP for a relying party: TLS off loopback, no redirects, bounded in time and size, whatever the `fetch` that was handed in does. */
import { StanceError } from '../model/errors.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Bounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

/** @throws StanceError `usage`, `insecure-url` */
export function secureUrl(address: string): URL {
  if (!URL.canParse(address)) throw new StanceError('usage', `${address} is no address. It looks like https://posture.example.com`);
  const url = new URL(address);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url;
  throw new StanceError('insecure-url', `${url.href} is not https. Plain HTTP is spoken on loopback only.`);
}

/** A browser's bodies are no async iterables yet, so they are read by hand. */
async function readBounded(answer: Response, maxBytes: number): Promise<string> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > maxBytes) {
      void reader.cancel().catch(() => undefined);
      throw new StanceError('service-answer-invalid', `The answer is larger than ${maxBytes} bytes.`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Status, headers and text of whatever is answered. @throws StanceError `service-unreachable`, `service-answer-invalid` (too large) */
export async function fetchText(
  url: string,
  init: RequestInit,
  { timeoutMs, maxBytes }: Bounds,
  fetcher: Fetch,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A race, too: a `fetch` that does not listen to its signal would hold the caller for ever.
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new StanceError('service-unreachable', `${new URL(url).host} did not answer within ${Math.round(timeoutMs)} ms.`));
      stop.abort();
    }, timeoutMs);
  });
  const work = async () => {
    const answer = await fetcher(url, { ...init, redirect: 'error', signal: stop.signal });
    return { status: answer.status, headers: answer.headers, text: await readBounded(answer, maxBytes) };
  };
  try {
    return await Promise.race([work(), late]);
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError('service-unreachable', `${new URL(url).host} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * As much of `fetch` as the agent uses, on `node:http`. Node's own fetch brings an HTTP parser in WebAssembly and 15 MB of memory
 * (seen on Node 24), which a process that posts a few kilobytes every five minutes need not hold.
 */
import type { IncomingMessage } from 'node:http';

/** Redirects are not followed, nothing is cached, the connection ends with the answer. */
export const leanFetch = (async (input: URL, init: RequestInit = {}) => {
  const url = new URL(input);
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { method = 'GET', headers, body, signal } = init as { method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, agent: false, ...(headers === undefined ? {} : { headers }), ...(signal === undefined ? {} : { signal }) }, resolve);
    sent.on('error', (error) => reject(signal?.aborted ? signal.reason : error));
    sent.end(body);
  });
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* answer;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  }
  return {
    status: answer.statusCode ?? 0,
    headers: { get: (name: string) => answer.headers[name.toLowerCase()]?.toString() ?? null },
    body: chunks(),
  };
}) as unknown as typeof fetch;

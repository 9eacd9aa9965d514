/** The agent's fetch, under the same rules as Node's: what the caller sees is the same. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { request } from '../../src/agent/index.ts';
import { leanFetch } from '../../src/cli/lean-fetch.ts';

let server: Server;
const at = (path: string): URL => new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);

beforeAll(async () => {
  server = createServer((asked, answer) => {
    const chunks: Buffer[] = [];
    asked.on('data', (chunk) => chunks.push(chunk));
    asked.on('end', () => {
      if (asked.url === '/echo') answer.end(`${asked.method} ${asked.headers['content-type']} ${Buffer.concat(chunks)}`);
      else if (asked.url === '/problem')
        answer.writeHead(401, { 'content-type': 'application/problem+json' }).end('{"code": "token-invalid", "detail": "Not this one."}');
      else if (asked.url === '/elsewhere') answer.writeHead(302, { location: '/echo' }).end();
      else {
        answer.writeHead(200, { 'content-length': 1000 });
        answer.write('half');
        setTimeout(() => answer.destroy(), 50);
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(() => void server.close());

const post = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'é' } as const;

test.each([
  ['lean', leanFetch],
  ["Node's", fetch],
])('%s fetch: method, headers and body arrive; refusals, redirects and broken answers are told', async (_name, fetcher) => {
  expect(await request(at('/echo'), post, fetcher)).toBe('POST text/plain é');
  await expect(request(at('/problem'), post, fetcher)).rejects.toMatchObject({ code: 'token-invalid', message: 'Not this one.' });
  await expect(request(at('/elsewhere'), post, fetcher)).rejects.toMatchObject({ code: 'service-answer-invalid' });
  await expect(request(at('/broken'), post, fetcher)).rejects.toMatchObject({ code: 'service-unreachable' });
  await expect(request(new URL('http://127.0.0.1:19'), post, fetcher)).rejects.toMatchObject({ code: 'service-unreachable' });
});

test('an answer that does not come in time is a time-out, also in its middle', async () => {
  const readAll = async (signal: AbortSignal): Promise<void> => {
    for await (const _chunk of (await leanFetch(at('/broken'), { signal })).body ?? []);
  };
  await expect(readAll(AbortSignal.timeout(5))).rejects.toMatchObject({ name: 'TimeoutError' });
});

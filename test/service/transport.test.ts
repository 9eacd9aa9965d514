/** HTTP below the routes: bounds that no request moves. What attackers make of them: test/adversaries. */
import { maxHeaderSize } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { EVIDENCE_MEDIA_TYPE } from '../../src/model/index.ts';
import { hangUp, textOf } from './raw-http.ts';
import { createTestService } from './service.ts';

test('a request has 15 s to arrive, headers included, and an idle connection a minute', async () => {
  const service = await createTestService();
  const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = service.app.server;
  expect({ requestTimeout, headersTimeout, timeout }).toEqual({ requestTimeout: 15_000, headersTimeout: 15_000, timeout: 60_000 });
  expect(keepAliveTimeout).toBeLessThanOrEqual(72_000);
  expect(maxHeaderSize).toBe(16 * 1024);
  await service.close();
});

test('many requests on one connection are answered in turn, and one that is none ends it with one answer', async () => {
  const service = await createTestService();
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  const good = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
    if (said.match(/"ok"/g)?.length === 2 && !said.includes('400')) socket.write(`nonsense\r\n\r\n${good}`);
  });
  socket.write(`${good}${good}`);
  await new Promise((resolve) => socket.on('close', resolve));
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  await service.close();
});

test('an expectation that can be met is: the body is asked for and taken', async () => {
  const service = await createTestService();
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
    if (String(chunk).includes('100 Continue')) socket.write('{"purpose":"enrollment"}');
  });
  socket.write(
    'POST /v1/nonces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 24\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
  );
  await new Promise((resolve) => socket.on('close', resolve));
  expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
  await service.close();
});

test('whoever hangs up before anybody asks where it comes from fills no log', async () => {
  const lines: string[] = [];
  const service = await createTestService({ log: { write: (line) => void lines.push(line) } });
  const evidence = { path: '/v1/evidence', headers: { 'content-type': EVIDENCE_MEDIA_TYPE }, body: 'nonsense' };
  const stranger = { path: '/v1/tokens', headers: { authorization: 'Bearer nobody', 'content-type': 'application/json' }, body: '{}' };
  for (const asked of [evidence, { ...evidence, chunked: true }, stranger]) await hangUp(service, textOf(asked));
  expect(lines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
  await service.close();
});

/** What an administrator is shown of devices, who choose many of its words. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call } from '../../src/cli/remote.ts';

const SAID = { model: '\u001b[2J\u001b[32m✓ compliant\u009b1m', os: 'a\u202etxt.exe', note: 'two\r\nlines', name: 'Zoë 日本' };
let server: Server;
let where: { readonly server: string; readonly token: string };
beforeAll(async () => {
  server = createServer((_request, response) => void response.end(JSON.stringify({ said: [SAID] }))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  where = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' };
});
afterAll(() => void server.close());

test('nothing that a device says of itself moves the cursor, colours the text or turns it around', async () => {
  expect(await call(where, 'GET', '/v1/devices')).toEqual({
    said: [{ model: '\ufffd[2J\ufffd[32m✓ compliant\ufffd1m', os: 'a\ufffdtxt.exe', note: 'two\ufffd\ufffdlines', name: 'Zoë 日本' }],
  });
});

test('programs are given what it said', async () => {
  expect(await call({ ...where, json: true }, 'GET', '/v1/devices')).toEqual({ said: [SAID] });
});

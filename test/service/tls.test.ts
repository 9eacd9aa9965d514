/** TLS: off loopback, with certificates that are renewed under way, and an authority that devices pin when they join. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createAgent, mergeManaged } from '../../src/agent/index.ts';
import { leanFetch } from '../../src/cli/lean-fetch.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { describeWith } from '../component.ts';
import { issueCertificate, makeAuthority } from './certificates.ts';
import { createTestService, folder, type TestService } from './service.ts';

const LAPTOP = path.resolve(import.meta.dirname, '../hosts/ubuntu-laptop.json');

describeWith('openssl', 'TLS', () => {
  let service: TestService;
  let files: string;
  let pin: string;
  beforeEach(async () => {
    files = folder();
    ({ pin } = makeAuthority(files));
    issueCertificate(files, 'first');
    service = await createTestService({ listen: '0.0.0.0:0', tls: { certificate: path.join(files, 'cert.pem'), key: path.join(files, 'key.pem') } });
    service.pass(Date.now() - service.now());
  });
  afterEach(() => service.close());

  const address = (): string => `https://127.0.0.1:${new URL(service.url).port}`;
  const shownName = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', ca: readFileSync(path.join(files, 'ca.pem')) }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const join = async (caPin?: string) => {
    const host = createRecordedHost(parseRecording(readFileSync(LAPTOP, 'utf8')));
    const agent = await createAgent({ stateDir: path.join(folder(), 'state'), host, recorded: true, version: '1' });
    try {
      await agent.enroll({ server: address(), token: await service.enrollmentToken(), ...(caPin === undefined ? {} : { caPin }) });
      return await agent.refresh({ slow: 'wait' });
    } finally {
      await agent.stop();
    }
  };

  test('an authority that nobody knows is not believed; one that is pinned is, and no other', async () => {
    await expect(join()).rejects.toMatchObject({ code: 'service-unreachable', message: expect.stringContaining('not trusted') });
    await expect(join('ab'.repeat(32))).rejects.toMatchObject({ code: 'pin-mismatch' });
    await expect(join('nonsense')).rejects.toMatchObject({ code: 'usage' });
    expect((await join(pin)).seq).toBe(1);
  });

  test('a pin that the organisation sets, changes or takes away: devices that have joined follow it', async () => {
    const managed: Record<string, unknown> = { server: address(), enrollmentToken: await service.enrollmentToken(), caPin: 'ab'.repeat(32) };
    const host = createRecordedHost(parseRecording(readFileSync(LAPTOP, 'utf8')));
    const read = async () => mergeManaged([{ name: 'x', members: managed }]);
    const agent = await createAgent({
      ...{ stateDir: path.join(folder(), 'state'), host, recorded: true, version: '1', following: { systemState: '/nowhere' } },
      // As `stance agent` does it: no connection outlives an answer.
      fetch: leanFetch,
      managed: { read, watch: () => () => undefined },
    });
    const turn = async () => {
      service.pass(Date.now() - service.now() + 1000);
      return (await agent.refresh({ slow: 'skip' })).seq;
    };
    try {
      await expect(turn()).rejects.toMatchObject({ code: 'pin-mismatch' });
      managed.caPin = pin;
      expect(await turn()).toBe(1);
      // The authority is another from today on: the old pin does not fit any more, the new one does.
      const authority = makeAuthority(files);
      issueCertificate(files, 'under another authority');
      await new Promise((resolve) => setTimeout(resolve, 6000));
      await expect(turn()).rejects.toMatchObject({ code: 'service-unreachable', message: expect.stringContaining('not trusted') });
      managed.caPin = authority.pin.replaceAll(':', '').toLowerCase();
      expect(await turn()).toBe(3);
      delete managed.caPin;
      expect(await turn()).toBe(4);
    } finally {
      await agent.stop();
    }
    // What this process believes is what it believed before.
    await expect(join()).rejects.toMatchObject({ message: expect.stringContaining('not trusted') });
  }, 120_000);

  test('a renewed certificate is used without a restart; one that is broken is not', async () => {
    expect(await shownName()).toBe('first');
    issueCertificate(files, 'second');
    const until = Date.now() + 12_000;
    while ((await shownName()) !== 'second' && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await shownName()).toBe('second');
    writeFileSync(path.join(files, 'cert.pem'), 'half of a certif');
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(await shownName()).toBe('second');
  }, 120_000);

  test('a handshake that does not come is waited for no longer than a request', async () => {
    const tls = { certificate: path.join(files, 'cert.pem'), key: path.join(files, 'key.pem') };
    const hurried = await createTestService({ tls, requestTimeoutMs: 300 });
    const socket = connectTcp(Number(new URL(hurried.url).port), '127.0.0.1');
    const startedAt = performance.now();
    await new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
    expect(performance.now() - startedAt).toBeLessThan(3000);
    await hurried.close();
  });
});

test('anything but loopback needs it, and what is given has to be whole', async () => {
  await expect(createTestService({ listen: '0.0.0.0:0' })).rejects.toMatchObject({ code: 'insecure-url', message: expect.stringContaining('--tls-cert') });
  const files = folder();
  writeFileSync(path.join(files, 'x.pem'), 'no certificate');
  const tls = { certificate: path.join(files, 'x.pem'), key: path.join(files, 'x.pem') };
  await expect(createTestService({ listen: '0.0.0.0:0', tls })).rejects.toMatchObject({ code: 'tls-invalid' });
});

/** The main job end to end, as the programs that rely on it see it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { root, stance, temporaryFolder } from './stance.ts';

const demo = async (home: string, ...args: string[]) => {
  const finished = await stance(['demo', '--once', '--json', '--listen', '127.0.0.1:0', ...args], home);
  expect({ code: finished.code, stderr: finished.code === 0 ? '' : finished.stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(finished.stdout);
};

test('one JSON document: device, readings, evidence, appraisal, decision, addresses', async () => {
  const document = await demo(temporaryFolder());
  expect(document).toMatchObject({
    device: { id: expect.any(String), assurance: 'software' },
    evidence: { accepted: true, jws: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) },
    appraisal: { compliance: expect.any(String), checks: expect.any(Array) },
    decision: { decision: expect.any(Boolean), outcome: expect.any(String), reasons: expect.any(Array) },
    urls: { jwks: expect.stringContaining('/.well-known/jwks.json') },
    tookMs: expect.any(Number),
  });
  for (const reading of document.readings) {
    expect(reading).toMatchObject({ check: expect.any(String), tookMs: expect.any(Number) });
    expect(['known', 'unknown', 'not-applicable']).toContain(reading.status);
    expect(['pass', 'fail', 'unknown', 'not-applicable']).toContain(reading.verdict);
  }
});

test('the same machine a second time is the same device, one further in its chain', async () => {
  const home = temporaryFolder();
  const [first, second] = [await demo(home), await demo(home)];
  expect(second.device.id).toBe(first.device.id);
  const seq = (document: { evidence: { jws: string } }): number =>
    JSON.parse(Buffer.from(document.evidence.jws.split('.')[1] ?? '', 'base64url').toString()).stance.seq;
  expect(seq(second)).toBe(seq(first) + 1);
});

test('the evidence of the demo verifies under the key it names, and under no other', async () => {
  const home = temporaryFolder();
  const document = await demo(home);
  writeFileSync(path.join(home, 'evidence.jwt'), document.evidence.jws);
  writeFileSync(path.join(home, 'key.json'), JSON.stringify({ keys: [document.device.jwk] }));
  writeFileSync(path.join(home, 'changed.jwt'), `${document.evidence.jws.slice(0, -3)}AAA`);
  expect((await stance(['verify', 'evidence.jwt', '--jwks', 'key.json'], home)).code).toBe(0);
  expect((await stance(['verify', 'changed.jwt', '--jwks', 'key.json'], home)).code).toBe(1);
});

test('a machine on which everything is unknown still gets a decision, with reasons', async () => {
  const home = temporaryFolder();
  const nothing = { os: 'linux', release: 'Nothing', user: { uid: 1000, admin: false }, env: {}, now: new Date().toISOString(), calls: [] };
  writeFileSync(path.join(home, 'nothing.json'), JSON.stringify(nothing));
  const document = await demo(home, '--replay', 'nothing.json');
  // What does not exist on this system needs no looking.
  const asked = document.readings.filter((reading: { reason?: string }) => reading.reason !== 'platform');
  expect(asked.every((reading: { status: string }) => reading.status === 'unknown')).toBe(true);
  expect(document.appraisal.compliance).toBe('unknown');
  expect(document.decision.decision).toBe(false);
  expect(document.decision.reasons.length).toBeGreaterThan(0);
});

test('a port that is taken: the demo takes another and says so, serve says what to do', async () => {
  const home = temporaryFolder();
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const shown = await stance(['demo', '--once', '--listen', `127.0.0.1:${port}`], home);
  expect(shown.code).toBe(0);
  expect(shown.stderr).toContain('taken');
  const refused = await stance(['serve', '--listen', `127.0.0.1:${port}`, '--store', 'memory:'], home);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(String(port));
  expect(refused.stderr).toContain('port-in-use');
  other.close();
});

test('a state folder that cannot be made is said in words', async () => {
  const home = temporaryFolder();
  mkdirSync(path.join(home, 'state'));
  writeFileSync(path.join(home, 'state', 'stance'), 'a file where the folder should be');
  const finished = await stance(['demo', '--once', '--listen', '127.0.0.1:0'], home);
  expect(finished.code).toBe(3);
  expect(finished.stderr).toContain('state-unwritable');
});

test('people get a table, a decision with its reason, and the addresses', async () => {
  const { code, stdout } = await stance(
    ['demo', '--once', '--listen', '127.0.0.1:0', '--replay', path.join(root, 'test/hosts/ubuntu-laptop.json')],
    temporaryFolder(),
  );
  expect(code).toBe(0);
  for (const text of ['✓ pass', 'Disk', 'Decision', 'status page', '/.well-known/jwks.json']) expect(stdout).toContain(text);
});

/** The other commands, each as it is typed. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { posture } from '../service/posture.ts';
import { ADMIN, createTestService, joinDevice } from '../service/service.ts';
import { root, stance, start, temporaryFolder } from './stance.ts';

const laptop = path.join(root, 'test/hosts/ubuntu-laptop.json');

describe('stance check', () => {
  test('--replay --json: platform, readings with verdicts, time', async () => {
    const { stdout } = await stance(['check', '--json', '--replay', laptop], temporaryFolder());
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ platform: 'linux', tookMs: expect.any(Number) });
    expect(document.readings.find((reading: { check: string }) => reading.check === 'disk.encryption')).toMatchObject({
      status: 'known',
      verdict: 'pass',
      method: expect.any(String),
    });
  });

  test('--only reads one; --no-slow leaves slow ones unknown', async () => {
    const only = JSON.parse((await stance(['check', '--json', '--only', 'device.uptime', '--replay', laptop], temporaryFolder())).stdout);
    expect(only.readings.map((reading: { check: string }) => reading.check)).toEqual(['device.uptime']);
    const quick = JSON.parse((await stance(['check', '--json', '--no-slow', '--only', 'os.security_updates', '--replay', laptop], temporaryFolder())).stdout);
    expect(quick.readings[0]).toMatchObject({ status: 'unknown', reason: 'not-read', verdict: 'unknown' });
  });

  test('a check that does not exist is wrong usage, and the ones that exist are named', async () => {
    const { code, stderr } = await stance(['check', '--only', 'disk.encyption'], temporaryFolder());
    expect(code).toBe(2);
    expect(stderr).toContain('disk.encryption');
  });

  test('what --record wrote, --replay reads to the same verdicts', async () => {
    const home = temporaryFolder();
    const verdicts = (text: string): unknown => JSON.parse(text).readings.map(({ check, status, verdict }: Record<string, string>) => [check, status, verdict]);
    const live = await stance(['check', '--json', '--no-slow', '--record', 'machine.json'], home);
    const replayed = await stance(['check', '--json', '--no-slow', '--replay', 'machine.json'], home);
    expect(verdicts(replayed.stdout)).toEqual(verdicts(live.stdout));
  });

  test('a file that is no recording is refused in words', async () => {
    const home = temporaryFolder();
    writeFileSync(path.join(home, 'x.json'), '{"os": "beos"}');
    const { code, stderr } = await stance(['check', '--replay', 'x.json'], home);
    expect(code).toBe(3);
    expect(stderr).toContain('recording-invalid');
  });
});

test('a service, a token, an enrollment, a report, an inventory: as an administrator types them', async () => {
  const home = temporaryFolder();
  const admin = { STANCE_ADMIN_TOKEN: 'an-administrators-secret-token-1234' };
  const service = start(['serve', '--listen', '127.0.0.1:0', '--store', 'sqlite:service.db'], home, admin);
  try {
    const server = await new Promise<string>((resolve, reject) => {
      service.stdout.on('data', (chunk) => {
        const url = /http:\/\/\S+/.exec(String(chunk))?.[0];
        if (url !== undefined) resolve(url);
      });
      service.stderr.on('data', (chunk) => /internal/.test(String(chunk)) && reject(new Error(String(chunk))));
    });
    const environment = { ...admin, STANCE_SERVER: server };
    const { token } = JSON.parse((await stance(['token', 'enrollment', '--approve', '--json'], home, environment)).stdout);
    expect((await stance(['enroll', '--enrollment-token', 'wrong'], home, environment)).stderr).toContain('token-invalid');
    const enrolled = JSON.parse((await stance(['enroll', '--enrollment-token', token, '--json'], home, environment)).stdout);
    const report = await stance(['agent', '--once', '--json'], home, environment);
    expect(JSON.parse(report.stdout)).toMatchObject({ accepted: true, seq: 1 });
    const { devices } = JSON.parse((await stance(['device', 'list', '--json'], home, environment)).stdout);
    expect(devices).toMatchObject([{ id: enrolled.device, assurance: 'software', platform: 'linux' }]);
    const sheet = await stance(['device', 'list', '--csv'], home, environment);
    expect(sheet.stdout.split('\r\n')[0]).toContain('compliance');
    expect((await stance(['device', 'show', enrolled.device], home, environment)).stdout).toContain('device.uptime');
    expect((await stance(['device', 'show', 'nobody'], home, environment)).stderr).toContain('not-found');
    expect((await stance(['device', 'list'], home, { ...environment, STANCE_ADMIN_TOKEN: 'wrong' })).stderr).toContain('unauthorized');
    const doctor = JSON.parse((await stance(['doctor', '--json'], home, environment)).stdout);
    expect(doctor.settings).toContainEqual({ name: 'server', value: server, from: 'environment STANCE_SERVER' });
    expect(doctor.examinations).toContainEqual(expect.objectContaining({ name: 'clock', ok: true }));
  } finally {
    service.kill('SIGTERM');
  }
  expect(await new Promise((resolve) => service.once('exit', resolve))).toBe(0);
});

test('policy validate: the shipped policies are valid; an error has file, line and column', async () => {
  const home = temporaryFolder();
  expect((await stance(['policy', 'validate', path.join(root, 'src/policy/default')], home)).code).toBe(0);
  writeFileSync(path.join(home, 'bad.yaml'), 'kind: baseline\nid: x\nplatforms: [linux]\nchecks:\n  disk.encyption: {}\n');
  const { code, stdout } = await stance(['policy', 'validate', '.'], home);
  expect(code).toBe(1);
  expect(stdout).toMatch(/bad\.yaml:5:3/);
});

test('policy test: the cases of the templates pass; one that expects something else fails, and so does having none', async () => {
  const home = temporaryFolder();
  const templates = path.join(root, 'src/policy/templates');
  const all = await stance(['policy', 'test', templates, '--json'], home);
  expect([all.code, JSON.parse(all.stdout).failed]).toEqual([0, 0]);
  cpSync(path.join(templates, 'risk.yaml'), path.join(home, 'risk.yaml'));
  const cases = readFileSync(path.join(templates, 'risk.test.yaml'), 'utf8');
  expect(await stance(['policy', 'test', '.'], home)).toMatchObject({ code: 2, stderr: expect.stringContaining('no case to try') });
  writeFileSync(path.join(home, 'risk.test.yaml'), cases.replace(/expect: allow/, 'expect: block'));
  const wrong = await stance(['policy', 'test', '.'], home);
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain('outcome: expected block, found allow.');
});

test('policy what-if: the answer is told by every policy, and by the exit code; a real device comes out of the store', async () => {
  const home = temporaryFolder();
  const policies = path.join(root, 'src/policy/default');
  const ask = (...more: string[]) => stance(['policy', 'what-if', policies, '--subject', 'ann', '--resource', 'app:wiki', ...more], home);
  const healthy = await ask('--compliance', 'compliant', '--json');
  expect([healthy.code, JSON.parse(healthy.stdout).decision.context.outcome]).toEqual([0, 'allow']);
  const plain = await ask('--check', 'disk.encryption=fail');
  expect([plain.code, plain.stdout]).toEqual([1, expect.stringMatching(/challenge[\s\S]*apps-need-a-compliant-device.*unmet[\s\S]*disk\.encryption/)]);
  expect(await ask('--check', 'disk.encryption:fail')).toMatchObject({ code: 2, stderr: expect.stringContaining('disk.encryption=fail') });
  expect(await ask('--check', 'disk.encyption=fail')).toMatchObject({ code: 3, stderr: expect.stringContaining('did you mean "disk.encryption"?') });
  expect(await ask('--device', 'd1', '--store', 'sqlite:none.db')).toMatchObject({ code: 3, stderr: expect.stringContaining('There is no') });
  writeFileSync(path.join(home, 'q.yaml'), 'subject: ann\nresource: { id: wiki }\ndevice: none\n');
  expect((await stance(['policy', 'what-if', policies, '--ask', 'q.yaml'], home)).code).toBe(1);
  expect((await ask('--ask', 'q.yaml')).code).toBe(2);

  const file = path.join(home, 'service.db');
  const service = await createTestService({ store: `sqlite:${file}` });
  const device = await joinDevice(service);
  await device.report(posture({ disk: false, at: service.now() }));
  const question = {
    ...{ subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } },
    context: { device: { id: device.id } },
  };
  const decided = (await service.call('POST', '/access/v1/evaluation', question)).json();
  await service.close();
  const real = await ask('--device', device.id, '--store', `sqlite:${file}`, '--json');
  expect([real.code, JSON.parse(real.stdout).decision.context.device.id]).toEqual([1, device.id]);
  const explain = (...args: string[]) => stance(['policy', 'explain', ...args, '--store', `sqlite:${file}`], home);
  const why = await explain(decided.context.id, '--policies', policies);
  expect([why.code, why.stdout, why.stderr]).toEqual([
    0,
    expect.stringMatching(/user ann would open app wiki: . challenge[\s\S]*apps-need-a-compliant-device.*unmet/),
    '',
  ]);
  expect(await explain(decided.context.id)).toMatchObject({ code: 3, stderr: expect.stringContaining('--policies') });
  expect((await explain('nothing')).code).toBe(3);
  expect(await ask('--device', 'nobody', '--store', `sqlite:${file}`)).toMatchObject({ code: 3, stderr: expect.stringContaining('device list') });

  // The test's service lives in the past, before the last days of today.
  const replayed = await stance(['policy', 'replay', policies, '--days', '30', '--store', `sqlite:${file}`, '--json'], home);
  expect([replayed.code, JSON.parse(replayed.stdout).decisions]).toEqual([0, Date.now() - service.now() < 30 * 86_400_000 ? 1 : 0]);
  expect((await stance(['policy', 'replay', policies, '--days', '31', '--store', `sqlite:${file}`], home)).code).toBe(2);
});

test('policy apply: cases that fail keep policies out; what is applied is listed, and the one before comes back', async () => {
  const home = temporaryFolder();
  const service = await createTestService();
  const run = (...args: string[]) => stance(['policy', ...args, '--server', service.url, '--token', ADMIN], home);
  const templates = path.join(root, 'src/policy/templates');
  expect(await run('apply', templates, '--note', 'ticket 4711')).toMatchObject({ code: 0, stdout: expect.stringContaining('Version 2 is in force') });
  cpSync(templates, path.join(home, 'draft'), { recursive: true });
  const cases = path.join(home, 'draft/risk.test.yaml');
  writeFileSync(cases, readFileSync(cases, 'utf8').replace(/expect: allow/, 'expect: block'));
  expect(await run('apply', 'draft')).toMatchObject({ code: 1, stdout: expect.stringContaining('expected block, found allow') });
  expect((await run('list')).stdout).toMatch(/→ 2 .*administrator +ticket 4711/);
  expect((await run('diff', templates)).code).toBe(0);
  expect(await run('diff', path.join(root, 'src/policy/default'), templates)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/compliant-device-for-everything +added/),
  });
  expect(await run('roll-back', '--reason', 'too early')).toMatchObject({ code: 0, stdout: expect.stringContaining('Version 1 is in force again, as 3') });
  expect((await run('roll-back', '--reason', 'no way')).code).toBe(2);
  await service.close();
});

test('every command has help with an example', async () => {
  for (const command of [
    ['demo'],
    ['check'],
    ['enroll'],
    ['agent'],
    ['serve'],
    ['device', 'list'],
    ['device', 'show'],
    ['token', 'enrollment'],
    ['token', 'access'],
    ['policy', 'validate'],
    ['policy', 'test'],
    ['policy', 'what-if'],
    ['policy', 'replay'],
    ['policy', 'apply'],
    ['policy', 'list'],
    ['policy', 'roll-back'],
    ['policy', 'diff'],
    ['policy', 'explain'],
    ['verify'],
    ['doctor'],
  ]) {
    const { code, stdout } = await stance([...command, '--help'], temporaryFolder());
    expect([command, code, stdout.includes('Example:')]).toEqual([command, 0, true]);
  }
});

/** `stance policy …`, as an administrator types it. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { posture } from '../service/posture.ts';
import { ADMIN, createTestService, joinDevice } from '../service/service.ts';
import { root, stance, temporaryFolder } from './stance.ts';

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

/** The other commands, each as it is typed. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
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

test('every command has help with an example', async () => {
  for (const command of [
    ['demo'],
    ['check'],
    ['enroll'],
    ['agent'],
    ['serve'],
    ['simulate'],
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

/** `stance simulate --into`: a folder that a service serves, whose chains verify, and that comes out the same again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { stance, start, temporaryFolder } from '../stance.ts';

/** The last Thursday that is over: three working days, and not so long ago that the decisions of them are forgotten. */
function lastThursday(): string {
  const day = new Date();
  do day.setUTCDate(day.getUTCDate() - 1);
  while (day.getUTCDay() !== 4);
  return day.toISOString().slice(0, 10);
}
const WHEN = ['--devices', '20', '--days', '3', '--until', lastThursday(), '--json'];
const home = temporaryFolder();
const simulate = async (folder: string, ...args: readonly string[]) => {
  const { code, stdout, stderr } = await stance(['simulate', '--into', folder, ...WHEN, ...args], home);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};
const PLACES = ['--store', 'sqlite:fleet/service.db', '--state', 'fleet'];

describe('twenty devices, three days', () => {
  let told: Awaited<ReturnType<typeof simulate>>;
  beforeAll(async () => {
    told = await simulate('fleet');
  }, 60_000);

  test('says what it made', () => {
    expect(told).toMatchObject({ simulated: true, folder: 'fleet', seed: 1, days: 3, devices: 20 });
    expect(told.evidence.full).toBeGreaterThanOrEqual(20);
    expect(told.evidence.heartbeat).toBeGreaterThan(told.evidence.full);
    const { allow, challenge, block } = told.outcomes;
    for (const count of [allow, challenge, block]) expect(count).toBeGreaterThan(0);
  });

  test('a service on the folder lists the devices, all of them marked as simulated, some of them not in order', async () => {
    const token = { STANCE_ADMIN_TOKEN: readFileSync(path.join(home, 'fleet/first-administrator.token'), 'utf8').trim() };
    const service = start(['serve', '--listen', '127.0.0.1:0', ...PLACES, '--policies', 'fleet/policies'], home);
    try {
      const server = await new Promise<string>((resolve, reject) => {
        service.stdout.on('data', (chunk) => resolve(/http:\/\/\S+/.exec(String(chunk))?.[0] ?? ''));
        service.once('exit', (code) => reject(new Error(`The service ended with ${code}.`)));
      });
      const { devices } = JSON.parse((await stance(['device', 'list', '--json', '--server', server], home, token)).stdout);
      expect(devices).toHaveLength(20);
      for (const device of devices) expect(device).toMatchObject({ state: 'active', tags: expect.arrayContaining(['simulated']) });
      expect(new Set(devices.map(({ compliance }: { compliance: string }) => compliance)).size).toBeGreaterThan(1);
      const { stdout } = await stance(['device', 'show', devices[0].id, '--server', server], home, token);
      expect(stdout).toContain('stance simulate');
    } finally {
      service.kill('SIGTERM');
      await new Promise((resolve) => service.once('exit', resolve));
    }
  });

  test('every signature and every link holds, and there is one for each report', async () => {
    const { code, stdout } = await stance(['audit', 'verify', ...PLACES, '--json'], home);
    const { valid, evidence, folded } = JSON.parse(stdout);
    expect([code, valid, evidence + folded]).toEqual([0, true, told.evidence.full + told.evidence.heartbeat]);
  });

  test('the decisions are in the log: its own policies, tried on them, decide as they did', async () => {
    const { code, stdout } = await stance(['policy', 'replay', 'fleet/policies', '--days', '30', ...PLACES, '--json'], home);
    const replayed = JSON.parse(stdout);
    expect([code, replayed.decisions]).toEqual([0, told.decisions]);
  });

  test('its policies are valid, and their cases pass', async () => {
    expect(await stance(['policy', 'test', 'fleet/policies'], home)).toMatchObject({ code: 0 });
  });

  test('the same seed comes out the same, another one does not', async () => {
    const outcome = ({ people, evidence, decisions, outcomes }: typeof told) => ({ people, evidence, decisions, outcomes });
    expect(outcome(await simulate('again'))).toEqual(outcome(told));
    expect(readFileSync(path.join(home, 'again/policies/directory.yaml'), 'utf8')).toBe(readFileSync(path.join(home, 'fleet/policies/directory.yaml'), 'utf8'));
    expect(outcome(await simulate('other', '--seed', '2'))).not.toEqual(outcome(told));
  }, 90_000);
});

test('a folder with something in it is left alone', async () => {
  mkdirSync(path.join(home, 'full'));
  writeFileSync(path.join(home, 'full/service.db'), 'precious');
  const { code, stderr } = await stance(['simulate', '--into', 'full'], home);
  expect(code).toBe(2);
  expect(stderr).toContain('not empty');
  expect(readFileSync(path.join(home, 'full/service.db'), 'utf8')).toBe('precious');
});

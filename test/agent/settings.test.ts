/** Where settings come from: the nearer source wins, and says its name; what the organisation keeps for itself is refused, not overlooked. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { requireMayChange } from '../../src/agent/index.ts';
import { mergeManaged } from '../../src/agent/managed.ts';
import { settingsOf } from '../../src/agent/settings.ts';
import { NOTHING_MANAGED } from '../../src/model/index.ts';
import { temporaryFolder } from '../cli/stance.ts';

const userFile = path.join(temporaryFolder(), 'config.json');
const managing = (members: object) => mergeManaged([{ name: '/managed.json', text: JSON.stringify(members) }]);

afterEach(() => {
  delete process.env.STANCE_INTERVAL_MS;
  delete process.env.STANCE_SERVER;
});

test('flag before environment before managed before user configuration before default', () => {
  const interval = (managed = NOTHING_MANAGED, flag?: string) => settingsOf(managed, userFile).resolve('intervalMs', flag);
  expect(interval()).toEqual({ value: 300_000, from: 'default' });
  writeFileSync(userFile, '{"intervalMs": 20000, "server": "https://own.example"}');
  expect(interval()).toEqual({ value: 20_000, from: `user configuration ${userFile}` });
  const managed = managing({ intervalMs: 30_000 });
  expect(interval(managed)).toEqual({ value: 30_000, from: 'managed configuration /managed.json' });
  expect(settingsOf(managed, userFile).resolve('server', undefined)).toEqual({ value: 'https://own.example', from: `user configuration ${userFile}` });
  process.env.STANCE_INTERVAL_MS = '40000';
  expect(interval(managed)).toEqual({ value: 40_000, from: 'environment STANCE_INTERVAL_MS' });
  expect(interval(managed, '50000')).toEqual({ value: 50_000, from: 'flag' });
});

test("a person's own file that is broken is said, unless nothing of it is needed", () => {
  writeFileSync(userFile, '{"sever": "https://posture.example"}');
  expect(() => settingsOf(NOTHING_MANAGED, userFile).resolve('server', undefined)).toThrow(userFile);
  expect(settingsOf(managing({ server: 'https://a.example' }), userFile).resolve('server', undefined).value).toBe('https://a.example');
});

test('what a person may not change is refused by name; root may, and so may people where the organisation says so', () => {
  const said = (members: object, root = false): string => {
    const settings = settingsOf(managing(members), userFile);
    try {
      requireMayChange(settings, root, 'server', settings.resolve('server', undefined));
      return 'allowed';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const server = 'https://posture.example';
  process.env.STANCE_SERVER = 'https://elsewhere.example';
  expect(said({ server })).toMatch(/environment STANCE_SERVER says https:\/\/elsewhere\.example, and \/managed\.json sets https:\/\/posture\.example/);
  expect([said({ server }, true), said({ server, userMayChangeServer: true }), said({ intervalMs: 20_000 })]).toEqual(['allowed', 'allowed', 'allowed']);
  process.env.STANCE_SERVER = server;
  expect(said({ server })).toBe('allowed');
  const settings = settingsOf(managing({ intervalMs: 60_000 }), userFile);
  expect(() => requireMayChange(settings, false, 'intervalMs', settings.resolve('intervalMs', '20000'))).toThrow('The flag says 20000');
});

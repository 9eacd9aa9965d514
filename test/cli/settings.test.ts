/** Where settings come from: the nearer source wins, and says its name. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { resolveSetting } from '../../src/cli/settings.ts';
import { temporaryFolder } from './stance.ts';

const folder = temporaryFolder();
const files = { managed: path.join(folder, 'managed.json'), user: path.join(folder, 'user.json') };

test('flag before environment before managed before user configuration before default', () => {
  expect(resolveSetting('intervalMs', undefined, files)).toEqual({ value: 300_000, from: 'default' });
  writeFileSync(files.user, '{"intervalMs": 20000, "server": "https://own.example"}');
  expect(resolveSetting('intervalMs', undefined, files)).toEqual({ value: 20_000, from: `user configuration ${files.user}` });
  writeFileSync(files.managed, '{"intervalMs": 30000}');
  expect(resolveSetting('intervalMs', undefined, files)).toEqual({ value: 30_000, from: `managed configuration ${files.managed}` });
  expect(resolveSetting('server', undefined, files)).toEqual({ value: 'https://own.example', from: `user configuration ${files.user}` });
  process.env.STANCE_INTERVAL_MS = '40000';
  try {
    expect(resolveSetting('intervalMs', undefined, files)).toEqual({ value: 40_000, from: 'environment STANCE_INTERVAL_MS' });
    expect(resolveSetting('intervalMs', '50000', files)).toEqual({ value: 50_000, from: 'flag' });
  } finally {
    delete process.env.STANCE_INTERVAL_MS;
  }
});

test('a managed configuration that is broken, or a folder, is no reason to go on without it', () => {
  writeFileSync(files.managed, '{"sever": "https://posture.example"}');
  expect(() => resolveSetting('server', undefined, files)).toThrow(files.managed);
  expect(() => resolveSetting('server', undefined, { managed: folder })).toThrow('EISDIR');
});

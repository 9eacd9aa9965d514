/** A disk that takes half of a small file: what stood there before stays. Seen in a process that may write no file beyond 4 KiB. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root } from '../cli/stance.ts';

/** Runs a module's text in such a process; what it says. The unit of `ulimit -f` is 512 bytes (POSIX). */
function runShort(script: string): string {
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 8 && exec "$0" --disable-warning=ExperimentalWarning --input-type=module -e "$1"', process.execPath, script],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  return stdout;
}
const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'stance-short-'));

(process.platform === 'win32' ? describe.skip : describe)('a file that does not fit', () => {
  test("the agent's state: refused in words, and the old file is whole", () => {
    const folder = temporary();
    const file = path.join(folder, 'device.json');
    writeFileSync(file, 'what was before');
    const said = runShort(`
      import { writeDurably } from './src/agent/durable.ts';
      try { writeDurably(${JSON.stringify(file)}, 'x'.repeat(20_000)); console.log('written'); } catch (error) { console.log(error.code); }`);
    expect(said).toBe('state-unwritable\n');
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['what was before', ['device.json']]);
  });

  test("the service's keys: refused in words, and the old ones stay", () => {
    const folder = temporary();
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'service-keys.json');
    // Eight years of keys are more than fits.
    const said = runShort(`
      import { openKeys } from './src/service/keys.ts';
      import { readFileSync } from 'node:fs';
      let now = Date.now(), before = '';
      try {
        const ring = openKeys(${JSON.stringify(folder)}, () => now);
        for (let month = 0; month < 100; month++) { before = readFileSync(${JSON.stringify(file)}, 'utf8'); now += 30 * 86_400_000; ring.rotate(); }
        console.log('written');
      } catch (error) { console.log(error.code, before === readFileSync(${JSON.stringify(file)}, 'utf8')); }`);
    expect([said, readdirSync(folder)]).toEqual(['state-unwritable true\n', ['service-keys.json']]);
  });
});

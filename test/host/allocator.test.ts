/** What is free goes back to the system: shown in a process of its own, because it is set up for the whole of one. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { spareAllocator } from '../../src/host/index.ts';

const ALLOCATOR = path.resolve(import.meta.dirname, '../../src/host/allocator.ts');

/** Frees many small pieces below one that stays, so that nothing but trimming can give them back; kB of the heap before and after. */
const PROGRAM = `
  const { readFileSync } = await import('node:fs');
  const { spareAllocator } = await import(${JSON.stringify(ALLOCATOR)});
  const giveBack = await spareAllocator();
  const koffi = (await import('koffi')).default;
  const libc = koffi.load(null);
  const [malloc, free] = [libc.func('void *malloc(size_t)'), libc.func('void free(void *)')];
  const pieces = Array.from({ length: 20000 }, () => malloc(1000));
  malloc(1000);
  for (const piece of pieces) free(piece);
  const anonymous = () => Number(/RssAnon:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const before = anonymous();
  giveBack();
  process.stdout.write(JSON.stringify({ before, after: anonymous() }));
`;

(process.platform === 'linux' ? test : test.skip)('memory that is free is given back', () => {
  const { before, after } = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { encoding: 'utf8' }));
  expect(before - after).toBeGreaterThan(10_000);
});

test('giving back is harmless, wherever it runs', async () => {
  const giveBack = await spareAllocator();
  expect(() => giveBack()).not.toThrow();
});

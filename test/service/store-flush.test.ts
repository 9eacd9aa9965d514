/** The flush of the write-ahead log: of the right file, and one at a time. */

import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { flushOf } from '../../src/service/store/sqlite-flush.ts';
import { folder } from './service.ts';

function database(file: string): DatabaseSync {
  const made = new DatabaseSync(file);
  made.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS t (n INTEGER)');
  return made;
}
const synchronous = (of: DatabaseSync): unknown => of.prepare('PRAGMA synchronous').get()?.synchronous;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

(process.platform === 'linux' ? test : test.skip)('of the log beside the database itself, not beside a link to it', async () => {
  const [real, links] = [folder(), folder()];
  mkdirSync(path.join(real, 'db'));
  const link = path.join(links, 's.db');
  symlinkSync(path.join(real, 'db', 's.db'), link);
  const opened = database(link);
  writeFileSync(`${link}-wal`, 'of a database that lay here once');
  const flush = flushOf(opened);
  flush.lately(() => opened.exec('INSERT INTO t VALUES (1)'));
  await flush.flushed();
  const open = readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return [];
    }
  });
  expect(open.filter((file) => file === path.join(real, 'db', 's.db-wal')).length).toBeGreaterThanOrEqual(2);
  expect(open).not.toContain(`${link}-wal`);
  flush.close();
  opened.close();
});

test('one at a time: who asks meanwhile waits for one that begins later, and shares it', async () => {
  const opened = database(path.join(folder(), 's.db'));
  const asked: PromiseWithResolvers<void>[] = [];
  const flush = flushOf(opened, () => {
    const one = Promise.withResolvers<void>();
    asked.push(one);
    return one.promise;
  });
  const said: string[] = [];
  const ask = (name: string): void =>
    void flush.flushed().then(
      () => said.push(name),
      () => said.push(`not ${name}`),
    );
  for (const name of ['a', 'b', 'c']) ask(name);
  await turn();
  expect(asked.length).toBe(1);
  // A reader of old pages keeps the log from being written back.
  const reader = new DatabaseSync(path.join(opened.location() ?? ''));
  reader.exec('BEGIN; SELECT * FROM t');
  opened.exec('PRAGMA busy_timeout = 10; INSERT INTO t VALUES (2)');
  asked.shift()?.reject(new Error('EIO'));
  await turn();
  await turn();
  expect(said).toEqual(['not a']);
  expect(asked.length).toBe(1);
  // All is well this time, and what was lost before is not back: nobody may be told that it is.
  asked.shift()?.resolve();
  await turn();
  await turn();
  expect(said).toEqual(['not a', 'not b', 'not c']);
  reader.close();
  const again = flush.flushed();
  asked.shift()?.resolve();
  await expect(again).resolves.toBeUndefined();
  flush.close();
  opened.close();
});

test('only what is begun within waits: everything else is flushed by SQLite itself, or not run', () => {
  const opened = database(path.join(folder(), 's.db'));
  const flush = flushOf(opened);
  let within: unknown;
  flush.lately(() => {
    flush.beforeStatement();
    within = synchronous(opened);
  });
  expect([within, synchronous(opened)]).toEqual([1, 2]);
  // A transaction that was left open keeps the setting from being put back.
  expect(() =>
    flush.lately(() => {
      opened.exec('BEGIN');
      throw new Error('cut off');
    }),
  ).toThrow('cut off');
  expect(() => flush.beforeStatement()).toThrow('inside a transaction');
  opened.exec('ROLLBACK');
  flush.beforeStatement();
  expect(synchronous(opened)).toBe(2);
  opened.close();
});

/** Whether the store takes writes: seen by the writes that go on, asked now and then, and believed to be back on its own word only. */
import { expect, test } from '@jest/globals';
import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../../src/service/store/store.ts';
import { watchStore } from '../../src/service/store-watch.ts';

function watchedStore() {
  const [does, said] = [{ ping: true, writes: true, pings: 0, now: 1_000_000 }, [] as string[]];
  const fail = (): never => {
    throw new Error('disk I/O error');
  };
  const store = {
    ping() {
      does.pings++;
      if (!does.ping) fail();
    },
    writeDevices: () => (does.writes ? new Set<string>() : fail()),
    addDecisions: () => {},
  } as unknown as Store;
  const say = (_about: object, text: string): void => void said.push(text);
  const watched = watchStore(store, () => does.now, { warn: say } as unknown as FastifyBaseLogger);
  watched.watch.stop();
  return { does, said, ...watched };
}

test('a write that fails says that the store is away, and since when; the log says it once', () => {
  const { does, said, store, watch } = watchedStore();
  expect(watch.awayMs()).toBe(0);
  does.writes = does.ping = false;
  expect(() => store.writeDevices([])).toThrow('disk I/O error');
  does.now += 7_000;
  expect(() => store.writeDevices([])).toThrow();
  expect(watch.awayMs()).toBe(7_000);
  expect(() => watch.ask()).toThrow(expect.objectContaining({ code: 'store-unavailable' }));
  expect(said).toEqual([expect.stringContaining('takes no writes')]);
});

test('small writes that it still takes do not bring it back: a disk that is full takes a few bytes', () => {
  const { does, said, store, watch } = watchedStore();
  does.writes = does.ping = false;
  expect(() => store.writeDevices([])).toThrow();
  does.now += 2_000;
  store.addDecisions({ since: 0, until: 0, count: 0, lines: Buffer.of() }, []);
  expect(watch.awayMs()).toBe(2_000);
  does.now += 2_000;
  does.ping = true;
  store.addDecisions({ since: 0, until: 0, count: 0, lines: Buffer.of() }, []);
  expect(watch.awayMs()).toBe(0);
  expect(said).toEqual([expect.stringContaining('takes no writes'), expect.stringContaining('takes writes again')]);
});

test('it is asked once a second, however often anybody asks', () => {
  const { does, watch } = watchedStore();
  for (let asks = 0; asks < 50; asks++) watch.ask();
  expect(does.pings).toBe(1);
  does.now += 1_000;
  does.ping = false;
  for (let asks = 0; asks < 50; asks++) expect(() => watch.ask()).toThrow();
  expect(does.pings).toBe(2);
});

/** Requests of one turn of the event loop take their steps together, and nobody waits for more than a few dozen. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { createCohort } from '../../src/service/cohort.ts';

describe('a cohort', () => {
  test('takes each step with all its members before anybody takes the next', async () => {
    const taken: string[] = [];
    const join = createCohort<string>([(name) => taken.push(`${name} reads`), (name) => taken.push(`${name} checks`)], () => undefined);
    for (const name of ['one', 'two', 'three']) join(name);
    expect(taken).toEqual([]);
    await turn();
    expect(taken).toEqual(['reads', 'checks'].flatMap((step) => ['one', 'two', 'three'].map((name) => `${name} ${step}`)));
  });

  test('one that fails is told of and goes no further; the others are left be', async () => {
    const [done, failed]: [number[], [number, string][]] = [[], []];
    const join = createCohort<number>(
      [
        (one) => {
          if (one === 2) throw new Error('refused');
        },
        (one) => void done.push(one),
      ],
      (one, error) => failed.push([one, (error as Error).message]),
    );
    for (const one of [1, 2, 3]) join(one);
    await turn();
    expect(done).toEqual([1, 3]);
    expect(failed).toEqual([[2, 'refused']]);
  });

  test('where even telling of a failure fails, the others go on', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const done: number[] = [];
    const refuse = (): never => {
      throw new Error('hung up');
    };
    const join = createCohort<number>([(one) => void (one === 1 ? refuse() : done.push(one))], refuse);
    for (const one of [0, 1, 2]) join(one);
    await turn();
    expect(done).toEqual([0, 2]);
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });

  test('is closed when it is full: the next ones go together after it', async () => {
    const taken: string[] = [];
    const join = createCohort<number>([(one) => taken.push(`first ${one}`), (one) => taken.push(`second ${one}`)], () => undefined);
    for (let one = 0; one < 100; one++) join(one);
    await turn();
    await turn();
    expect(taken).toHaveLength(200);
    expect(taken.indexOf('second 0')).toBe(64);
    expect(taken.indexOf('first 64')).toBe(128);
  });

  test('who comes while one goes through its steps goes with the next', async () => {
    const taken: string[] = [];
    const join = createCohort<string>([(one) => void (taken.push(one) === 1 && join('late'))], () => undefined);
    join('early');
    await turn();
    expect(taken).toEqual(['early']);
    await turn();
    expect(taken).toEqual(['early', 'late']);
  });
});

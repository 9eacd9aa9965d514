/** Requests of one turn of the event loop take their steps together, and nobody waits for more than a few dozen. */
import { describe, expect, test } from '@jest/globals';
import { createCohort, inStep } from '../../src/service/cohort.ts';

describe('a cohort', () => {
  test('takes each step with all its members before anybody takes the next', async () => {
    const cohort = createCohort();
    const steps: string[] = [];
    const work = async (name: string): Promise<void> => {
      await cohort();
      steps.push(`${name} reads`);
      await inStep;
      steps.push(`${name} checks`);
      await inStep;
      steps.push(`${name} answers`);
    };
    await Promise.all([work('one'), work('two'), work('three')]);
    expect(steps).toEqual(['reads', 'checks', 'answers'].flatMap((step) => ['one', 'two', 'three'].map((name) => `${name} ${step}`)));
  });

  test('one that fails leaves the others be', async () => {
    const cohort = createCohort();
    const work = async (fails: boolean): Promise<string> => {
      await cohort();
      if (fails) throw new Error('refused');
      await inStep;
      return 'done';
    };
    const ended = await Promise.allSettled([work(false), work(true), work(false)]);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('is closed when it is full: the next ones go together after it', async () => {
    const cohort = createCohort();
    const waiting = Array.from({ length: 40 }, () => cohort());
    expect(new Set(waiting).size).toBe(2);
    await Promise.all(waiting);
  });

  test('who comes later goes with others', async () => {
    const cohort = createCohort();
    const first = cohort();
    await first;
    expect(cohort()).not.toBe(first);
  });
});

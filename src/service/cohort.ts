/**
 * Requests that come in one turn of the event loop take their steps together: all evidence is decoded, then all signatures are checked,
 * and so on, instead of each request going all the way before the next begins. So the code and the tables of a step are in the caches of
 * the processor for all of them.
 */

/** Most that go together: nobody waits for more than these. */
const MOST = 64;

/** One after the other; what one throws ends the way of its request alone. */
export type Steps<T> = readonly ((one: T) => void)[];

/** `failed`: told of a request of which a step threw. The function takes a request in; its first step comes when what else has arrived has been read. */
export function createCohort<T>(steps: Steps<T>, failed: (one: T, error: unknown) => void): (one: T) => void {
  let gathering: T[] = [];

  function go(cohort: readonly T[]): void {
    if (gathering === cohort) gathering = [];
    let left = cohort;
    for (const step of steps) {
      left = left.filter((one) => {
        try {
          step(one);
          return true;
        } catch (error) {
          try {
            failed(one, error);
          } catch (thrown) {
            // The others are answered all the same.
            process.emitWarning(thrown as Error);
          }
          return false;
        }
      });
    }
  }

  return (one) => {
    if (gathering.length === MOST) gathering = [];
    gathering.push(one);
    if (gathering.length === 1) setImmediate(go, gathering);
  };
}

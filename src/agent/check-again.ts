/** "Check again", for whoever is asked: a second wish while one is carried out joins it. */
import { StanceError } from '../model/index.ts';
import type { Agent } from './agent-options.ts';

/**
 * Reports where there is somebody to report to; what goes wrong is in the state, for the person to see.
 * `pauseMs`: how soon after the beginning of one the next may begin. @throws StanceError `rate-limited`
 */
export function createCheckAgain(agent: Agent, pauseMs = 0): () => Promise<void> {
  let running: Promise<void> | undefined;
  let begunAt = Number.NEGATIVE_INFINITY;
  async function check(): Promise<void> {
    try {
      // Where there is nobody to report to, it reads and shows all the same.
      await agent.refresh({ slow: 'cache-or-wait' });
    } catch (error) {
      if (!(error instanceof StanceError)) throw error;
    }
  }
  return async () => {
    if (running === undefined) {
      if (performance.now() - begunAt < pauseMs) throw new StanceError('rate-limited', 'This device was checked a moment ago.');
      begunAt = performance.now();
      running = check().finally(() => {
        running = undefined;
      });
    }
    await running;
  };
}

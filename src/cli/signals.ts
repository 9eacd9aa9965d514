/** Waits for the person or the system to say stop. */
import process from 'node:process';

/** Fulfils at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });

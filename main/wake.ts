/** A computer that slept may have changed: it is looked at again when it wakes or is unlocked. */
import { powerMonitor } from 'electron';

const EARLIEST_MS = 500;
/** Spread, so that an office that opens its lids at nine does not report in one second. */
const JITTER_MS = 2_500;

export function onWake(checkAgain: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    // Waking and unlocking come together: one check answers both.
    clearTimeout(timer);
    timer = setTimeout(checkAgain, EARLIEST_MS + Math.random() * JITTER_MS);
  };
  powerMonitor.on('resume', soon);
  powerMonitor.on('unlock-screen', soon);
}

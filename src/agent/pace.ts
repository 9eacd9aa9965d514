/** When the agent turns to the service again. Pure. */
const MAX_BACKOFF_MS = 60 * 60 * 1000;
/** Until it has joined, a device tries again sooner: at its first start the network is often a moment late. */
const JOIN_AGAIN_MS = 15_000;
/** Nothing is wrong: somebody has to do something first, which may be at any moment. */
const WAITING: ReadonlySet<string> = new Set(['not-enrolled', 'device-pending', 'managed']);

/** Whether trying again sooner or later makes a difference. */
export const isFailure = (code: string): boolean => !WAITING.has(code);

/** ms until the next turn: at the interval where all is well, later the longer it fails; `random` (0 to 1) spreads a thousand agents. */
export function delayOf(
  { intervalMs, failures, joined }: { readonly intervalMs: number; readonly failures: number; readonly joined: boolean },
  random: number,
): number {
  const delay =
    joined || failures === 0
      ? Math.min(intervalMs * 2 ** Math.min(failures, 6), Math.max(intervalMs, MAX_BACKOFF_MS))
      : Math.min(JOIN_AGAIN_MS * 2 ** Math.min(failures - 1, 16), intervalMs);
  return delay * (0.9 + random * 0.2);
}

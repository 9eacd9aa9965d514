/** The ways in which a screen locks by itself. One that works is enough. */

export const LOCK_WAYS = ['idle', 'screen-saver', 'display', 'sleep', 'inactivity', 'mdm'] as const;

export interface LockWay {
  /** What makes it lock: no input at all, the screen saver, the display or the computer going to sleep, a limit that the administrator set. */
  readonly by: (typeof LOCK_WAYS)[number];
  /** Milliseconds without input; 0 is never. */
  readonly idleMs: number;
  /** Milliseconds from then until the password is asked for. */
  readonly delayMs: number;
}

export interface Lock {
  readonly desktop: string;
  readonly ways: LockWay[];
  /** Ways that could not be read: the screen may lock by one of these. */
  readonly unread: LockWay['by'][];
}

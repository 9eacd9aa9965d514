/** One condition of an access policy, compiled. */
import type { Asked } from '../asked.ts';
import type { Truth } from '../truth.ts';

export interface Condition {
  /** As the file names it: `when.users.include`. */
  readonly path: string;
  readonly test: (asked: Asked) => Truth;
  /** Why it does not hold, or cannot be known; for administrators. */
  readonly why: (asked: Asked) => string;
}

/** Named places on the network, and other things that conditions refer to by name. */
export interface Terms {
  readonly locations: ReadonlyMap<string, readonly string[]>;
}

export const list = (names: readonly string[]): string => names.join(', ');

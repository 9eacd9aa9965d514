/** What an attack is: one file in `attacks/ADVERSARY/`, one sentence on top of it, found by the suite by its place. */
import type { Outcome } from '../../src/model/index.ts';
import type { ServiceOptions } from '../../src/service/index.ts';
import type { Field } from './field.ts';
import type { Answer } from './wire.ts';

export interface Attack {
  /** What each answer to the attacker is: status, and the code of the refusal or the result: `400 jws-algorithm`, `200 duplicate`, `200`. */
  readonly gets: string;
  /** What is decided on the attacked device afterwards, where that is another than before. It is never a better one. */
  readonly afterwards?: Outcome;
  /** How the service is set up, where that is not as usual. */
  readonly service?: Partial<ServiceOptions>;
  /** Before anything is decided: makes the attacked device what it is to be. */
  readonly prepare?: (field: Field) => Promise<unknown>;
  /** The attack; what it was answered. What else it must not bring about it says by throwing. */
  readonly run: (field: Field) => Promise<Answer | readonly Answer[]>;
}

export const defineAttack = (attack: Attack): Attack => attack;

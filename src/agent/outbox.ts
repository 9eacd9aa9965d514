/**
 * Observations that the service has not acknowledged yet: unsigned, one file each, in order. Whole or not there at every
 * instant; what was acknowledged is known by its number, so that a crash between acknowledging and removing doubles nothing.
 */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { digestReadings } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { Reading } from '../model/index.ts';
import { makeFolder, readWhole, removeFile, writeDurably } from './durable.ts';

/** A day at the usual interval. Beyond it, observations that say the same as their neighbours go first. */
const MAX_WAITING = 288;

const Stored = Type.Object({
  /** By this device's clock, ms since the epoch. */
  observedAt: Type.Number(),
  readings: Type.Array(Reading),
});
const schema = Compile(Stored);

export interface Observation {
  readonly number: number;
  readonly observedAt: number;
  readonly readings: readonly Reading[];
}

export interface Outbox {
  /** Durable when it returns; its number. @throws StanceError `state-unwritable` */
  add(observation: Omit<Observation, 'number'>): number;
  /** The oldest behind that number. */
  next(after: number): Observation | undefined;
  /** Removes all up to that number. */
  drop(upTo: number): void;
  /** Number of the last that was added, in this life of the folder. */
  readonly last: number;
  /** Removes the outbox itself. */
  remove(): void;
  readonly size: number;
}

const nameOf = (number: number): string => `${String(number).padStart(12, '0')}.json`;

/** `acknowledged`: the number of the last observation that the service has. */
export function openOutbox(stateDir: string, acknowledged: number): Outbox {
  const folder = path.join(stateDir, 'outbox');
  const fileOf = (number: number): string => path.join(folder, nameOf(number));
  makeFolder(folder);
  const numbers = readdirSync(folder)
    .flatMap((name) => (/^\d{12}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b);
  let last = Math.max(acknowledged, numbers.at(-1) ?? 0);

  function read(number: number): Observation | undefined {
    try {
      const value: unknown = JSON.parse(readWhole(fileOf(number)) ?? '');
      if (schema.Check(value)) return { number, ...value };
    } catch {
      // Told by what follows: a file that cannot be read is no observation, and must not keep the others from being reported.
    }
    return undefined;
  }
  function remove(number: number): void {
    removeFile(fileOf(number));
    numbers.splice(numbers.indexOf(number), 1);
  }
  /** Makes room: the oldest that says the same as the one before and the one after it; where there is none, the oldest. */
  function thin(): void {
    const digests = numbers.map((number) => {
      const observation = read(number);
      return observation === undefined ? '' : digestReadings(observation.readings, sha256);
    });
    const dull = numbers.findIndex((_number, index) => index > 0 && digests[index] === digests[index - 1] && digests[index] === digests[index + 1]);
    remove(numbers[Math.max(0, dull)] as number);
  }

  return {
    add(observation) {
      while (numbers.length >= MAX_WAITING) thin();
      // Gone with the enrollment before this one, where the agent went on.
      makeFolder(folder);
      last++;
      writeDurably(fileOf(last), JSON.stringify(observation));
      numbers.push(last);
      return last;
    },
    next(after) {
      for (const number of [...numbers]) {
        const observation = number > after ? read(number) : undefined;
        if (observation !== undefined) return observation;
        remove(number);
      }
      return undefined;
    },
    drop(upTo) {
      for (const number of numbers.filter((candidate) => candidate <= upTo)) remove(number);
    },
    get last() {
      return last;
    },
    remove() {
      for (const number of [...numbers]) remove(number);
      rmSync(folder, { recursive: true, force: true });
    },
    get size() {
      return numbers.length;
    },
  };
}

/**
 * Whether sockets have come or gone, by the counts that Linux keeps of them (`sockstat` in its documentation of `/proc/net`): one read of
 * a file that stays open, where asking what listens takes five calls.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const FILE = '/proc/net/sockstat';
/** Six short lines. */
const MOST_BYTES = 4096;

export interface SocketCounts {
  /** True where a count is another than the last time, and where they cannot be read. */
  moved(): boolean;
  close(): void;
}

export function openSocketCounts(file: string = FILE): SocketCounts {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return { moved: () => true, close() {} };
  }
  let [now, before] = [Buffer.alloc(MOST_BYTES), Buffer.alloc(MOST_BYTES)];
  let length = -1;
  return {
    moved() {
      [now, before] = [before, now];
      const lengthBefore = length;
      try {
        length = readSync(descriptor, now, 0, MOST_BYTES, 0);
      } catch {
        length = -1;
      }
      return length < 0 || length !== lengthBefore || now.compare(before, 0, length, 0, length) !== 0;
    },
    close: () => closeSync(descriptor),
  };
}

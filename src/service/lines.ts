/** Lines of text that wait to be written, as bytes: thousands of texts that live for a second would be moved about by every garbage collection. */

/** Bytes, to begin with and to go back to. */
const START = 256 * 1024;
/** What is kept at the most while nothing waits. */
const KEPT = 32 * 1024 * 1024;

export interface Lines {
  readonly count: number;
  add(line: string): void;
  /** All of them, in UTF-8, a line break between two; good until the next is added. */
  written(): Uint8Array;
  clear(): void;
}

export function createLines(): Lines {
  let bytes = Buffer.allocUnsafe(START);
  let used = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(line) {
      // No character takes more than three bytes for each of its places.
      const most = used + 1 + 3 * line.length;
      if (most > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(most, 2 * bytes.length));
        bytes.copy(larger, 0, 0, used);
        bytes = larger;
      }
      if (count > 0) bytes[used++] = 0x0a;
      used += bytes.write(line, used);
      count++;
    },
    written: () => bytes.subarray(0, used),
    clear() {
      used = 0;
      count = 0;
      if (bytes.length > KEPT) bytes = Buffer.allocUnsafe(START);
    },
  };
}

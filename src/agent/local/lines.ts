/**
 * Lines out of a stream, and messages out of lines: bounded and strict, whatever comes in whatever pieces. No I/O. Schemas are not
 * compiled here: messages are few, and what a compiled one takes of memory is taken all the time.
 */
import { Value } from 'typebox/value';
import { strictJsonProblem } from '../../attest/strict-json.ts';
import { LOCAL_CALLS, LOCAL_VERSION, type LocalCall, LocalMessage, LocalRequest, MAX_LOCAL_BYTES, StanceError } from '../../model/index.ts';

const FIRST_BYTES = 4096;

export interface LineReader {
  /** Calls back for each whole line; ends early where that answers false. @throws StanceError `body-too-large` */
  push(chunk: Uint8Array): void;
  /** Bytes of a line that is not whole yet. */
  readonly waiting: number;
}

/** What waits is copied into one buffer that grows: many small pieces cost no more than one large one. */
export function createLineReader(onLine: (line: Uint8Array) => boolean, maxBytes: number = MAX_LOCAL_BYTES): LineReader {
  let kept = new Uint8Array(0);
  let size = 0;
  function keep(part: Uint8Array): void {
    if (size + part.length > maxBytes) throw new StanceError('body-too-large', `A message is larger than ${maxBytes} bytes.`);
    if (size + part.length > kept.length) {
      const grown = new Uint8Array(Math.min(maxBytes, Math.max(FIRST_BYTES, 2 * (size + part.length))));
      grown.set(kept.subarray(0, size));
      kept = grown;
    }
    kept.set(part, size);
    size += part.length;
  }
  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        keep(chunk.subarray(start, end));
        start = end + 1;
        const line = kept.subarray(0, size);
        [kept, size] = [new Uint8Array(0), 0];
        if (!onLine(line)) return;
      }
      if (start < chunk.length) keep(chunk.subarray(start));
    },
    get waiting() {
      return size;
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws StanceError `bad-request` */
function parseJson(line: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(line);
    value = JSON.parse(text);
  } catch (cause) {
    throw new StanceError('bad-request', 'A message is one JSON document in UTF-8 a line.', { cause });
  }
  const problem = strictJsonProblem(text);
  if (problem !== undefined) throw new StanceError('bad-request', `A message is not plain JSON: ${problem}.`);
  return value;
}

export interface Asked {
  readonly id: number;
  readonly call: LocalCall;
  readonly args: unknown;
}

const isCall = (name: string): name is LocalCall => Object.hasOwn(LOCAL_CALLS, name);

/** The request of a line, or why it is none; `id` where it could be made out. */
export function readRequest(line: Uint8Array): Asked | { readonly id: number | null; readonly refusal: StanceError } {
  try {
    const value = parseJson(line);
    if (!Value.Check(LocalRequest, value)) {
      const { id, v } = Object(value) as { id?: unknown; v?: unknown };
      const why = v !== undefined && v !== LOCAL_VERSION ? `Version ${LOCAL_VERSION} is spoken here.` : 'A request has v, id, call and args.';
      return { id: Number.isSafeInteger(id) ? (id as number) : null, refusal: new StanceError('bad-request', why) };
    }
    const { id, call, args } = value;
    if (!isCall(call)) return { id, refusal: new StanceError('not-found', 'There is no such call.') };
    return { id, call, args };
  } catch (error) {
    if (error instanceof StanceError) return { id: null, refusal: error };
    throw error;
  }
}

/** The message of a line. @throws StanceError `bad-request` */
export function readMessage(line: Uint8Array): LocalMessage {
  const value = parseJson(line);
  if (!Value.Check(LocalMessage, value)) throw new StanceError('bad-request', 'Not a message of a system agent that this version understands.');
  return value;
}

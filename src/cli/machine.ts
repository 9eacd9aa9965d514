/** The machine that a command reads: this one, or a recorded one. */
import { readFileSync, statSync } from 'node:fs';
import { createRealHost, createRecordedHost, parseRecording } from '../host/index.ts';
import { type Host, StanceError } from '../model/index.ts';

const MAX_RECORDING_BYTES = 32 * 1024 * 1024;

/** @throws StanceError `recording-invalid` */
export function readRecording(file: string): ReturnType<typeof parseRecording> {
  let text: string;
  try {
    if (statSync(file).size > MAX_RECORDING_BYTES) throw new StanceError('recording-invalid', `${file} is larger than 32 MiB.`);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError('recording-invalid', `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
  }
  return parseRecording(text);
}

export const hostFor = (replay: string | undefined): Host => (replay === undefined ? createRealHost() : createRecordedHost(readRecording(replay)));

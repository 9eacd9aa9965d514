/** What to make of sources that failed, where several were asked. Pure. */
import { attempt, DoorError, UnparsableError } from '../../model/index.ts';

/** From what says most to what says least: a refusal is worth more than an absent tool, and both more than a gap in a recording. */
const TELLING: readonly string[] = ['EACCES', 'EPERM', 'ETIMEDOUT', 'EOUTPUT'];
const SILENT: readonly string[] = ['ENOSYSTEMD', 'ENOENT', 'ENOTDIR', 'ENOTSUP', 'ENOTRECORDED'];
const rankOf = ({ code }: DoorError): number => {
  if (TELLING.includes(code)) return TELLING.indexOf(code);
  return TELLING.length + 1 + SILENT.indexOf(code);
};

/** The failure to report. @throws RangeError where there is none */
export function mostTelling(failures: readonly DoorError[]): DoorError {
  const [first] = [...failures].sort((a, b) => rankOf(a) - rankOf(b));
  if (first === undefined) throw new RangeError('nothing failed');
  return first;
}

/** The failure that an error is: an answer that is not understood is one that was not given. @throws what is neither */
function failureOf(error: unknown): DoorError {
  if (error instanceof DoorError) return error;
  if (error instanceof UnparsableError) return new DoorError('EOUTPUT', error.message);
  throw error;
}

/** A recording may be older than the question; a machine answers it one way or the other. */
export const isUnrecorded = (failure: unknown): boolean => failure instanceof DoorError && failure.code === 'ENOTRECORDED';

/** An answer, or why there is none that is understood. */
export const answerOf = <T>(work: Promise<T>): Promise<T | DoorError> => attempt(work).catch(failureOf);

/** The same for what is at hand already. */
export function answered<T>(read: () => T): T | DoorError {
  try {
    return read();
  } catch (error) {
    return failureOf(error);
  }
}

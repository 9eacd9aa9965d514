/** Which of several failures a reading reports, where no source of a check answered. */
import { DoorError, isAbsent } from '../../model/index.ts';

/** How little a failure says: one that names a cure (rights, time) says more than a source that this system does not have. */
function rank(error: unknown): number {
  if (!(error instanceof DoorError)) return 2;
  if (error.code === 'EACCES' || error.code === 'EPERM') return 0;
  if (error.code === 'ETIMEDOUT') return 1;
  if (error.code === 'ENOTRECORDED') return 5;
  return isAbsent(error) ? 4 : 3;
}

/** The most telling of the failures; of equal ones the first. */
export const mostTelling = (failures: readonly unknown[]): unknown => [...failures].sort((a, b) => rank(a) - rank(b))[0];

/** The value of a source, or what it threw: for readers that have another source to try. */
export async function tried<T>(answer: Promise<T>): Promise<{ readonly value: T } | { readonly failure: unknown }> {
  try {
    return { value: await answer };
  } catch (failure) {
    return { failure };
  }
}

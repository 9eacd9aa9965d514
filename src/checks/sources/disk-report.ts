/** What a disk says of its own health. */
import { type Static, Type } from 'typebox';

export const DiskReport = Type.Object({
  /** The model, or the system's name for the disk. */
  name: Type.String({ maxLength: 80 }),
  health: Type.Enum(['healthy', 'warning', 'failing', 'unknown'] as const),
});
export type DiskReport = Static<typeof DiskReport>;

/** Nothing to mend: the check describes the device. */
import type { Remedy } from '../../model/index.ts';

export const describesOnly = (): Remedy => ({
  steps: [{ en: 'Nothing to do: this only describes the device.', de: 'Nichts zu tun: Das beschreibt nur das Gerät.' }],
});

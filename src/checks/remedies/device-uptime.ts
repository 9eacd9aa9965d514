/** How to restart. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const RESTART: Readonly<Record<Platform, Words>> = {
  // On Windows "Shut down" keeps the old system running in a file (Fast Startup).
  win32: { en: 'Start > Power > Restart (not Shut down).', de: 'Start > Ein/Aus > Neu starten (nicht Herunterfahren).' },
  darwin: { en: 'Apple menu > Restart.', de: 'Apple-Menü > Neustart.' },
  linux: { en: 'System menu > Power Off > Restart.', de: 'Systemmenü > Ausschalten > Neu starten.' },
};

export const restart = (_value: unknown, platform: Platform): Remedy => ({
  steps: [{ en: 'Save your work.', de: 'Sichern Sie Ihre Arbeit.' }, RESTART[platform]],
});

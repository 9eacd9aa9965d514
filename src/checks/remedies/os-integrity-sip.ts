/** How to bring System Integrity Protection back to what Apple ships: in recovery, since a running system may not. */
import type { Remedy, Words } from '../../model/index.ts';

const RECOVERY: readonly Words[] = [
  {
    en: 'Shut down the Mac. Hold the power button until "Loading startup options" appears, then choose Options > Continue. On a Mac with an Intel processor: restart and hold Command-R.',
    de: 'Schalten Sie den Mac aus. Halten Sie den Ein-/Ausschalter gedrückt, bis „Startoptionen werden geladen“ erscheint, und wählen Sie Optionen > Fortfahren. Auf einem Mac mit Intel-Prozessor: neu starten und Befehl-R gedrückt halten.',
  },
  { en: 'In the menu bar: Utilities > Terminal.', de: 'In der Menüleiste: Dienstprogramme > Terminal.' },
];

const type = (command: string): Words => ({
  en: `Type ${command} and press Return. Then Apple menu > Restart.`,
  de: `Tippen Sie ${command} und drücken Sie den Zeilenschalter. Dann Apple-Menü > Neustart.`,
});

export const turnOnSip = (value: { readonly status: string } | undefined): Remedy => ({
  // `clear` takes a custom configuration away, which `enable` would keep parts of.
  steps: [...RECOVERY, type(value?.status === 'custom' ? 'csrutil clear' : 'csrutil enable')],
});

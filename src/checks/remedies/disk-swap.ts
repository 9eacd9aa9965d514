/** How swap comes to be encrypted. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import { LINUX_REINSTALL, macSteps, windowsSteps } from './disk-encryption.ts';

interface Value {
  readonly swaps: readonly { readonly name: string; readonly state: string }[];
}

/** Swap in compressed memory instead of on a partition in plain. */
export const swapInMemory: readonly Words[] = [
  {
    en: 'This takes an administrator. Open the program "Terminal" and type: sudo swapoff -a',
    de: 'Dafür braucht es Administratorrechte. Öffnen Sie das Programm „Terminal“, und tippen Sie: sudo swapoff -a',
  },
  {
    en: 'Type: sudo nano /etc/fstab — put a # in front of every line with the word "swap", then press Ctrl+O, Enter and Ctrl+X.',
    de: 'Tippen Sie: sudo nano /etc/fstab — setzen Sie ein # vor jede Zeile mit dem Wort „swap“, und drücken Sie dann Strg+O, Eingabe und Strg+X.',
  },
  {
    en: 'To have swap in memory instead: sudo apt install zram-tools (Ubuntu, Debian) or sudo dnf install zram-generator-defaults (Fedora).',
    de: 'Um stattdessen im Arbeitsspeicher auszulagern: sudo apt install zram-tools (Ubuntu, Debian) oder sudo dnf install zram-generator-defaults (Fedora).',
  },
  { en: 'Restart the device.', de: 'Starten Sie das Gerät neu.' },
];

const ENCRYPT_FIRST: Words = {
  en: 'Swap is a file on a disk that is not encrypted: encrypt the disk.',
  de: 'Ausgelagert wird in eine Datei auf einem unverschlüsselten Datenträger: Verschlüsseln Sie ihn.',
};

export function encryptSwap(value: Value | undefined, platform: Platform): Remedy {
  const name = value?.swaps.find(({ state }) => state === 'plain')?.name ?? '';
  const drive = /^a file on ([A-Z]:)$/.exec(name)?.[1];
  if (platform === 'win32') return { steps: [ENCRYPT_FIRST, ...windowsSteps(undefined, drive ?? 'C:').steps] };
  if (platform === 'darwin') {
    const { steps, open } = macSteps(undefined);
    return {
      steps: [
        { en: 'Bring macOS up to date: it encrypts swap by itself.', de: 'Aktualisieren Sie macOS: Es verschlüsselt Ausgelagertes von selbst.' },
        ...steps,
      ],
      ...(open ? { open } : {}),
    };
  }
  return name.startsWith('a file on') ? { steps: [ENCRYPT_FIRST, ...LINUX_REINSTALL] } : { steps: swapInMemory };
}

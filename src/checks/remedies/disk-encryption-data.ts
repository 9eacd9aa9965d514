/** How other disks come to be encrypted. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import type { VolumeState } from '../sources/volumes.ts';
import { KEEP_KEY, LINUX_REINSTALL, macSteps, windowsSteps, worst } from './disk-encryption.ts';
import { swapInMemory } from './disk-swap.ts';

interface Value {
  readonly volumes: readonly { readonly mount: string; readonly state: VolumeState }[];
}

const MAC_VOLUME: readonly Words[] = [
  {
    en: 'In the Finder, hold Control, click the other disk in the sidebar, and choose "Encrypt".',
    de: 'Klicken Sie im Finder bei gedrückter Ctrl-Taste auf die andere Festplatte in der Seitenleiste, und wählen Sie „Verschlüsseln“.',
  },
  {
    en: 'Set a password, and keep it somewhere other than on this Mac.',
    de: 'Legen Sie ein Passwort fest, und bewahren Sie es an einem anderen Ort als auf diesem Mac auf.',
  },
];

const linuxDisk = (mount: string): readonly Words[] => [
  { en: `Copy everything that lies in ${mount} to another disk.`, de: `Kopieren Sie alles, was in ${mount} liegt, auf einen anderen Datenträger.` },
  {
    en: 'Open the program "Disks", choose the disk, then the gear > Format Partition, and tick "Password protect volume (LUKS)". This erases it.',
    de: 'Öffnen Sie das Programm „Laufwerke“, wählen Sie den Datenträger, dann das Zahnrad > Partition formatieren, und haken Sie „Datenträger mit Passwort schützen (LUKS)“ an. Dabei wird er gelöscht.',
  },
  { en: 'Copy everything back.', de: 'Kopieren Sie alles zurück.' },
];

export function encryptData(value: Value | undefined, platform: Platform): Remedy {
  const volume = worst(value);
  if (platform === 'win32') {
    const { steps, open } = windowsSteps(volume?.state, volume?.mount ?? 'D:');
    // Device encryption takes all drives at once; a single one is in BitLocker's own window.
    return volume?.state === 'waiting' && open !== undefined ? { steps, open } : { steps };
  }
  if (platform === 'darwin') {
    const other = volume?.mount.startsWith('The volume ') === true && volume.state === 'plain';
    return other ? { steps: [...MAC_VOLUME] } : macSteps(volume?.state);
  }
  if (volume?.mount === 'swap') return { steps: swapInMemory };
  return volume === undefined || ['/', '/home', '/var/home'].includes(volume.mount)
    ? { steps: LINUX_REINSTALL }
    : { steps: [...linuxDisk(volume.mount), KEEP_KEY] };
}

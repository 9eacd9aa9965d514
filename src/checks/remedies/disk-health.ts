/** What to do with a disk that announces its end. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const BACK_UP: Readonly<Record<Platform, Words>> = {
  win32: {
    en: 'Save your files today: Settings > Accounts > Windows Backup, or copy them to another disk.',
    de: 'Sichern Sie Ihre Dateien noch heute: Einstellungen > Konten > Windows-Sicherung, oder kopieren Sie sie auf einen anderen Datenträger.',
  },
  darwin: {
    en: 'Save your files today: System Settings > General > Time Machine > Add Backup Disk.',
    de: 'Sichern Sie Ihre Dateien noch heute: Systemeinstellungen > Allgemein > Time Machine > Backup-Volume hinzufügen.',
  },
  linux: {
    en: 'Save your files today: open the program "Backups" (Déjà Dup), or copy them to another disk.',
    de: 'Sichern Sie Ihre Dateien noch heute: Öffnen Sie das Programm „Datensicherung“ (Déjà Dup), oder kopieren Sie sie auf einen anderen Datenträger.',
  },
};

export const replaceDisk = (_value: unknown, platform: Platform): Remedy => ({
  steps: [
    BACK_UP[platform],
    {
      en: 'Tell your administrator that the disk reports its end. It has to be replaced; nothing that you set will mend it.',
      de: 'Sagen Sie Ihrem Administrator, dass der Datenträger sein Ende ankündigt. Er muss ersetzt werden; mit Einstellungen lässt er sich nicht reparieren.',
    },
  ],
  ...(platform === 'win32' ? { open: 'ms-settings:disksandvolumes' } : {}),
});

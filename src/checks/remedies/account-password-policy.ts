/** How to have the system demand longer passwords. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const OWN: Words = {
  en: 'Choose a long password for yourself now: three or four words that do not belong together.',
  de: 'Wählen Sie für sich selbst gleich ein langes Passwort: drei oder vier Wörter, die nicht zusammengehören.',
};

const STEPS: Readonly<Record<Platform, readonly Words[]>> = {
  linux: [
    {
      en: 'Open a terminal and type: sudo apt install libpam-pwquality (Ubuntu, Debian; other systems have it already)',
      de: 'Öffnen Sie ein Terminal und tippen Sie: sudo apt install libpam-pwquality (Ubuntu, Debian; andere Systeme haben es schon)',
    },
    {
      en: 'Type: echo "minlen = 12" | sudo tee -a /etc/security/pwquality.conf',
      de: 'Tippen Sie: echo "minlen = 12" | sudo tee -a /etc/security/pwquality.conf',
    },
  ],
  darwin: [
    {
      en: 'Ask your IT department for a profile that sets the length of passwords: macOS has no switch for it.',
      de: 'Bitten Sie Ihre IT-Abteilung um ein Profil, das die Länge von Passwörtern festlegt: macOS hat keinen Schalter dafür.',
    },
  ],
  win32: [
    {
      en: 'Ask your IT department to set "Minimum password length" for this device.',
      de: 'Bitten Sie Ihre IT-Abteilung, für dieses Gerät „Minimale Kennwortlänge“ festzulegen.',
    },
  ],
};

export const demandLongerPasswords = (_value: unknown, platform: Platform): Remedy => ({ steps: [...STEPS[platform], OWN] });

/** How the system disk comes to be encrypted, by system and by what stands in the way. Shared by the checks of other disks and of swap. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import type { VolumeState } from '../sources/volumes.ts';

export const KEEP_KEY: Words = {
  en: 'Keep the recovery key somewhere other than on this device.',
  de: 'Bewahren Sie den Wiederherstellungsschlüssel an einem anderen Ort als auf diesem Gerät auf.',
};
const ON_POWER: Words = {
  en: 'Leave the device on power and switched on until it is done.',
  de: 'Lassen Sie das Gerät am Stromnetz und eingeschaltet, bis der Vorgang beendet ist.',
};

const MANAGE: Words = {
  en: 'Press Start, type "Manage BitLocker", and open it.',
  de: 'Drücken Sie Start, tippen Sie „BitLocker verwalten“, und öffnen Sie es.',
};
const DEVICE_ENCRYPTION: Words = {
  en: 'Settings > Privacy & security > Device encryption: switch it on.',
  de: 'Einstellungen > Datenschutz und Sicherheit > Geräteverschlüsselung: einschalten.',
};
const WINDOWS_SETTINGS = 'ms-settings:deviceencryption';

/** Steps on Windows for a drive in words, by its state. */
export function windowsSteps(state: VolumeState | undefined, drive: string): Remedy {
  const turnOn: Words = {
    en: `Beside ${drive} choose "Turn on BitLocker". On Windows Home, where that is missing: Settings > Privacy & security > Device encryption > On.`,
    de: `Wählen Sie neben ${drive} „BitLocker aktivieren“. Bei Windows Home, wo das fehlt: Einstellungen > Datenschutz und Sicherheit > Geräteverschlüsselung > Ein.`,
  };
  switch (state) {
    case 'suspended':
      return { steps: [MANAGE, { en: `Beside ${drive} choose "Resume protection".`, de: `Wählen Sie neben ${drive} „Schutz fortsetzen“.` }] };
    case 'waiting':
      return {
        steps: [
          {
            en: 'Settings > Accounts > Your info: sign in with a Microsoft account. For a work device: Settings > Accounts > Access work or school > Connect.',
            de: 'Einstellungen > Konten > Ihre Infos: Melden Sie sich mit einem Microsoft-Konto an. Bei einem Arbeitsgerät: Einstellungen > Konten > Auf Arbeits- oder Schulkonto zugreifen > Verbinden.',
          },
          DEVICE_ENCRYPTION,
        ],
        open: WINDOWS_SETTINGS,
      };
    case 'encrypting':
      return { steps: [ON_POWER] };
    case 'decrypting':
      return {
        steps: [
          {
            en: 'Wait until decryption has ended; it cannot be turned around.',
            de: 'Warten Sie, bis die Entschlüsselung beendet ist; sie lässt sich nicht umkehren.',
          },
          MANAGE,
          turnOn,
          KEEP_KEY,
        ],
      };
    case 'not-encryptable':
      return {
        steps: [
          {
            en: `${drive} has a file system or a layout that BitLocker does not take. Ask your administrator whether it can be moved or formatted anew.`,
            de: `${drive} hat ein Dateisystem oder eine Aufteilung, die BitLocker nicht unterstützt. Fragen Sie Ihren Administrator, ob es verschoben oder neu formatiert werden kann.`,
          },
        ],
      };
    default:
      return { steps: [MANAGE, turnOn, KEEP_KEY, ON_POWER], open: WINDOWS_SETTINGS };
  }
}

const FILEVAULT = 'x-apple.systempreferences:com.apple.settings.PrivacySecurity.extension?FileVault';

/** Steps on a Mac for its startup disk, by its state. */
export function macSteps(state: VolumeState | undefined): Remedy {
  switch (state) {
    case 'encrypting':
      return { steps: [ON_POWER], open: FILEVAULT };
    case 'after-restart':
      return { steps: [{ en: 'Save your work. Apple menu > Restart.', de: 'Sichern Sie Ihre Arbeit. Apple-Menü > Neustart.' }] };
    case 'deferred':
      return {
        steps: [
          { en: 'Save your work. Apple menu > Log Out.', de: 'Sichern Sie Ihre Arbeit. Apple-Menü > Abmelden.' },
          { en: 'Log in again and agree when FileVault asks.', de: 'Melden Sie sich wieder an, und stimmen Sie zu, wenn FileVault fragt.' },
        ],
      };
    default:
      return {
        steps: [
          ...(state === 'decrypting'
            ? [
                {
                  en: 'Wait until decryption has ended, and restart the Mac.',
                  de: 'Warten Sie, bis die Entschlüsselung beendet ist, und starten Sie den Mac neu.',
                },
              ]
            : []),
          {
            en: 'Apple menu > System Settings > Privacy & Security > FileVault > Turn On.',
            de: 'Apple-Menü > Systemeinstellungen > Datenschutz & Sicherheit > FileVault > Aktivieren.',
          },
          {
            en: 'Choose where the recovery key is kept: not on this Mac alone.',
            de: 'Wählen Sie, wo der Wiederherstellungsschlüssel liegt: nicht nur auf diesem Mac.',
          },
          ON_POWER,
        ],
        open: FILEVAULT,
      };
  }
}

export const LINUX_REINSTALL: readonly Words[] = [
  {
    en: 'Back up your files to another disk. An installed Linux cannot be encrypted safely afterwards: it has to be installed anew.',
    de: 'Sichern Sie Ihre Dateien auf einen anderen Datenträger. Ein installiertes Linux lässt sich nachträglich nicht sicher verschlüsseln: Es muss neu installiert werden.',
  },
  {
    en: 'Start the installer and choose encryption. Ubuntu: on the page about the disk, the choice with encryption (under "Advanced features" on older versions). Fedora: "Encrypt my data". Debian: "Guided - use entire disk and set up encrypted LVM".',
    de: 'Starten Sie die Installation, und wählen Sie die Verschlüsselung. Ubuntu: auf der Seite zur Festplatte die Auswahl mit Verschlüsselung (bei älteren Versionen unter „Erweiterte Funktionen“). Fedora: „Meine Daten verschlüsseln“. Debian: „Geführt - gesamte Platte mit verschlüsseltem LVM“.',
  },
  { en: 'Keep the passphrase somewhere other than on this device.', de: 'Bewahren Sie die Passphrase an einem anderen Ort als auf diesem Gerät auf.' },
];

interface Value {
  readonly volumes: readonly { readonly mount: string; readonly state: VolumeState }[];
}

/** The volume that a remedy is for: the first that is not as it should be. */
export const worst = (value: Value | undefined) => value?.volumes.find(({ state }) => state !== 'encrypted' && state !== 'locked');

export function encryptSystem(value: Value | undefined, platform: Platform): Remedy {
  const volume = worst(value);
  if (platform === 'win32') return windowsSteps(volume?.state, volume?.mount ?? 'C:');
  return platform === 'darwin' ? macSteps(volume?.state) : { steps: volume?.state === 'encrypting' ? [ON_POWER] : LINUX_REINSTALL };
}

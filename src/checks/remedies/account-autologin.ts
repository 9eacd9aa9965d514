/** How to switch automatic login off. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import type { AutoLogin } from '../sources/autologin-linux.ts';

const GNOME: readonly Words[] = [
  { en: 'Open Settings > System > Users.', de: 'Öffnen Sie Einstellungen > System > Benutzer.' },
  { en: 'Click Unlock and enter your password.', de: 'Klicken Sie auf „Entsperren“ und geben Sie Ihr Passwort ein.' },
  { en: 'Switch Automatic Login off.', de: 'Schalten Sie „Automatische Anmeldung“ aus.' },
];
const KDE: readonly Words[] = [
  {
    en: 'Open System Settings and search for "Login Screen".',
    de: 'Öffnen Sie die Systemeinstellungen und suchen Sie nach „Anmeldebildschirm“.',
  },
  {
    en: 'Click Behavior, untick "Automatically log in", and click Apply.',
    de: 'Klicken Sie auf „Verhalten“, entfernen Sie das Häkchen bei „Automatisch anmelden“ und klicken Sie auf „Anwenden“.',
  },
];
/** Login screens without a window for it. */
const inFile = (path: string, setting: string): readonly Words[] => [
  {
    en: `Ask your IT department, or whoever set this computer up, to take "${setting}" out of ${path}.`,
    de: `Bitten Sie Ihre IT-Abteilung, oder wer diesen Computer eingerichtet hat, „${setting}“ aus ${path} zu entfernen.`,
  },
  { en: 'Restart the computer.', de: 'Starten Sie den Computer neu.' },
];

const LINUX: Readonly<Record<string, readonly Words[]>> = {
  sddm: KDE,
  plasmalogin: KDE,
  lightdm: inFile('/etc/lightdm/lightdm.conf', 'autologin-user'),
  lxdm: inFile('/etc/lxdm/lxdm.conf', 'autologin'),
  greetd: inFile('/etc/greetd/config.toml', '[initial_session]'),
  console: inFile('/etc/systemd/system/getty@tty1.service.d', '--autologin'),
};

export function switchAutoLoginOff(value: AutoLogin | undefined, platform: Platform): Remedy {
  switch (platform) {
    case 'darwin':
      return {
        steps: [
          { en: 'Open System Settings > Users & Groups.', de: 'Öffnen Sie Systemeinstellungen > Benutzer & Gruppen.' },
          { en: 'For "Automatically log in as", choose Off.', de: 'Wählen Sie bei „Automatisch anmelden als“ die Einstellung „Aus“.' },
          {
            en: 'Better still: turn FileVault on (System Settings > Privacy & Security > FileVault). Then nobody is logged in automatically.',
            de: 'Noch besser: Schalten Sie FileVault ein (Systemeinstellungen > Datenschutz & Sicherheit > FileVault). Dann wird niemand automatisch angemeldet.',
          },
        ],
        open: 'x-apple.systempreferences:com.apple.Users-Groups-Settings.extension',
      };
    case 'win32':
      return {
        steps: [
          { en: 'Press Windows+R, type netplwiz, and press Enter.', de: 'Drücken Sie Windows+R, tippen Sie netplwiz und drücken Sie die Eingabetaste.' },
          {
            en: 'Tick "Users must enter a user name and password to use this computer", and click OK.',
            de: 'Setzen Sie das Häkchen bei „Benutzer müssen Benutzernamen und Kennwort eingeben“ und klicken Sie auf „OK“.',
          },
          {
            en: 'If that box is not there: Settings > Accounts > Sign-in options, switch "For improved security, only allow Windows Hello sign-in" off, and look again.',
            de: 'Wenn es dieses Häkchen nicht gibt: Einstellungen > Konten > Anmeldeoptionen, schalten Sie dort die Anmeldung nur mit Windows Hello aus und sehen Sie noch einmal nach.',
          },
        ],
      };
    case 'linux':
      return { steps: (value === undefined ? undefined : LINUX[value.by]) ?? GNOME };
  }
}

/** How to work without an administrator's rights. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const KEEP_ONE: Words = {
  en: 'There must be another administrator first; otherwise nobody can manage this device any more. Ask your IT department if in doubt.',
  de: 'Vorher muss es einen anderen Administrator geben, sonst kann niemand mehr dieses Gerät verwalten. Fragen Sie im Zweifel Ihre IT-Abteilung.',
};

const STEPS: Readonly<Record<Platform, readonly Words[]>> = {
  win32: [
    {
      en: 'As that administrator: Settings > Accounts > Other users > your account > Change account type > Standard User.',
      de: 'Als dieser Administrator: Einstellungen > Konten > Andere Benutzer > Ihr Konto > Kontotyp ändern > Standardbenutzer.',
    },
  ],
  darwin: [
    {
      en: 'As that administrator: System Settings > Users & Groups > (i) beside your account > switch "Allow this user to administer this computer" off.',
      de: 'Als dieser Administrator: Systemeinstellungen > Benutzer & Gruppen > (i) neben Ihrem Account > „Dieser Benutzer darf diesen Computer verwalten“ ausschalten.',
    },
    { en: 'Restart the Mac.', de: 'Starten Sie den Mac neu.' },
  ],
  linux: [
    {
      en: 'As that administrator: Settings > System > Users > your account > switch Administrator off.',
      de: 'Als dieser Administrator: Einstellungen > System > Benutzer > Ihr Konto > „Systemverwalter“ ausschalten.',
    },
    { en: 'Log out and in again.', de: 'Melden Sie sich ab und wieder an.' },
  ],
};

const PANES: Readonly<Partial<Record<Platform, string>>> = {
  win32: 'ms-settings:otherusers',
  darwin: 'x-apple.systempreferences:com.apple.Users-Groups-Settings.extension',
};

export function becomeStandardUser(_value: unknown, platform: Platform): Remedy {
  const open = PANES[platform];
  return { steps: [KEEP_ONE, ...STEPS[platform]], ...(open === undefined ? {} : { open }) };
}

/** How to enrol a device in management. */
import type { Platform, Remedy } from '../../model/index.ts';

const BY_SYSTEM: Readonly<Record<Platform, Remedy>> = {
  win32: {
    steps: [
      { en: 'Settings > Accounts > Access work or school > Connect.', de: 'Einstellungen > Konten > Auf Arbeits- oder Schulkonto zugreifen > Verbinden.' },
      { en: 'Sign in with your work account.', de: 'Melden Sie sich mit Ihrem Arbeitskonto an.' },
    ],
    open: 'ms-settings:workplace',
  },
  darwin: {
    steps: [
      {
        en: 'Ask your administrator for the enrolment page or profile of your organisation, and open it.',
        de: 'Fragen Sie Ihre Administration nach der Registrierungsseite oder dem Profil Ihrer Organisation und öffnen Sie es.',
      },
      {
        en: 'System Settings > General > Device Management > double-click the profile > Enrol.',
        de: 'Systemeinstellungen > Allgemein > Geräteverwaltung > Doppelklick auf das Profil > Registrieren.',
      },
    ],
    open: 'x-apple.systempreferences:com.apple.Profiles-Settings.extension',
  },
  linux: { steps: [{ en: 'Ask your administrator.', de: 'Fragen Sie Ihre Administration.' }] },
};

export const enrol = (_value: unknown, platform: Platform): Remedy => BY_SYSTEM[platform];

/** How to make the screen lock by itself. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import type { Lock } from '../sources/screen-lock.ts';

const GNOME: readonly Words[] = [
  { en: 'Open Settings > Privacy & Security > Screen Lock.', de: 'Öffnen Sie Einstellungen > Datenschutz und Sicherheit > Bildschirmsperre.' },
  { en: 'Switch Automatic Screen Lock on.', de: 'Schalten Sie „Automatische Bildschirmsperre“ ein.' },
  {
    en: 'Choose 15 minutes or less for Blank Screen Delay, and "Screen Turns Off" for Automatic Screen Lock Delay.',
    de: 'Wählen Sie für das Abschalten des Bildschirms 15 Minuten oder weniger, und für die Sperre, dass sie gleich beim Abschalten greift.',
  },
];

const OTHER_DESKTOPS: Readonly<Record<string, readonly Words[]>> = {
  KDE: [
    {
      en: 'Open System Settings and search for "Screen Locking".',
      de: 'Öffnen Sie die Systemeinstellungen und suchen Sie nach „Bildschirmsperre“.',
    },
    {
      en: 'Tick "Lock screen automatically" and choose 15 minutes or less.',
      de: 'Setzen Sie das Häkchen bei „Bildschirm automatisch sperren“ und wählen Sie 15 Minuten oder weniger.',
    },
    {
      en: 'For the delay before the password is required, choose a minute or less.',
      de: 'Wählen Sie für die Zeit, nach der das Passwort verlangt wird, eine Minute oder weniger.',
    },
  ],
  'X-Cinnamon': [
    { en: 'Open System Settings > Screensaver.', de: 'Öffnen Sie Systemeinstellungen > Bildschirmschoner.' },
    {
      en: 'Choose a delay of 15 minutes or less and switch "Lock the computer after the screensaver starts" on.',
      de: 'Wählen Sie höchstens 15 Minuten bis zum Bildschirmschoner und schalten Sie das Sperren nach dessen Start ein.',
    },
  ],
  MATE: [
    { en: 'Open System > Preferences > Look and Feel > Screensaver.', de: 'Öffnen Sie System > Einstellungen > Erscheinungsbild > Bildschirmschoner.' },
    {
      en: 'Tick both "Activate screensaver when computer is idle" and "Lock screen when screensaver is active", and choose 15 minutes or less.',
      de: 'Setzen Sie beide Häkchen: dass der Bildschirmschoner startet und dass er sperrt. Wählen Sie 15 Minuten oder weniger.',
    },
  ],
};

const MAC_PASSWORD: Words = {
  en: 'For "Require password after screen saver begins or display is turned off", choose Immediately.',
  de: 'Wählen Sie „Sofort“ bei „Passwort erforderlich, nachdem der Bildschirmschoner gestartet oder das Display ausgeschaltet wurde“.',
};
const MAC_IDLE: Words = {
  en: 'Choose 10 minutes or less for "Turn display off", on battery and on power adapter.',
  de: 'Wählen Sie 10 Minuten oder weniger dafür, dass sich das Display ausschaltet: bei Batteriebetrieb und bei Netzbetrieb.',
};

const WINDOWS: readonly Words[] = [
  { en: 'Open Settings > Accounts > Sign-in options.', de: 'Öffnen Sie Einstellungen > Konten > Anmeldeoptionen.' },
  {
    en: 'Under "If you\'ve been away, when should Windows require you to sign in again?", choose "Every time" or "When PC wakes up from sleep".',
    de: 'Wählen Sie bei „Wann soll Windows nach Abwesenheit eine erneute Anmeldung anfordern?“ „Jedes Mal“ oder „Wenn der PC aus dem Energiesparmodus reaktiviert wird“.',
  },
  {
    en: 'Open Settings > System > Power & battery > Screen, sleep, & hibernate timeouts, and choose 15 minutes or less, plugged in and on battery.',
    de: 'Öffnen Sie Einstellungen > System > Netzbetrieb und Akku und wählen Sie dort für Bildschirm und Energiesparmodus 15 Minuten oder weniger, im Netz- und im Akkubetrieb.',
  },
];

export function lockScreen(value: Lock | undefined, platform: Platform): Remedy {
  switch (platform) {
    case 'darwin': {
      // Only what is wrong, where that is known: the password comes too late or never, or the screen stays on.
      const [asksLate, staysOn] =
        value === undefined || value.ways.length === 0
          ? [true, value === undefined]
          : [value.ways.some(({ delayMs }) => delayMs > 5_000), !value.ways.some(({ idleMs }) => idleMs > 0 && idleMs <= 900_000)];
      return {
        steps: [
          { en: 'Open System Settings > Lock Screen.', de: 'Öffnen Sie Systemeinstellungen > Sperrbildschirm.' },
          ...(asksLate || !staysOn ? [MAC_PASSWORD] : []),
          ...(staysOn ? [MAC_IDLE] : []),
        ],
        open: 'x-apple.systempreferences:com.apple.Lock-Screen-Settings.extension',
      };
    }
    case 'win32':
      return { steps: WINDOWS, open: 'ms-settings:signinoptions' };
    case 'linux':
      return { steps: (value === undefined ? undefined : OTHER_DESKTOPS[value.desktop]) ?? GNOME };
  }
}

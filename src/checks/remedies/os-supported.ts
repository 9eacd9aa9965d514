/** How to get a release that its maker supports. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const BACK_UP: Words = { en: 'Back up your files.', de: 'Sichern Sie Ihre Dateien.' };
const NEWER_DEVICE: Words = {
  en: 'If no newer version is offered, this device is too old for it: ask your administrator for a newer one.',
  de: 'Wird keine neuere Version angeboten, ist dieses Gerät zu alt dafür: Bitten Sie Ihre Administration um ein neueres.',
};

const UBUNTU: Words = {
  en: 'Open Software Updater: it offers the next version. (In a terminal: sudo do-release-upgrade)',
  de: 'Öffnen Sie „Aktualisierungsverwaltung“: Sie bietet die nächste Version an. (Im Terminal: sudo do-release-upgrade)',
};
const FEDORA: Words = {
  en: 'Open Software > Updates: it offers the next Fedora. (In a terminal: sudo dnf system-upgrade)',
  de: 'Öffnen Sie Software > Aktualisierungen: Dort wird das nächste Fedora angeboten. (Im Terminal: sudo dnf system-upgrade)',
};
const OTHER: Words = {
  en: 'Ask your administrator for the next release of your system.',
  de: 'Bitten Sie Ihre Administration um die nächste Ausgabe Ihres Systems.',
};
const SERVER: Words = {
  en: 'A server is moved to a newer Windows Server by its administrator; ask there.',
  de: 'Einen Server stellt die Administration auf ein neueres Windows Server um; fragen Sie dort nach.',
};

const STEPS: Readonly<Record<Exclude<Platform, 'linux'>, readonly Words[]>> = {
  win32: [
    BACK_UP,
    {
      en: 'Settings > Windows Update > Check for updates, then download and install the newest Windows 11 version that is offered.',
      de: 'Einstellungen > Windows Update > Nach Updates suchen, dann die neueste angebotene Version von Windows 11 herunterladen und installieren.',
    },
    NEWER_DEVICE,
  ],
  darwin: [
    BACK_UP,
    {
      en: 'System Settings > General > Software Update > Upgrade Now, next to the newest macOS.',
      de: 'Systemeinstellungen > Allgemein > Softwareupdate > Jetzt upgraden, neben dem neuesten macOS.',
    },
    NEWER_DEVICE,
  ],
};

const SETTINGS = { win32: 'ms-settings:windowsupdate', darwin: 'x-apple.systempreferences:com.apple.Software-Update-Settings.extension' };

export function newerRelease(value: { readonly os: string; readonly edition?: string } | undefined, platform: Platform): Remedy {
  if (platform === 'linux') return { steps: [BACK_UP, value?.os === 'ubuntu' ? UBUNTU : value?.os === 'fedora' ? FEDORA : OTHER] };
  if (value?.edition === 'server') return { steps: [BACK_UP, SERVER] };
  return { steps: STEPS[platform], open: SETTINGS[platform] };
}

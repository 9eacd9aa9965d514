/** How to install the updates that wait. Shared by the checks of patch level and of pending updates. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const RESTART_IF_ASKED: Words = { en: 'Restart if it asks you to.', de: 'Starten Sie neu, wenn Sie dazu aufgefordert werden.' };

const STEPS: Readonly<Record<Platform, readonly Words[]>> = {
  win32: [
    {
      en: 'Settings > Windows Update. If updates are paused: Resume updates.',
      de: 'Einstellungen > Windows Update. Sind Updates angehalten: Updates fortsetzen.',
    },
    { en: 'Check for updates, and install everything that is offered.', de: 'Nach Updates suchen, und alles installieren, was angeboten wird.' },
    { en: 'Restart now, when it is offered.', de: 'Jetzt neu starten, sobald es angeboten wird.' },
  ],
  darwin: [
    {
      en: 'System Settings > General > Software Update, then Update Now.',
      de: 'Systemeinstellungen > Allgemein > Softwareupdate, dann „Jetzt aktualisieren“.',
    },
    { en: 'Keep the Mac plugged in; it restarts by itself.', de: 'Lassen Sie den Mac am Strom; er startet von selbst neu.' },
  ],
  linux: [
    {
      en: 'Open Software Updater (Ubuntu) or Software > Updates (Fedora, Debian, openSUSE) and install what it offers.',
      de: 'Öffnen Sie „Aktualisierungsverwaltung“ (Ubuntu) oder Software > Aktualisierungen (Fedora, Debian, openSUSE) und installieren Sie, was angeboten wird.',
    },
    RESTART_IF_ASKED,
    {
      en: 'Or in a terminal: sudo apt update && sudo apt full-upgrade (Ubuntu, Debian), sudo dnf upgrade (Fedora), sudo zypper patch (openSUSE).',
      de: 'Oder im Terminal: sudo apt update && sudo apt full-upgrade (Ubuntu, Debian), sudo dnf upgrade (Fedora), sudo zypper patch (openSUSE).',
    },
  ],
};

const SETTINGS: Readonly<Partial<Record<Platform, string>>> = {
  win32: 'ms-settings:windowsupdate',
  darwin: 'x-apple.systempreferences:com.apple.Software-Update-Settings.extension',
};

export const installUpdates = (_value: unknown, platform: Platform): Remedy => {
  const open = SETTINGS[platform];
  return { steps: STEPS[platform], ...(open === undefined ? {} : { open }) };
};

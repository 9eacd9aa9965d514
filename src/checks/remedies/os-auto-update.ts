/** How to switch automatic updates on. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

interface State {
  readonly mode: 'install' | 'ask' | 'off';
  readonly by: string;
  readonly off?: readonly string[];
  readonly pausedUntil?: string | null;
}

const RESUME: Words = { en: 'Settings > Windows Update > Resume updates.', de: 'Einstellungen > Windows Update > Updates fortsetzen.' };
const WINDOWS_ON: readonly Words[] = [
  {
    en: 'If Settings > Windows Update says that your organisation manages some settings, ask your administrator to switch automatic updates on.',
    de: 'Steht unter Einstellungen > Windows Update, dass Ihre Organisation einige Einstellungen verwaltet, bitten Sie Ihre Administration, automatische Updates einzuschalten.',
  },
  {
    en: 'Otherwise: press Start, type "services", open Services, and set "Windows Update" and "Update Orchestrator Service" to a startup type other than Disabled.',
    de: 'Sonst: Start drücken, „Dienste“ eingeben, Dienste öffnen und bei „Windows Update“ und „Update Orchestrator Service“ einen anderen Starttyp als „Deaktiviert“ wählen.',
  },
];
const MACOS: readonly Words[] = [
  {
    en: 'System Settings > General > Software Update > the (i) next to Automatic Updates.',
    de: 'Systemeinstellungen > Allgemein > Softwareupdate > das (i) neben „Automatische Updates“.',
  },
  { en: 'Switch everything on, then click Done.', de: 'Schalten Sie alles ein und klicken Sie auf „Fertig“.' },
  {
    en: 'Switches that are grey are set by your organisation: ask your administrator.',
    de: 'Ausgegraute Schalter gibt Ihre Organisation vor: Fragen Sie Ihre Administration.',
  },
];
const APT: readonly Words[] = [
  {
    en: 'Ubuntu: Software & Updates > Updates > When there are security updates: Download and install automatically.',
    de: 'Ubuntu: Anwendungen & Aktualisierungen > Aktualisierungen > Wenn Sicherheitsaktualisierungen verfügbar sind: Automatisch herunterladen und installieren.',
  },
  {
    en: 'Debian, in a terminal: sudo apt install unattended-upgrades && sudo dpkg-reconfigure -plow unattended-upgrades, and answer Yes.',
    de: 'Debian, im Terminal: sudo apt install unattended-upgrades && sudo dpkg-reconfigure -plow unattended-upgrades, und mit Ja antworten.',
  },
];
/** A timer that was stopped stays so, whatever the settings say. */
const APT_TIMER: Words = {
  en: 'In a terminal: sudo systemctl unmask apt-daily.timer apt-daily-upgrade.timer && sudo systemctl enable --now apt-daily.timer apt-daily-upgrade.timer',
  de: 'Im Terminal: sudo systemctl unmask apt-daily.timer apt-daily-upgrade.timer && sudo systemctl enable --now apt-daily.timer apt-daily-upgrade.timer',
};
const DNF: readonly Words[] = [
  {
    en: 'Software > the menu ≡ > Update Preferences > Automatic Updates: on.',
    de: 'Software > das Menü ≡ > Aktualisierungseinstellungen > Automatische Aktualisierungen: an.',
  },
  {
    en: 'Without a desktop, in a terminal: sudo dnf install dnf5-plugin-automatic, write "apply_updates = yes" under [commands] in /etc/dnf/automatic.conf, then sudo systemctl enable --now dnf5-automatic.timer',
    de: 'Ohne Desktop, im Terminal: sudo dnf install dnf5-plugin-automatic, in /etc/dnf/automatic.conf unter [commands] „apply_updates = yes“ schreiben, dann sudo systemctl enable --now dnf5-automatic.timer',
  },
];
const OTHER: Words = {
  en: 'Ask your administrator to switch automatic updates on.',
  de: 'Bitten Sie Ihre Administration, automatische Aktualisierungen einzuschalten.',
};

function onLinux(value: State | undefined): readonly Words[] {
  if (value?.by === 'unattended-upgrades') return value.off?.some((reason) => reason.includes('.timer')) === true ? [APT_TIMER] : APT;
  if (value?.by === 'dnf-automatic' || value?.by === 'GNOME Software') return DNF;
  return value === undefined ? [...APT, ...DNF.slice(0, 1)] : [OTHER];
}

export function switchUpdatesOn(value: State | undefined, platform: Platform): Remedy {
  if (platform === 'linux') return { steps: onLinux(value) };
  if (platform === 'darwin') return { steps: MACOS, open: 'x-apple.systempreferences:com.apple.Software-Update-Settings.extension' };
  const steps = value?.mode === 'off' ? WINDOWS_ON : value?.pausedUntil !== undefined ? [RESUME] : [RESUME, ...WINDOWS_ON];
  return { steps, open: 'ms-settings:windowsupdate' };
}

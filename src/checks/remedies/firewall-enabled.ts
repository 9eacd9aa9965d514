/** How to switch the firewall on, or let it refuse again. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import type { Firewall } from '../sources/firewall.ts';

const TERMINAL: Words = {
  en: 'Open a terminal: press the Windows key, type "Terminal" and press Enter.',
  de: 'Öffnen Sie ein Terminal: Windows-Taste drücken, „Terminal“ eingeben, Eingabetaste.',
};
const type = (command: string): Words => ({
  en: `Type: ${command} — then press Enter and give your password.`,
  de: `Geben Sie ein: ${command} – dann Eingabetaste und Ihr Passwort.`,
});
const REMOTE: Words = {
  en: 'Only if you reach this computer by SSH, first type: sudo ufw allow OpenSSH',
  de: 'Nur wenn Sie per SSH auf diesen Computer zugreifen, geben Sie zuerst ein: sudo ufw allow OpenSSH',
};

function onLinux(value: Firewall | undefined): readonly Words[] {
  if (value?.product === 'ufw' && value.cause === 'admits-all') return [TERMINAL, REMOTE, type('sudo ufw default deny incoming')];
  if (value?.product === 'firewalld') return [TERMINAL, type('sudo firewall-cmd --set-default-zone=public')];
  if (value?.product === 'ufw') return [TERMINAL, REMOTE, type('sudo ufw enable')];
  return [
    TERMINAL,
    {
      en: 'Ubuntu, Debian, Mint: type: sudo apt install ufw — then: sudo ufw enable (only if you reach this computer by SSH, between the two: sudo ufw allow OpenSSH)',
      de: 'Ubuntu, Debian, Mint: Geben Sie ein: sudo apt install ufw – danach: sudo ufw enable (nur wenn Sie per SSH auf diesen Computer zugreifen, dazwischen: sudo ufw allow OpenSSH)',
    },
    {
      en: 'Fedora, openSUSE: type: sudo systemctl enable --now firewalld',
      de: 'Fedora, openSUSE: Geben Sie ein: sudo systemctl enable --now firewalld',
    },
  ];
}

const PROFILE_NAMES = {
  Domain: { en: 'Domain network', de: 'Domänennetzwerk' },
  Private: { en: 'Private network', de: 'Privates Netzwerk' },
  Public: { en: 'Public network', de: 'Öffentliches Netzwerk' },
} as const satisfies Record<string, Words>;

function onWindows(value: Firewall | undefined): readonly Words[] {
  const profiles = value?.profiles ?? (['Domain', 'Private', 'Public'] as const);
  const names = (language: 'en' | 'de'): string => profiles.map((profile) => PROFILE_NAMES[profile][language]).join(', ');
  const open: Words = {
    en: 'Open Windows Security > Firewall & network protection.',
    de: 'Öffnen Sie Windows-Sicherheit > Firewall- und Netzwerkschutz.',
  };
  if (value?.cause === 'service-stopped')
    return [
      { en: 'Restart the computer: Start > Power > Restart.', de: 'Starten Sie den Computer neu: Start > Ein/Aus > Neu starten.' },
      {
        en: 'If the firewall still does not run, ask your administrator to set the service "Windows Defender Firewall" to start automatically.',
        de: 'Läuft die Firewall dann immer noch nicht, bitten Sie Ihre Administration, den Dienst „Windows Defender Firewall“ auf automatischen Start zu stellen.',
      },
    ];
  if (value?.cause === 'admits-all')
    return [
      open,
      {
        en: 'Choose Advanced settings, then Windows Defender Firewall Properties.',
        de: 'Wählen Sie Erweiterte Einstellungen, dann Windows Defender Firewalleigenschaften.',
      },
      {
        en: `On the tab of each of these, set Inbound connections to Block: ${names('en')}.`,
        de: `Stellen Sie auf der Registerkarte von jedem hiervon Eingehende Verbindungen auf Blockieren: ${names('de')}.`,
      },
    ];
  return [
    open,
    {
      en: `Click each of these and switch Microsoft Defender Firewall on: ${names('en')}.`,
      de: `Klicken Sie auf jedes hiervon und schalten Sie Microsoft Defender Firewall ein: ${names('de')}.`,
    },
    {
      en: 'If a switch is grey, your organisation sets it: ask your administrator.',
      de: 'Ist ein Schalter grau, bestimmt ihn Ihre Organisation: Wenden Sie sich an Ihre Administration.',
    },
  ];
}

const ON_MAC: readonly Words[] = [
  { en: 'Open System Settings > Network > Firewall.', de: 'Öffnen Sie Systemeinstellungen > Netzwerk > Firewall.' },
  { en: 'Switch Firewall on.', de: 'Schalten Sie Firewall ein.' },
];

export function switchFirewallOn(value: Firewall | undefined, platform: Platform): Remedy {
  switch (platform) {
    case 'linux':
      return { steps: onLinux(value) };
    case 'darwin':
      return { steps: ON_MAC, open: 'x-apple.systempreferences:com.apple.Network-Settings.extension?Firewall' };
    case 'win32':
      return { steps: onWindows(value), open: 'windowsdefender://network' };
  }
}

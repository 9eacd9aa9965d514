/** How to switch remote desktop off, by what offers it. */
import type { Platform, Remedy, Words } from '../../model/index.ts';
import type { Exposure } from '../sources/exposure.ts';

const SHARING: Words = { en: 'Open System Settings > General > Sharing.', de: 'Öffnen Sie Systemeinstellungen > Allgemein > Teilen.' };
const SCREEN_SHARING: Words = { en: 'Switch Screen Sharing off.', de: 'Schalten Sie Bildschirmfreigabe aus.' };
const REMOTE_MANAGEMENT: Words = {
  en: 'Switch Remote Management off. If it is grey, your organisation sets it: ask your administrator.',
  de: 'Schalten Sie Entfernte Verwaltung aus. Ist sie grau, bestimmt sie Ihre Organisation: Wenden Sie sich an Ihre Administration.',
};
const quit = (name: string): Words => ({
  en: `Remove ${name}, or switch off in its settings that it starts with the system.`,
  de: `Entfernen Sie ${name}, oder schalten Sie in den Einstellungen des Programms den Start mit dem System aus.`,
});
const TOOLS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/teamviewer/i, 'TeamViewer'],
  [/anydesk/i, 'AnyDesk'],
  [/rustdesk/i, 'RustDesk'],
];

const toolsOf = (value: Exposure | undefined): string[] => TOOLS.filter(([pattern]) => value?.units.some((unit) => pattern.test(unit))).map(([, name]) => name);

function onLinux(value: Exposure | undefined): readonly Words[] {
  const plain = value?.units.filter((unit) => /^[\w@:.-]+\.service$/.test(unit) && !/gnome/.test(unit) && !TOOLS.some(([pattern]) => pattern.test(unit))) ?? [];
  return [
    {
      en: 'GNOME: open Settings > System > Remote Desktop and switch everything there off.',
      de: 'GNOME: Öffnen Sie Einstellungen > System > Entfernter Bildschirm und schalten Sie dort alles aus.',
    },
    {
      en: 'KDE: open System Settings > Networking > Remote Desktop and switch it off.',
      de: 'KDE: Öffnen Sie Systemeinstellungen > Netzwerk > Arbeitsflächenfreigabe und schalten Sie sie aus.',
    },
    ...(plain.length === 0
      ? []
      : [
          {
            en: `Open a terminal and type: sudo systemctl disable --now ${plain.join(' ')}`,
            de: `Öffnen Sie ein Terminal und geben Sie ein: sudo systemctl disable --now ${plain.join(' ')}`,
          },
        ]),
  ];
}

export function switchRemoteDesktopOff(value: Exposure | undefined, platform: Platform): Remedy {
  const tools = toolsOf(value).map(quit);
  switch (platform) {
    case 'linux': {
      const onlyTools = value !== undefined && value.units.length > 0 && tools.length === value.units.length;
      return { steps: onlyTools ? tools : [...onLinux(value), ...tools] };
    }
    case 'darwin': {
      const both = value === undefined || value.units.length === 0;
      const steps = [
        ...(both || value.units.includes('Screen Sharing') ? [SCREEN_SHARING] : []),
        ...(both || value.units.includes('Remote Management') ? [REMOTE_MANAGEMENT] : []),
      ];
      return { steps: [SHARING, ...steps], open: 'x-apple.systempreferences:com.apple.Sharing-Settings.extension' };
    }
    case 'win32':
      return {
        steps: [
          { en: 'Open Settings > System > Remote Desktop.', de: 'Öffnen Sie Einstellungen > System > Remotedesktop.' },
          {
            en: 'Switch Remote Desktop off and confirm. If it is grey, your organisation sets it: ask your administrator.',
            de: 'Schalten Sie Remotedesktop aus und bestätigen Sie. Ist der Schalter grau, bestimmt ihn Ihre Organisation: Wenden Sie sich an Ihre Administration.',
          },
          ...tools,
        ],
        open: 'ms-settings:remotedesktop',
      };
  }
}

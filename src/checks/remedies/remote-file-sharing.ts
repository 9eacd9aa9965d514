/** How to switch file sharing off. */
import type { Platform, Remedy } from '../../model/index.ts';
import type { Exposure } from '../sources/exposure.ts';

export function switchFileSharingOff(value: Exposure | undefined, platform: Platform): Remedy {
  switch (platform) {
    case 'linux': {
      const units = value?.units.length ? value.units.join(' ') : 'smbd nfs-server';
      return {
        steps: [
          { en: 'Open a terminal.', de: 'Öffnen Sie ein Terminal.' },
          { en: `Type: sudo systemctl disable --now ${units}`, de: `Geben Sie ein: sudo systemctl disable --now ${units}` },
        ],
      };
    }
    case 'darwin':
      return {
        steps: [
          { en: 'Open System Settings > General > Sharing.', de: 'Öffnen Sie Systemeinstellungen > Allgemein > Teilen.' },
          { en: 'Switch File Sharing off.', de: 'Schalten Sie Dateifreigabe aus.' },
        ],
        open: 'x-apple.systempreferences:com.apple.Sharing-Settings.extension',
      };
    case 'win32':
      return {
        steps: [
          {
            en: 'Press the Windows key, type "Turn Windows features on or off" and open it.',
            de: 'Drücken Sie die Windows-Taste, geben Sie „Windows-Features aktivieren oder deaktivieren“ ein und öffnen Sie es.',
          },
          {
            en: 'Untick SMB 1.0/CIFS File Sharing Support and click OK.',
            de: 'Entfernen Sie das Häkchen bei Unterstützung für die SMB 1.0/CIFS-Dateifreigabe und klicken Sie auf OK.',
          },
          { en: 'Restart the computer: Start > Power > Restart.', de: 'Starten Sie den Computer neu: Start > Ein/Aus > Neu starten.' },
        ],
      };
  }
}

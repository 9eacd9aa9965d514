/** How to switch stealth mode on. */
import type { Remedy } from '../../model/index.ts';

export const switchStealthModeOn = (): Remedy => ({
  steps: [
    { en: 'Open System Settings > Network > Firewall.', de: 'Öffnen Sie Systemeinstellungen > Netzwerk > Firewall.' },
    { en: 'Switch Firewall on, if it is off, and click Options.', de: 'Schalten Sie Firewall ein, falls sie aus ist, und klicken Sie auf Optionen.' },
    { en: 'Switch Enable stealth mode on and click OK.', de: 'Schalten Sie Tarn-Modus aktivieren ein und klicken Sie auf OK.' },
  ],
  open: 'x-apple.systempreferences:com.apple.Network-Settings.extension?Firewall',
});

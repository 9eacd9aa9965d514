/** How to install firmware. */
import type { Remedy } from '../../model/index.ts';

export const installFirmware = (): Remedy => ({
  steps: [
    { en: 'Save your work, and plug the device in.', de: 'Sichern Sie Ihre Arbeit, und schließen Sie das Gerät an den Strom an.' },
    {
      en: 'Open Software > Updates and install the firmware that it offers. (In a terminal: fwupdmgr refresh && fwupdmgr update)',
      de: 'Öffnen Sie Software > Aktualisierungen und installieren Sie die angebotene Firmware. (Im Terminal: fwupdmgr refresh && fwupdmgr update)',
    },
    {
      en: 'Let it restart, and do not switch it off until it has started again.',
      de: 'Lassen Sie das Gerät neu starten, und schalten Sie es nicht aus, bis es wieder gestartet ist.',
    },
  ],
});

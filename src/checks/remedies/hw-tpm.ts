/** How to switch the security chip on, or what to do where there is none. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

interface Found {
  readonly present: boolean;
  readonly version?: '1.2' | '2.0';
  readonly state?: string;
}

const IN_FIRMWARE: Words = {
  en: 'Under Security, switch on the TPM (also called fTPM, PTT or Security Device), save and leave.',
  de: 'Schalten Sie unter „Security“ das TPM ein (auch fTPM, PTT oder Security Device genannt), speichern Sie und verlassen Sie die Einstellungen.',
};
const IF_NONE: Words = {
  en: 'If there is no such setting, the device has no such chip: talk to your administrator.',
  de: 'Gibt es keine solche Einstellung, hat das Gerät keinen solchen Chip: Wenden Sie sich an Ihre Administration.',
};
const TOO_OLD: Remedy = {
  steps: [
    {
      en: 'The chip is of the older kind. Some makers offer an update to TPM 2.0: ask your administrator, and do not try it without a backup and the recovery key.',
      de: 'Der Chip ist von der älteren Art. Manche Hersteller bieten eine Aktualisierung auf TPM 2.0 an: Fragen Sie Ihre Administration, und versuchen Sie es nicht ohne Sicherung und Wiederherstellungsschlüssel.',
    },
  ],
};
const DEVICE_MANAGER: Words = {
  en: 'Right-click Start > Device Manager > Security devices > Trusted Platform Module.',
  de: 'Rechtsklick auf Start > Geräte-Manager > Sicherheitsgeräte > Trusted Platform Module.',
};

const ENABLE: Remedy = {
  steps: [DEVICE_MANAGER, { en: 'Choose Action > Enable device (administrator rights).', de: 'Wählen Sie Aktion > Gerät aktivieren (Administratorrechte).' }],
};
const REPAIR: Remedy = {
  steps: [
    DEVICE_MANAGER,
    {
      en: 'Choose Action > Update driver, then restart (administrator rights).',
      de: 'Wählen Sie Aktion > Treiber aktualisieren und starten Sie neu (Administratorrechte).',
    },
    { en: 'If it still shows a warning sign, talk to your administrator.', de: 'Zeigt es weiter ein Warnzeichen, wenden Sie sich an Ihre Administration.' },
  ],
};
const WINDOWS: Remedy = {
  steps: [
    {
      en: 'First make sure that you have the BitLocker recovery key: account.microsoft.com/devices/recoverykey, or ask your administrator.',
      de: 'Sorgen Sie zuerst dafür, dass Sie den BitLocker-Wiederherstellungsschlüssel haben: account.microsoft.com/devices/recoverykey, oder fragen Sie Ihre Administration.',
    },
    {
      en: 'Settings > System > Recovery > Advanced startup > Restart now.',
      de: 'Einstellungen > System > Wiederherstellung > Erweiterter Start > Jetzt neu starten.',
    },
    {
      en: 'Then Troubleshoot > Advanced options > UEFI Firmware Settings > Restart.',
      de: 'Dann Problembehandlung > Erweiterte Optionen > UEFI-Firmwareeinstellungen > Neu starten.',
    },
    IN_FIRMWARE,
    IF_NONE,
  ],
  open: 'ms-settings:recovery',
};
const LINUX: Remedy = {
  steps: [
    {
      en: 'Restart and open the firmware settings (often F2 or Del while starting).',
      de: 'Starten Sie neu und öffnen Sie die Firmware-Einstellungen (oft mit F2 oder Entf beim Starten).',
    },
    IN_FIRMWARE,
    IF_NONE,
  ],
};

export function turnOnTpm(value: Found | undefined, platform: Platform): Remedy {
  if (value?.present && value.version === '1.2') return TOO_OLD;
  if (platform === 'win32' && value?.state === 'disabled') return ENABLE;
  if (platform === 'win32' && value?.state === 'faulty') return REPAIR;
  return platform === 'win32' ? WINDOWS : LINUX;
}

/** How to switch Secure Boot on. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

interface Found {
  readonly enabled: boolean;
  readonly setupMode?: boolean;
  readonly validationOff?: boolean;
  readonly policy?: string;
}

const OPEN_FIRMWARE: Words = {
  en: 'Restart and open the firmware settings (often F2 or Del while starting).',
  de: 'Starten Sie neu und öffnen Sie die Firmware-Einstellungen (oft mit F2 oder Entf beim Starten).',
};
const IF_IT_DOES_NOT_START: Words = {
  en: 'If the system does not start afterwards, switch it off again and talk to your administrator.',
  de: 'Startet das System danach nicht, schalten Sie es wieder aus und wenden Sie sich an Ihre Administration.',
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
    {
      en: 'Under Boot or Security, switch Secure Boot on, save and leave.',
      de: 'Schalten Sie unter „Boot“ oder „Security“ die Option „Secure Boot“ ein, speichern Sie und verlassen Sie die Einstellungen.',
    },
    IF_IT_DOES_NOT_START,
  ],
  open: 'ms-settings:recovery',
};

const T2_RECOVERY: Words = {
  en: 'Restart the Mac and hold Command-R until the Apple logo appears.',
  de: 'Starten Sie den Mac neu und halten Sie Befehl-R gedrückt, bis das Apple-Logo erscheint.',
};
const SILICON_RECOVERY: Words = {
  en: 'Shut down the Mac. Hold the power button until "Loading startup options" appears, then choose Options > Continue.',
  de: 'Schalten Sie den Mac aus. Halten Sie den Ein-/Ausschalter gedrückt, bis „Startoptionen werden geladen“ erscheint, und wählen Sie Optionen > Fortfahren.',
};
const FULL_SECURITY: readonly Words[] = [
  { en: 'In the menu bar: Utilities > Startup Security Utility.', de: 'In der Menüleiste: Dienstprogramme > Startsicherheitsdienstprogramm.' },
  { en: 'Choose Full Security, then restart.', de: 'Wählen Sie „Volle Sicherheit“ und starten Sie neu.' },
];

function onLinux(value: Found | undefined): Remedy {
  if (value?.enabled && value.setupMode)
    return {
      steps: [
        OPEN_FIRMWARE,
        {
          en: 'Under Secure Boot, choose to restore the factory keys. That ends setup mode.',
          de: 'Wählen Sie unter „Secure Boot“, die Werksschlüssel wiederherzustellen. Das beendet den Einrichtungsmodus (Setup Mode).',
        },
        IF_IT_DOES_NOT_START,
      ],
    };
  if (value?.enabled && value.validationOff)
    return {
      steps: [
        { en: 'In a terminal: sudo mokutil --enable-validation', de: 'In einem Terminal: sudo mokutil --enable-validation' },
        {
          en: 'Restart and confirm the change on the blue screen.',
          de: 'Starten Sie neu und bestätigen Sie die Änderung auf dem blauen Bildschirm.',
        },
      ],
    };
  return {
    steps: [
      OPEN_FIRMWARE,
      { en: 'Under Boot or Security, switch Secure Boot on.', de: 'Schalten Sie unter „Boot“ oder „Security“ die Option „Secure Boot“ ein.' },
      {
        en: 'Drivers that were built on this computer must be signed first: in a terminal, sudo mokutil --import with your key.',
        de: 'Treiber, die auf diesem Computer gebaut wurden, müssen vorher signiert sein: in einem Terminal sudo mokutil --import mit Ihrem Schlüssel.',
      },
      IF_IT_DOES_NOT_START,
    ],
  };
}

export function turnOnSecureBoot(value: Found | undefined, platform: Platform): Remedy {
  if (platform === 'win32') return WINDOWS;
  if (platform === 'linux') return onLinux(value);
  const t2 = value?.policy === 'medium' || value?.policy === 'none';
  return { steps: [t2 ? T2_RECOVERY : SILICON_RECOVERY, ...FULL_SECURITY] };
}

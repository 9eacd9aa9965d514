/** How to switch the guest account off. */
import type { Platform, Remedy } from '../../model/index.ts';

export function disableGuest(_value: unknown, platform: Platform): Remedy {
  if (platform === 'win32') {
    return {
      steps: [
        {
          en: 'Right-click Start > Terminal (Admin), or Windows PowerShell (Admin), and answer Yes.',
          de: 'Rechtsklick auf Start > Terminal (Administrator) oder Windows PowerShell (Administrator), und antworten Sie mit „Ja“.',
        },
        // The account's name is in the system's language: its number is not.
        {
          en: 'Type exactly this and press Enter: Get-LocalUser | Where-Object { $_.SID -like "*-501" } | Disable-LocalUser',
          de: 'Tippen Sie genau das und drücken Sie die Eingabetaste: Get-LocalUser | Where-Object { $_.SID -like "*-501" } | Disable-LocalUser',
        },
        { en: 'If Windows refuses, ask your IT department.', de: 'Wenn Windows das verweigert, fragen Sie Ihre IT-Abteilung.' },
      ],
    };
  }
  return {
    steps: [
      { en: 'Open System Settings > Users & Groups.', de: 'Öffnen Sie Systemeinstellungen > Benutzer & Gruppen.' },
      { en: 'Click (i) beside Guest User.', de: 'Klicken Sie neben „Gastbenutzer“ auf (i).' },
      {
        en: 'Switch "Allow guests to log in to this computer" off.',
        de: 'Schalten Sie „Gästen erlauben, sich an diesem Computer anzumelden“ aus.',
      },
    ],
    open: 'x-apple.systempreferences:com.apple.Users-Groups-Settings.extension',
  };
}

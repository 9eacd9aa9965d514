/** How to have the clock set automatically. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const STEPS: Readonly<Record<Platform, readonly Words[]>> = {
  win32: [
    {
      en: 'Settings > Time & language > Date & time > Set time automatically: On.',
      de: 'Einstellungen > Zeit und Sprache > Datum und Uhrzeit > Uhrzeit automatisch festlegen: Ein.',
    },
    { en: 'On the same page, under Additional settings: Sync now.', de: 'Auf derselben Seite unter Zusätzliche Einstellungen: Jetzt synchronisieren.' },
  ],
  darwin: [
    {
      en: 'System Settings > General > Date & Time > Set time and date automatically: on.',
      de: 'Systemeinstellungen > Allgemein > Datum & Uhrzeit > Datum und Uhrzeit automatisch einstellen: ein.',
    },
  ],
  linux: [
    {
      en: 'Settings > System > Date & Time > Automatic Date & Time: on. (In a terminal: sudo timedatectl set-ntp true)',
      de: 'Einstellungen > System > Datum und Zeit > Datum und Zeit automatisch: an. (Im Terminal: sudo timedatectl set-ntp true)',
    },
    {
      en: 'Connect to the internet and wait a few minutes. If it stays like this, ask your administrator whether the network lets time servers through.',
      de: 'Verbinden Sie sich mit dem Internet und warten Sie einige Minuten. Bleibt es so, fragen Sie Ihre Administration, ob das Netzwerk Zeitserver durchlässt.',
    },
  ],
};
const SETTINGS: Readonly<Partial<Record<Platform, string>>> = {
  win32: 'ms-settings:dateandtime',
  darwin: 'x-apple.systempreferences:com.apple.Date-Time-Settings.extension',
};

export const setClock = (_value: unknown, platform: Platform): Remedy => {
  const open = SETTINGS[platform];
  return { steps: STEPS[platform], ...(open === undefined ? {} : { open }) };
};

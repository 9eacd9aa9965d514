/** How to find what keeps a port open, and close it. */
import type { Platform, Remedy, Words } from '../../model/index.ts';

const CLOSE: Words = {
  en: 'Close or remove the program that is named there, or have it listen on 127.0.0.1 only. If you do not know it, ask your administrator.',
  de: 'Beenden oder entfernen Sie das dort genannte Programm, oder lassen Sie es nur auf 127.0.0.1 lauschen. Wenn Sie es nicht kennen, fragen Sie Ihre Administration.',
};
const STEPS: Readonly<Record<Platform, readonly Words[]>> = {
  linux: [
    { en: 'Open a terminal and type: sudo ss -tulpn', de: 'Öffnen Sie ein Terminal und geben Sie ein: sudo ss -tulpn' },
    {
      en: 'Find the port in the column Local Address; the program stands at the end of the line.',
      de: 'Suchen Sie den Port in der Spalte Local Address; das Programm steht am Ende der Zeile.',
    },
  ],
  darwin: [
    {
      en: 'Open Terminal (Applications > Utilities) and type: sudo lsof -nP -iTCP -sTCP:LISTEN',
      de: 'Öffnen Sie Terminal (Programme > Dienstprogramme) und geben Sie ein: sudo lsof -nP -iTCP -sTCP:LISTEN',
    },
    {
      en: 'Find the port in the column NAME; the program stands at the beginning of the line.',
      de: 'Suchen Sie den Port in der Spalte NAME; das Programm steht am Anfang der Zeile.',
    },
  ],
  win32: [
    {
      en: 'Press the Windows key, type "Resource Monitor" and open it.',
      de: 'Drücken Sie die Windows-Taste, geben Sie „Ressourcenmonitor“ ein und öffnen Sie ihn.',
    },
    {
      en: 'Choose the tab Network and open Listening Ports; find the port there.',
      de: 'Wählen Sie die Registerkarte Netzwerk und öffnen Sie Überwachungsports; suchen Sie dort den Port.',
    },
  ],
};

export const closePorts = (_value: unknown, platform: Platform): Remedy => ({ steps: [...STEPS[platform], CLOSE] });

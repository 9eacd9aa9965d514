/** How to switch remote login off. */
import type { Platform, Remedy } from '../../model/index.ts';

const REMEDIES: Readonly<Record<Platform, Remedy>> = {
  linux: {
    steps: [
      {
        en: 'If you administer this computer from another one, ask first: you may lock yourself out.',
        de: 'Wenn Sie diesen Computer von einem anderen aus verwalten, fragen Sie zuerst: Sie könnten sich aussperren.',
      },
      {
        en: 'GNOME: open Settings > System > Secure Shell and switch it off.',
        de: 'GNOME: Öffnen Sie Einstellungen > System > Secure Shell und schalten Sie es aus.',
      },
      {
        en: 'Or open a terminal and type: sudo systemctl disable --now ssh.socket ssh.service (Fedora, Arch, openSUSE: sudo systemctl disable --now sshd)',
        de: 'Oder öffnen Sie ein Terminal und geben Sie ein: sudo systemctl disable --now ssh.socket ssh.service (Fedora, Arch, openSUSE: sudo systemctl disable --now sshd)',
      },
    ],
  },
  darwin: {
    steps: [
      { en: 'Open System Settings > General > Sharing.', de: 'Öffnen Sie Systemeinstellungen > Allgemein > Teilen.' },
      { en: 'Switch Remote Login off.', de: 'Schalten Sie Entfernte Anmeldung aus.' },
    ],
    open: 'x-apple.systempreferences:com.apple.Sharing-Settings.extension',
  },
  win32: {
    steps: [
      { en: 'Open Settings > System > Optional features.', de: 'Öffnen Sie Einstellungen > System > Optionale Features.' },
      {
        en: 'Find OpenSSH Server in the list, click it and choose Remove.',
        de: 'Suchen Sie OpenSSH-Server in der Liste, klicken Sie darauf und wählen Sie Entfernen.',
      },
    ],
    open: 'ms-settings:optionalfeatures',
  },
};

export const switchSshOff = (_value: unknown, platform: Platform): Remedy => REMEDIES[platform];

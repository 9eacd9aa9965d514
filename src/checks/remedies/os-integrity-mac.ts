/** How to have programs confined. */
import type { Remedy } from '../../model/index.ts';

interface Found {
  readonly selinux: string;
  readonly apparmor: boolean | 'unknown';
}

const ENFORCE_SELINUX: Remedy = {
  steps: [
    { en: 'In a terminal: sudo setenforce 1', de: 'In einem Terminal: sudo setenforce 1' },
    {
      en: 'To keep it after a restart: set SELINUX=enforcing in the file /etc/selinux/config.',
      de: 'Damit es nach einem Neustart bleibt: in der Datei /etc/selinux/config SELINUX=enforcing setzen.',
    },
  ],
};
const ENFORCE_PROFILES: Remedy = {
  steps: [
    {
      en: 'In a terminal: sudo apt install apparmor-profiles apparmor-utils (other distributions: their packages of the same name).',
      de: 'In einem Terminal: sudo apt install apparmor-profiles apparmor-utils (andere Distributionen: deren Pakete dieses Namens).',
    },
    { en: 'Then: sudo systemctl enable --now apparmor', de: 'Dann: sudo systemctl enable --now apparmor' },
    { en: 'And: sudo aa-enforce /etc/apparmor.d/*', de: 'Und: sudo aa-enforce /etc/apparmor.d/*' },
  ],
};
const TURN_ON: Remedy = {
  steps: [
    {
      en: 'Ask your administrator: it is switched on when the system starts.',
      de: 'Fragen Sie Ihre Administration: Es wird beim Start des Systems eingeschaltet.',
    },
    {
      en: 'Debian, Ubuntu, Arch: install apparmor, start the kernel with lsm=landlock,lockdown,yama,apparmor and restart.',
      de: 'Debian, Ubuntu, Arch: apparmor installieren, den Kernel mit lsm=landlock,lockdown,yama,apparmor starten und neu starten.',
    },
    {
      en: 'Fedora: set SELINUX=enforcing in the file /etc/selinux/config and restart.',
      de: 'Fedora: in der Datei /etc/selinux/config SELINUX=enforcing setzen und neu starten.',
    },
  ],
};

export function confinePrograms(value: Found | undefined): Remedy {
  if (value?.selinux === 'permissive') return ENFORCE_SELINUX;
  return value?.apparmor === true ? ENFORCE_PROFILES : TURN_ON;
}

/** How to switch Gatekeeper on. */
import type { Remedy } from '../../model/index.ts';

const BY_HAND: Remedy = {
  steps: [
    {
      en: 'System Settings > Privacy & Security, and scroll down to Security.',
      de: 'Systemeinstellungen > Datenschutz & Sicherheit, und nach unten zu „Sicherheit“ scrollen.',
    },
    {
      en: 'Allow applications from: App Store & Known Developers.',
      de: 'Wählen Sie bei „Apps erlauben von“: App Store und bekannte Entwickler.',
    },
    {
      en: 'If that choice is missing: Terminal, sudo spctl --global-enable (administrator rights).',
      de: 'Fehlt diese Auswahl: Terminal, sudo spctl --global-enable (Administratorrechte).',
    },
  ],
  open: 'x-apple.systempreferences:com.apple.settings.PrivacySecurity.extension?Security',
};
const BY_PROFILE: Remedy = {
  steps: [
    {
      en: 'A profile of your organisation switches Gatekeeper off: ask your administrator.',
      de: 'Ein Profil Ihrer Organisation schaltet Gatekeeper aus: Fragen Sie Ihre Administration.',
    },
  ],
};

export const turnOnGatekeeper = (value: { readonly managed: boolean } | undefined): Remedy => (value?.managed ? BY_PROFILE : BY_HAND);

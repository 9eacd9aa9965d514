/** The catalogue: every check, in the order in which people see them. One line each. */
import type { Check } from '../model/index.ts';
import accountAdmin from './account-admin.ts';
import accountAutologin from './account-autologin.ts';
import accountGuest from './account-guest.ts';
import accountPasswordPolicy from './account-password-policy.ts';
import bootSecureBoot from './boot-secure-boot.ts';
import deviceMdm from './device-mdm.ts';
import deviceUptime from './device-uptime.ts';
import deviceVirtual from './device-virtual.ts';
import diskEncryption from './disk-encryption.ts';
import diskEncryptionData from './disk-encryption-data.ts';
import diskHealth from './disk-health.ts';
import diskSwap from './disk-swap.ts';
import firewallEnabled from './firewall-enabled.ts';
import firewallStealth from './firewall-stealth.ts';
import firmwareUpdates from './firmware-updates.ts';
import hwTpm from './hw-tpm.ts';
import malwareEdr from './malware-edr.ts';
import malwareProtection from './malware-protection.ts';
import netListening from './net-listening.ts';
import osAutoUpdate from './os-auto-update.ts';
import osIntegrityGatekeeper from './os-integrity-gatekeeper.ts';
import osIntegrityMac from './os-integrity-mac.ts';
import osIntegritySip from './os-integrity-sip.ts';
import osPatchLevel from './os-patch-level.ts';
import osRebootPending from './os-reboot-pending.ts';
import osSecurityUpdates from './os-security-updates.ts';
import osSupported from './os-supported.ts';
import remoteDesktop from './remote-desktop.ts';
import remoteFileSharing from './remote-file-sharing.ts';
import remoteSsh from './remote-ssh.ts';
import screenLock from './screen-lock.ts';
import timeSynced from './time-synced.ts';

export const CATALOGUE: readonly Check[] = [
  osSupported,
  osPatchLevel,
  osSecurityUpdates,
  osAutoUpdate,
  osRebootPending,
  firmwareUpdates,
  timeSynced,
  diskEncryption,
  diskEncryptionData,
  diskSwap,
  diskHealth,
  firewallEnabled,
  firewallStealth,
  malwareProtection,
  malwareEdr,
  screenLock,
  accountAutologin,
  accountGuest,
  accountAdmin,
  accountPasswordPolicy,
  bootSecureBoot,
  hwTpm,
  osIntegrityMac,
  osIntegritySip,
  osIntegrityGatekeeper,
  remoteSsh,
  remoteDesktop,
  remoteFileSharing,
  netListening,
  deviceUptime,
  deviceMdm,
  deviceVirtual,
];

const byId = new Map(CATALOGUE.map((check) => [check.id, check]));

/** The check with this id, if there is one. */
export const checkById = (id: string): Check | undefined => byId.get(id);

export { BUNDLED_CATALOG } from './sources/os-catalog.ts';

/** The catalogue: every check, in the order in which people see them. One line each. */
import type { Check } from '../model/index.ts';
import accountAdmin from './account-admin.ts';
import accountAutologin from './account-autologin.ts';
import accountGuest from './account-guest.ts';
import accountPasswordPolicy from './account-password-policy.ts';
import bootSecureBoot from './boot-secure-boot.ts';
import deviceUptime from './device-uptime.ts';
import deviceVirtual from './device-virtual.ts';
import diskEncryption from './disk-encryption.ts';
import firewallEnabled from './firewall-enabled.ts';
import hwTpm from './hw-tpm.ts';
import malwareEdr from './malware-edr.ts';
import malwareProtection from './malware-protection.ts';
import osIntegrityMac from './os-integrity-mac.ts';
import osRebootPending from './os-reboot-pending.ts';
import osSecurityUpdates from './os-security-updates.ts';
import osSupported from './os-supported.ts';
import remoteSsh from './remote-ssh.ts';
import screenLock from './screen-lock.ts';

export const CATALOGUE: readonly Check[] = [
  osSupported,
  osSecurityUpdates,
  osRebootPending,
  diskEncryption,
  firewallEnabled,
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
  remoteSsh,
  deviceUptime,
  deviceVirtual,
];

const byId = new Map(CATALOGUE.map((check) => [check.id, check]));

/** The check with this id, if there is one. */
export const checkById = (id: string): Check | undefined => byId.get(id);

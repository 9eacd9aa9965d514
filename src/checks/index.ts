/** The catalogue: every check, in the order in which people see them. One line each. */
import type { Check } from '../model/index.ts';
import bootSecureBoot from './boot-secure-boot.ts';
import deviceUptime from './device-uptime.ts';
import deviceVirtual from './device-virtual.ts';
import diskEncryption from './disk-encryption.ts';
import firewallEnabled from './firewall-enabled.ts';
import firmwareUpdates from './firmware-updates.ts';
import hwTpm from './hw-tpm.ts';
import osAutoUpdate from './os-auto-update.ts';
import osIntegrityMac from './os-integrity-mac.ts';
import osPatchLevel from './os-patch-level.ts';
import osRebootPending from './os-reboot-pending.ts';
import osSecurityUpdates from './os-security-updates.ts';
import osSupported from './os-supported.ts';
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
  firewallEnabled,
  screenLock,
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

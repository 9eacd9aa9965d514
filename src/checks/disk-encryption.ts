/** Whether what the system stands on is encrypted: every way from `/` and `/var` to a disk must cross encryption. */
import { Type } from 'typebox';
import { DoorError, defineCheck, file, type Host, known, registryKey } from '../model/index.ts';
import { encryptSystem } from './remedies/disk-encryption.ts';
import { BITLOCKER_NEEDS, bitLockerState } from './sources/bitlocker.ts';
import { readStartupDisk } from './sources/filevault.ts';
import { borrowedDisk, readStack, readSystemVolumes } from './sources/linux-volumes.ts';
import { readRootByLsblk } from './sources/lsblk.ts';
import { decisive, isBad, judgeVolumes, tried, Volume, volumeOf } from './sources/volumes.ts';
import { systemDrive } from './sources/windows-volumes.ts';

async function readLinux(host: Host) {
  const borrowed = await borrowedDisk(host);
  if (borrowed !== undefined) return borrowed;
  const volumes = await tried(
    readStack(host)
      .then(readSystemVolumes)
      .then((answers) => decisive(answers, isBad)),
  );
  if (!(volumes instanceof Error)) return known({ volumes }, 'mountinfo, sysfs');
  // What is understood and cannot be told stays so; what did not answer may be known to another.
  const another = volumes instanceof DoorError && ['ENOTSUP', 'ENODATA'].includes(volumes.code) ? volumes : await tried(readRootByLsblk(host));
  if (another instanceof Error) throw volumes;
  return known({ volumes: [another] }, 'lsblk');
}

async function readMac(host: Host) {
  const { state, method } = await readStartupDisk(host);
  return known({ volumes: [volumeOf('The startup disk', state, 'FileVault')] }, method);
}

export default defineCheck({
  id: 'disk.encryption',
  title: 'Disk is encrypted',
  why: 'Whoever finds or steals the device can otherwise read everything on it.',
  group: 'disk',
  owner: 'user',
  cost: 'process',
  value: Type.Object({ volumes: Type.Array(Volume, { minItems: 1, maxItems: 50 }) }),
  params: Type.Object({}),
  read: {
    linux: readLinux,
    darwin: readMac,
    win32: {
      needs: BITLOCKER_NEEDS,
      from: (got, { env }) => {
        const drive = systemDrive(env);
        const state = bitLockerState(got, drive);
        if (state instanceof DoorError) throw state;
        return known({ volumes: [volumeOf(drive, state, 'BitLocker')] }, 'BitLocker');
      },
    },
  },
  excuses: { linux: ['container', 'wsl'] },
  watch: {
    linux: [file('/proc/self/mountinfo')],
    win32: [registryKey('HKLM\\SYSTEM\\CurrentControlSet\\Control\\BitLockerStatus')],
  },
  judge: ({ volumes }) => judgeVolumes(volumes),
  remedy: encryptSystem,
  controls: ['CIS macOS 2.6.6', 'CIS Windows 11 18.10.9 (unverified)', 'NIST 800-53 SC-28', 'NIST 800-53 SC-28(1)'],
});

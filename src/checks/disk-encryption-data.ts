/** Whether everything else that keeps data is encrypted: other built-in volumes, homes, swap. What comes and goes does not count. */
import { Type } from 'typebox';
import { DoorError, defineCheck, file, type Host, known, notApplicable, pass } from '../model/index.ts';
import { encryptData } from './remedies/disk-encryption-data.ts';
import { BITLOCKER_NEEDS, bitLockerState } from './sources/bitlocker.ts';
import { type ApfsVolume, askFdesetup, readApfsVolumes, runDiskutil } from './sources/filevault.ts';
import { borrowedDisk, readDataVolumes, readStack } from './sources/linux-volumes.ts';
import { readSwaps } from './sources/swaps.ts';
import { decisive, isBad, judgeVolumes, tried, Volume, volumeOf, volumeOnLegs } from './sources/volumes.ts';
import { dataVolumes, systemDrive, VOLUME_NEEDS } from './sources/windows-volumes.ts';

async function readLinux(host: Host) {
  const borrowed = await borrowedDisk(host);
  if (borrowed !== undefined) return borrowed;
  const stack = await readStack(host);
  const [volumes, swaps] = await Promise.all([readDataVolumes(stack), tried(readSwaps(host, stack))]);
  // A swap file lies on a file system, which is looked at anyway.
  const spaces = swaps instanceof Error ? [swaps] : swaps.flatMap(({ legs, onFile }) => (legs === 'memory' || onFile ? [] : [legs]));
  const swapped = spaces.map((legs) => (legs instanceof Error ? legs : volumeOnLegs('swap', legs)));
  return known({ volumes: decisive<Volume>([...volumes, ...swapped], isBad) }, 'mountinfo, swaps, sysfs');
}

/** Parts of macOS itself, without anything of the person's; swap has a check of its own. */
const OF_SYSTEM = ['System', 'Preboot', 'Recovery', 'VM', 'Update', 'xART', 'Hardware', 'Installer', 'Prelogin', 'Baseband'];

/** Whole disks that are built in: `disk0`. A container lies on one of them, or on a stick, or in a disk image. */
async function internalDisks(host: Host): Promise<readonly string[]> {
  const { WholeDisks } = await runDiskutil(host, 'list', '-plist', 'internal', 'physical');
  return Array.isArray(WholeDisks) ? WholeDisks.map(String) : [];
}

const nameOf = ({ roles, device }: ApfsVolume): string => (roles.includes('Data') ? `The data volume ${device}` : `The volume ${device}`);

async function readMac(host: Host) {
  const volumes = await tried(readApfsVolumes(host));
  if (volumes instanceof Error) {
    // Off is off for the data volume too; on says nothing of other volumes.
    const state = await tried(askFdesetup(host));
    const startup = state instanceof Error ? undefined : volumeOf('The startup disk', state, 'FileVault');
    if (startup === undefined || !isBad(startup)) throw volumes;
    return known({ volumes: [startup] }, 'fdesetup status');
  }
  const data = volumes.filter(({ roles }) => !roles.some((role) => OF_SYSTEM.includes(role)));
  // A Mac starts from one container; where there are two, one of them may be a clone on a cable.
  const started = new Set(data.filter(({ startup }) => startup).map(({ container }) => container));
  const isBuiltIn = ({ startup }: ApfsVolume): boolean => startup && started.size === 1;
  const open = data.filter((volume) => !isBuiltIn(volume) && volume.state !== 'encrypted');
  const internal = open.length > 0 ? await tried(internalDisks(host)) : [];
  const counted = data.flatMap((volume): (Volume | Error)[] => {
    const found = volumeOf(nameOf(volume), volume.state, 'FileVault');
    // One that is encrypted speaks against nothing, wherever it hangs; it stands for the Mac only where nothing else does.
    if (isBuiltIn(volume) || (started.size !== 1 && !open.includes(volume))) return [found];
    if (!open.includes(volume)) return [];
    if (internal instanceof Error) return [internal];
    return volume.disks.some((disk) => internal.includes(disk)) ? [found] : [];
  });
  if (counted.length === 0) throw new DoorError('ENODATA', 'run diskutil apfs list -plist');
  return known({ volumes: decisive(counted, isBad).slice(0, 50) }, 'diskutil apfs list');
}

export default defineCheck({
  id: 'disk.encryption_data',
  title: 'Other disks are encrypted',
  why: 'A second disk or the swap space holds copies of what the encrypted system disk protects.',
  group: 'disk',
  owner: 'user',
  cost: 'process',
  value: Type.Object({ volumes: Type.Array(Volume, { minItems: 1, maxItems: 80 }) }),
  params: Type.Object({
    ignore: Type.Array(Type.String({ maxLength: 200 }), {
      default: [],
      maxItems: 50,
      description: 'Mount points or drive letters (`D:`) that may lie in plain, or are encrypted by a product that the system does not know.',
    }),
  }),
  read: {
    linux: readLinux,
    darwin: readMac,
    win32: {
      needs: [...BITLOCKER_NEEDS, ...VOLUME_NEEDS],
      from: (got, { env }) => {
        const others = dataVolumes(got, systemDrive(env));
        if (others.length === 0) return notApplicable('nothing-there', 'There is no other built-in volume.');
        const volumes = others.map(({ name, id, unplaced }) => {
          const state = bitLockerState(got, id);
          if (state instanceof DoorError) return state;
          const volume = volumeOf(name, state, 'BitLocker');
          // Encrypted it is right wherever it lies; plain it is wrong only where it is built in.
          return unplaced !== undefined && isBad(volume) ? unplaced : volume;
        });
        return known({ volumes: decisive(volumes, isBad) }, 'BitLocker');
      },
    },
  },
  excuses: { linux: ['container', 'wsl'], win32: ['nothing-there'] },
  watch: { linux: [file('/proc/self/mountinfo'), file('/proc/swaps')] },
  judge: ({ volumes }, { ignore }) => {
    const wanted = ignore.map((name) => name.toLowerCase());
    const looked = volumes.filter(({ mount }) => !wanted.includes(mount.toLowerCase()));
    return looked.length === 0 ? pass('Everything that is there may lie in plain.') : judgeVolumes(looked);
  },
  remedy: encryptData,
  controls: ['NIST 800-53 SC-28'],
});

/** Whether what is swapped out of memory is encrypted: passwords and keys are in it. */
import { type Static, Type } from 'typebox';
import {
  DoorError,
  defineCheck,
  fail,
  file,
  type Got,
  type Host,
  type HostUser,
  known,
  pass,
  type RegistryKey,
  registry,
  registryKey,
  UnparsableError,
  undecided,
} from '../model/index.ts';
import { encryptSwap } from './remedies/disk-swap.ts';
import { BITLOCKER_NEEDS, bitLockerState } from './sources/bitlocker.ts';
import { borrowedDisk, readStack } from './sources/linux-volumes.ts';
import { readSwaps, type Swap } from './sources/swaps.ts';
import { decisive, volumeOnLegs } from './sources/volumes.ts';
import { systemDrive } from './sources/windows-volumes.ts';

const SwapSpace = Type.Object({
  /** Kernel name, `a file on` a mount point or a drive, or `macOS`. */
  name: Type.String({ maxLength: 200 }),
  state: Type.Enum(['encrypted', 'plain', 'memory', 'encrypting'] as const),
  /** Kernel names of the disks or partitions that lie in plain. */
  plain: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50 }),
});
type SwapSpace = Static<typeof SwapSpace>;

function describe({ name, legs }: Swap): SwapSpace | Error {
  if (legs instanceof Error) return legs;
  if (legs === 'memory') return { name: name.slice(0, 200), state: 'memory', plain: [] };
  const { state, plain } = volumeOnLegs(name, legs);
  return { name: name.slice(0, 200), state: state === 'encrypted' || state === 'encrypting' ? state : 'plain', plain };
}

const isPlain = ({ state }: SwapSpace): boolean => state === 'plain';

async function readLinux(host: Host) {
  const borrowed = await borrowedDisk(host);
  if (borrowed !== undefined) return borrowed;
  return known({ swaps: decisive((await readSwaps(host, await readStack(host))).map(describe), isPlain) }, '/proc/swaps, sysfs');
}

/** `sysctl vm.swapusage`: sizes, and at the end whether it is encrypted. True where it is. @throws UnparsableError */
export function parseSwapUsage(stdout: string): boolean {
  const size = String.raw`\d{1,12}(?:[.,]\d{1,4})?[KMGT]`;
  const found = new RegExp(`^vm\\.swapusage: total = ${size} +used = ${size} +free = ${size} *(\\(encrypted\\))?$`).exec(stdout.trim());
  if (found === null) throw new UnparsableError('vm.swapusage is not of its form');
  return found[1] !== undefined;
}

async function readMac(host: Host) {
  const { stdout } = await host.run('sysctl', ['vm.swapusage']);
  return known({ swaps: [{ name: 'macOS', state: parseSwapUsage(stdout) ? ('encrypted' as const) : ('plain' as const), plain: [] }] }, 'sysctl vm.swapusage');
}

const MEMORY = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management');
const FILE_SYSTEM = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem');
const POLICIES = registry('HKLM\\SYSTEM\\CurrentControlSet\\Policies');

function registryValue({ values }: RegistryKey, name: string) {
  return Object.entries(values).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** Drives with a page file, out of what the registry lists: `\??\C:\pagefile.sys`, `C:\pagefile.sys 0 0`, `?:\pagefile.sys`. @throws UnparsableError */
export function pageFileDrives(list: unknown, system: string): string[] {
  if (!Array.isArray(list)) throw new UnparsableError('the list of page files is not of its form');
  const entries = list.map(String).filter((entry) => entry.trim() !== '');
  const drives = entries.map((entry) => {
    const letter = /^(?:\\\?\?\\)?([A-Za-z?]):\\/.exec(entry)?.[1];
    if (letter === undefined) throw new UnparsableError('the list of page files is not of its form');
    return letter === '?' ? system : `${letter.toUpperCase()}:`;
  });
  return [...new Set(drives)].sort();
}

/** Whether NTFS encrypts page files, under a key that is made anew at each start. */
function encryptsPageFiles(got: Got): boolean {
  return [POLICIES, FILE_SYSTEM].some((need) => {
    try {
      return registryValue(got(need), 'NtfsEncryptPagingFile') === 1;
    } catch (error) {
      // It can only speak for the machine: the volumes are asked next.
      if (error instanceof DoorError) return false;
      throw error;
    }
  });
}

function readWindows(got: Got, { env }: { readonly env: Host['env']; readonly user: HostUser }) {
  const memory = got(MEMORY);
  const drives = pageFileDrives(registryValue(memory, 'ExistingPageFiles') ?? registryValue(memory, 'PagingFiles'), systemDrive(env));
  const byNtfs = encryptsPageFiles(got);
  const swaps = drives.map((drive): SwapSpace | Error => {
    const name = `a file on ${drive}`;
    if (byNtfs) return { name, state: 'encrypted', plain: [] };
    const state = bitLockerState(got, drive);
    if (state instanceof DoorError) return state;
    return { name, state: state === 'encrypted' || state === 'encrypting' ? state : 'plain', plain: [] };
  });
  return known({ swaps: decisive(swaps, isPlain) }, byNtfs ? 'registry' : 'registry, BitLocker');
}

export default defineCheck({
  id: 'disk.swap',
  title: 'Swap is encrypted',
  why: 'What does not fit in memory is written to the disk: passwords and keys among it.',
  group: 'disk',
  owner: 'user',
  cost: 'process',
  value: Type.Object({ swaps: Type.Array(SwapSpace, { maxItems: 40 }) }),
  params: Type.Object({}),
  read: { linux: readLinux, darwin: readMac, win32: { needs: [MEMORY, FILE_SYSTEM, POLICIES, ...BITLOCKER_NEEDS], from: readWindows } },
  excuses: { linux: ['container', 'wsl'] },
  watch: { linux: [file('/proc/swaps')], win32: [MEMORY, FILE_SYSTEM].map(({ key }) => registryKey(key)) },
  judge: ({ swaps }) => {
    const plain = swaps.find(isPlain);
    if (plain !== undefined)
      // On Windows it may be encrypted with a key that lies beside it.
      return fail(
        `Swap (${plain.name}) is not ${plain.plain.length === 0 ? 'protected by encryption.' : `encrypted: it lies in plain on ${plain.plain.join(', ')}.`}`,
      );
    const open = swaps.find(({ state }) => state === 'encrypting');
    if (open !== undefined) return undecided(`The disk under swap (${open.name}) is being encrypted: that is not finished.`);
    if (swaps.every(({ state }) => state === 'memory')) return pass(swaps.length === 0 ? 'No swap is in use.' : 'Swap stays in memory.');
    return pass('Swap is encrypted.');
  },
  remedy: encryptSwap,
  controls: ['NIST 800-53 SC-28'],
});

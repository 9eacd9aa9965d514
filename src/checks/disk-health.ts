/** Whether the built-in disks say that they are well, out of what they report of themselves (S.M.A.R.T., NVMe) as far as it can be read without rights. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, type Host, known, notApplicable, pass, undecided, unknown } from '../model/index.ts';
import { replaceDisk } from './remedies/disk-health.ts';
import { DISK_HEALTH_NEEDS, readDisksByCim } from './sources/disk-health-windows.ts';
import { DiskReport } from './sources/disk-report.ts';
import { readEnvironment } from './sources/environment.ts';
import { runDiskutil } from './sources/filevault.ts';
import { borrowedDisk } from './sources/linux-volumes.ts';
import { readDisksByUdisks } from './sources/udisks.ts';

const VIRTUAL = 'The disks are those of the host.';

/** What the disks say, as a finding: one that fails is an answer although others say nothing; a good one is not. */
function conclude(disks: readonly DiskReport[], method: string) {
  if (disks.length === 0) return unknown('no-data', 'No built-in disk was found.');
  const silent = disks.filter(({ health }) => health === 'unknown');
  const bad = disks.some(({ health }) => health === 'warning' || health === 'failing');
  if (silent.length > 0 && !bad) return unknown('no-data', `${silent.map(({ name }) => name).join(', ')} does not say how it is.`);
  return known({ disks: disks.slice(0, 50) }, method);
}

async function readLinux(host: Host) {
  const borrowed = await borrowedDisk(host);
  if (borrowed !== undefined) return borrowed;
  const environment = await attempt(readEnvironment(host));
  if (!(environment instanceof DoorError) && environment.hypervisor !== null) return notApplicable('virtual-machine', VIRTUAL);
  return conclude(await readDisksByUdisks(host), 'udisks2');
}

/** What diskutil says of a disk, by word; others that it may say one day are not understood. */
const SMART: Readonly<Record<string, DiskReport['health']>> = { Verified: 'healthy', Failing: 'failing', 'About to Fail': 'failing' };

async function readMac(host: Host) {
  const virtual = await attempt(host.run('sysctl', ['-n', 'kern.hv_vmm_present']));
  if (!(virtual instanceof DoorError) && virtual.exit === 0 && virtual.stdout.trim() === '1') return notApplicable('virtual-machine', VIRTUAL);
  const { SMARTStatus: status } = await runDiskutil(host, 'info', '-plist', 'disk0');
  const health = typeof status === 'string' ? SMART[status] : undefined;
  if (status === 'Not Supported') return unknown('unsupported', 'The disk does not report its health.');
  return conclude([{ name: 'disk0', health: health ?? 'unknown' }], 'diskutil info disk0');
}

export default defineCheck({
  id: 'disk.health',
  title: 'Disk is healthy',
  why: 'A disk that announces its end takes everything with it that is not saved elsewhere.',
  group: 'disk',
  owner: 'hardware',
  // Disks change slowly; macOS starts a program for each question.
  cost: 'slow',
  value: Type.Object({ disks: Type.Array(DiskReport, { minItems: 1, maxItems: 50 }) }),
  params: Type.Object({}),
  read: {
    linux: readLinux,
    darwin: readMac,
    win32: {
      needs: DISK_HEALTH_NEEDS,
      from: (got) => {
        const { virtual, disks, method } = readDisksByCim(got);
        return virtual ? notApplicable('virtual-machine', VIRTUAL) : conclude(disks, method);
      },
    },
  },
  excuses: { linux: ['container', 'wsl', 'virtual-machine'], darwin: ['virtual-machine'], win32: ['virtual-machine'] },
  judge: ({ disks }) => {
    const bad = disks.find(({ health }) => health === 'failing') ?? disks.find(({ health }) => health === 'warning');
    if (bad !== undefined) return fail(bad.health === 'failing' ? `${bad.name} says that it is about to fail.` : `${bad.name} warns of its condition.`);
    const silent = disks.find(({ health }) => health === 'unknown');
    return silent === undefined ? pass('Every disk reports that it is well.') : undecided(`${silent.name} does not say how it is.`);
  },
  remedy: replaceDisk,
  controls: ['NIST 800-53 CP-9 (unverified)'],
});

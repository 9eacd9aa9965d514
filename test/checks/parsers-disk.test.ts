/** Parsers of foreign text about disks: an answer or a coded refusal, whatever comes; and each state that the sources have words for. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pageFileDrives, parseSwapUsage } from '../../src/checks/disk-swap.ts';
import { stateByMethods, stateByShell } from '../../src/checks/sources/bitlocker.ts';
import { parseApfsList, parseDiskutil, parseFileVault } from '../../src/checks/sources/filevault.ts';
import { parseLsblk } from '../../src/checks/sources/lsblk.ts';
import { mountOf, parseMountinfo } from '../../src/checks/sources/mountinfo.ts';
import { parseSwaps } from '../../src/checks/sources/swaps.ts';
import { parseUdisks } from '../../src/checks/sources/udisks.ts';
import { parseDatasets, parseEncryption, parsePoolDevices } from '../../src/checks/sources/zfs.ts';
import { DoorError, UnparsableError } from '../../src/model/index.ts';

const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof UnparsableError || error instanceof DoorError ? 'refused' : error;
  }
};

describe('whatever text comes:', () => {
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    ...{ parseSwapUsage, parseFileVault, parseDiskutil, parseApfsList, parseSwaps, parseUdisks, parseDatasets, parseEncryption, parsePoolDevices },
    parseLsblk: (text) => parseLsblk(text, '/'),
    pageFileDrives: (text) => pageFileDrives([text], 'C:'),
  };
  const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary', maxLength: 300 }), fc.stringMatching(/^[ \t\n:=0-9A-Za-z[\]()/.,"'-]*$/));
  test.each(Object.entries(parsers))('%s gives an answer or says that it does not understand', (_name, parse) => {
    fc.assert(
      fc.property(text, (input) => expect(refusal(() => parse(input))).not.toBeInstanceOf(Error)),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['FileVault is On.\n', 'encrypted'],
  ['FileVault is Off.\n', 'plain'],
  ['FileVault is On, but needs to be restarted to finish.\n', 'encrypted'],
  ['FileVault is Off, but will be enabled after the next restart.\n', 'after-restart'],
  ['FileVault is Off, but needs to be restarted to finish.\n', 'plain'],
  ['FileVault is On.\nEncryption in progress: Percent completed = 41.3\n', 'encrypting'],
  ['FileVault is On.\nEncryption in progress: Pending\n', 'encrypting'],
  ['FileVault is On.\nDecryption in progress: Percent completed = 7\n', 'decrypting'],
  ['Decryption in progress: Percent completed = 7\n', 'decrypting'],
  ['Encryption in progress: Percent completed = 7\n', 'encrypting'],
  ["FileVault is Off.\nDeferred enablement appears to be active for user 'x'.\n", 'deferred'],
  ['FileVault is Off.\nDeferred enablement appears to be active.\n', 'deferred'],
  ["FileVault is On.\nDeferred enablement appears to be active for user 'x'.\n", 'encrypted'],
  ['FileVault is On.\nFileVault master keychain appears to be installed.\n', 'encrypted'],
  ['FileVault ist aktiviert.\n', undefined],
  ['', undefined],
  ['Error: FileVault is On.\n', undefined],
  ['FileVault is On, but', 'refused'],
  ['FileVault is On', 'refused'],
  ['FileVault is On.\nDecryption in progress: Paused\n', 'refused'],
  [`FileVault is On.\n${'x'.repeat(10_000)}`, 'refused'],
])('fdesetup says %j', (stdout, state) => {
  expect(refusal(() => parseFileVault(stdout))).toBe(state);
});

test('what the shell says of BitLocker, by number', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 1.5, '1', null, undefined].map(stateByShell)).toEqual([
    ...[undefined, 'encrypted', 'plain', 'encrypting', 'decrypting', 'suspended', 'locked', 'not-encryptable', 'waiting'],
    ...[undefined, undefined, undefined, undefined, undefined, undefined],
  ]);
});

test.each<[string, number | undefined, number | undefined, number | undefined, string | undefined]>([
  ['on', 1, 1, 0, 'encrypted'],
  ['encrypted with the key in the clear', 0, 1, 0, 'suspended'],
  ['never encrypted', 0, 0, 0, 'plain'],
  ['encrypting', 0, 2, 0, 'encrypting'],
  ['decrypting', 1, 3, 0, 'decrypting'],
  ['encryption paused', 0, 4, 0, 'encrypting'],
  ['decryption paused', 0, 5, 0, 'decrypting'],
  ['locked: only the lock answers', 2, undefined, 1, 'locked'],
  ['unknown, and not locked', 2, undefined, 0, undefined],
  ['only the protection answers', 1, undefined, undefined, 'encrypted'],
  ['on, says the protection; a conversion that does not exist', 1, 9, 0, undefined],
  ['nothing answers', undefined, undefined, undefined, undefined],
  ['all is encrypted, and nothing says whether it is protected', undefined, 1, 0, undefined],
])('the methods of WMI: %s', (_name, protection, conversion, lock, state) => {
  expect(stateByMethods(protection, conversion, lock)).toBe(state);
});

test('a pool of ZFS: log, cache and special devices count, a spare that waits does not, and one that is gone cannot be followed', () => {
  const status = (rows: string) =>
    `  pool: p\n state: ONLINE\nconfig:\n\n\tNAME  STATE  READ WRITE CKSUM\n\tp  ONLINE 0 0 0\n${rows}\nerrors: No known data errors\n`;
  const mixed = [
    '\t  mirror-0  ONLINE 0 0 0',
    '\t    /dev/mapper/a  ONLINE 0 0 0',
    '\t    /dev/mapper/b  ONLINE 0 0 0',
    '\tspecial',
    '\t  /dev/sdc1  ONLINE 0 0 0',
    '\tlogs',
    '\t  /dev/sdd1  ONLINE 0 0 0',
    '\tcache',
    '\t  /dev/sde1  ONLINE 0 0 0',
    '\tspares',
    '\t  /dev/sdf1  AVAIL',
    '',
  ].join('\n');
  expect(parsePoolDevices(status(mixed))).toEqual(['/dev/mapper/a', '/dev/mapper/b', '/dev/sdc1', '/dev/sdd1', '/dev/sde1']);
  const gone = '\t  mirror-0  DEGRADED 0 0 0\n\t    /dev/mapper/a  ONLINE 0 0 0\n\t    1234567890123456789  UNAVAIL 0 0 0  was /dev/sdb1\n';
  expect(refusal(() => parsePoolDevices(status(gone)))).toBe('refused');
  expect(refusal(() => parsePoolDevices(status('\t  /srv/disk.img  ONLINE 0 0 0\n')))).toBe('refused');
});

test('mounts on top of each other: the topmost is seen, and what was mounted below it before is not', () => {
  const mounts = parseMountinfo(
    [
      '1 1 0:2 / / rw - rootfs rootfs rw',
      '20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw',
      '21 20 8:2 / /home rw - ext4 /dev/sda2 rw',
      '22 21 8:3 / /home rw - ext4 /dev/sda3 rw',
      '23 20 8:4 / /data/old rw - ext4 /dev/sda4 rw',
      '24 20 8:5 / /data rw - ext4 /dev/sda5 rw',
      '25 20 0:40 / /a\\040b\\134c rw - tmpfs  rw',
      '',
    ].join('\n'),
  );
  const at = (path: string) => mountOf(mounts, path)?.device;
  expect(['/', '/home/x', '/homes', '/data/old/x', '/a b\\c'].map(at)).toEqual(['8:1', '8:3', '8:1', '8:5', '0:40']);
});

test('mountinfo that was cut off is not read as if it were whole', () => {
  expect(refusal(() => parseMountinfo('20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /home rw - ext4 /dev/sd'))).toBe('refused');
});

test('swap: no row is an answer, no table is none', () => {
  const head = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
  expect(parseSwaps(head)).toEqual([]);
  expect(parseSwaps(`${head}/dev/dm-2                               partition\t8388604\t0\t-2\n/swap\\040file file 1 0 -3\n`)).toEqual([
    { path: '/dev/dm-2', type: 'partition' },
    { path: '/swap file', type: 'file' },
  ]);
  for (const text of ['', head.trimEnd(), `${head}what is this\n`]) expect(refusal(() => parseSwaps(text))).toBe('refused');
});

test('swap of macOS', () => {
  expect(parseSwapUsage('vm.swapusage: total = 2048.00M  used = 1023.25M  free = 1024.75M  (encrypted)\n')).toBe(true);
  expect(parseSwapUsage('vm.swapusage: total = 0,00M  used = 0,00M  free = 0,00M  (encrypted)\n')).toBe(true);
  expect(parseSwapUsage('vm.swapusage: total = 64.00M  used = 0.00M  free = 64.00M\n')).toBe(false);
  expect(refusal(() => parseSwapUsage('vm.swapusage: total = 64.00M  used = 0.00M  fr'))).toBe('refused');
});

test('page files, as Windows lists them', () => {
  expect(pageFileDrives(['\\??\\C:\\pagefile.sys', '\\??\\d:\\pagefile.sys'], 'C:')).toEqual(['C:', 'D:']);
  expect(pageFileDrives(['?:\\pagefile.sys', 'E:\\pagefile.sys 16 8192'], 'C:')).toEqual(['C:', 'E:']);
  expect(pageFileDrives([], 'C:')).toEqual([]);
  expect(refusal(() => pageFileDrives(undefined, 'C:'))).toBe('refused');
});

describe('lsblk', () => {
  const tree = (type: string, below: string | null, fstype: string | null = 'ext4') =>
    JSON.stringify({
      blockdevices: [
        {
          name: 'sda',
          kname: 'sda',
          type: 'disk',
          fstype: null,
          mountpoints: [null],
          children: [
            {
              name: 'sda2',
              kname: 'sda2',
              type: 'part',
              fstype: below,
              mountpoints: [null],
              children: [{ name: 'r', kname: 'dm-0', type, fstype, mountpoints: ['/'] }],
            },
          ],
        },
      ],
    });
  test.each([
    ['LUKS', tree('crypt', 'crypto_LUKS'), 'encrypted'],
    ['LVM on a plain partition', tree('lvm', 'LVM2_member'), 'plain'],
    ['a mapping that only verifies', tree('crypt', 'DM_verity_hash'), 'refused'],
    ['a mapping that it does not know', tree('dm', null), 'refused'],
    ['btrfs may lie on more', tree('crypt', 'crypto_LUKS', 'btrfs'), 'refused'],
    ['without udev it does not know what lies there', tree('crypt', null, null), 'refused'],
  ])('%s', (_name, stdout, state) => {
    const answer = refusal(() => parseLsblk(stdout, '/'));
    expect(typeof answer === 'object' && answer !== null && 'state' in answer ? answer.state : answer).toBe(state);
  });
  test('a mirror with one leg in plain stands below both disks', () => {
    const md = { name: 'md0', kname: 'md0', type: 'raid1', fstype: 'ext4', mountpoints: ['/'] };
    const luks = { name: 'c', kname: 'dm-0', type: 'crypt', fstype: 'linux_raid_member', mountpoints: [], children: [md] };
    const stdout = JSON.stringify({
      blockdevices: [
        { name: 'sda', kname: 'sda', type: 'disk', fstype: 'crypto_LUKS', children: [luks] },
        { name: 'sdb', kname: 'sdb', type: 'disk', fstype: 'linux_raid_member', children: [md] },
      ],
    });
    expect(parseLsblk(stdout, '/')).toMatchObject({ state: 'plain', plain: ['sdb'] });
  });
});

test('udisks: a status that was never read says nothing, and a stick does not count', () => {
  const property = (data: unknown) => ({ data });
  const drive = (model: string, more: object, ata?: object, nvme?: object) => ({
    'org.freedesktop.UDisks2.Drive': { Model: property(model), ...more },
    ...(ata ? { 'org.freedesktop.UDisks2.Drive.Ata': ata } : {}),
    ...(nvme ? { 'org.freedesktop.UDisks2.NVMe.Controller': nvme } : {}),
  });
  const objects = {
    '/a': drive('Good', {}, { SmartUpdated: property(1_700_000_000), SmartFailing: property(false) }),
    '/b': drive('Bad', {}, { SmartUpdated: property(1_700_000_000), SmartFailing: property(true) }),
    '/c': drive('Silent', {}, { SmartUpdated: property(0), SmartFailing: property(false) }),
    '/d': drive('Fast', {}, undefined, { SmartUpdated: property(1_700_000_000), SmartCriticalWarning: property([]) }),
    '/e': drive('Worn', {}, undefined, { SmartUpdated: property(1_700_000_000), SmartCriticalWarning: property(['spare']) }),
    '/f': drive('Stick', { ConnectionBus: property('usb') }),
    '/g': { 'org.freedesktop.UDisks2.Block': {} },
  };
  expect(parseUdisks(JSON.stringify({ type: 'a{oa{sa{sv}}}', data: [objects] }))).toEqual([
    ...[
      { name: 'Good', health: 'healthy' },
      { name: 'Bad', health: 'failing' },
      { name: 'Silent', health: 'unknown' },
    ],
    ...[
      { name: 'Fast', health: 'healthy' },
      { name: 'Worn', health: 'failing' },
    ],
  ]);
});

/** Disks of Linux machines in states that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { readOn } from './machine.ts';

type Call = Readonly<Record<string, unknown>>;

/** A machine out of its mounts (`device point type source`) and its block devices. */
const mounts = (...rows: string[]): Call => ({
  read: '/proc/self/mountinfo',
  text: rows
    .map((row, index) => {
      const [device, point, type, source = ''] = row.split(' ');
      return `${30 + index} ${point === '/' ? 1 : 30} ${device} / ${point} rw,relatime shared:${index} - ${type} ${source} rw\n`;
    })
    .join(''),
});
interface Block {
  readonly uuid?: string;
  readonly dmName?: string;
  readonly on?: readonly string[];
  readonly path?: string;
  readonly partition?: boolean;
  readonly removable?: boolean;
  readonly file?: string;
}
function block(name: string, device: string, { uuid, dmName, on, path, partition, removable, file }: Block = {}): Call[] {
  const folder = `/sys/class/block/${name}`;
  const text = (path: string, value: string | undefined) => ({
    read: `${folder}/${path}`,
    ...(value === undefined ? { error: 'ENOENT' } : { text: `${value}\n` }),
  });
  const target = path ?? `../../devices/virtual/block/${name}`;
  return [
    { link: `/sys/dev/block/${device}`, target },
    { link: folder, target },
    text('dm/uuid', uuid),
    text('dm/name', dmName),
    { list: `${folder}/slaves`, ...(on ? { entries: on } : partition ? { error: 'ENOENT' } : { entries: [] }) },
    text('partition', partition ? '1' : undefined),
    text('removable', removable ? '1' : '0'),
    text('loop/backing_file', file),
    text('dev', device),
    { read: `${folder}/device/type`, error: 'ENOENT' },
    { read: `${folder}/backing_dev`, error: 'ENOENT' },
  ];
}
const luks = (name: string, device: string, ...on: string[]) => block(name, device, { uuid: `CRYPT-LUKS2-00-${name}`, dmName: name, on });
const lvm = (name: string, device: string, ...on: string[]) => block(name, device, { uuid: `LVM-${name}`, dmName: name, on });
const [sda, sdb] = [block('sda', '8:0', { path: '../../devices/pci0/ata1/block/sda' }), block('sdb', '8:16', { path: '../../devices/pci0/ata2/block/sdb' })];
const usb = block('sdc', '8:32', { path: '../../devices/pci0/usb1/1-2/host6/block/sdc' });
const swaps = (...rows: string[]): Call => ({
  read: '/proc/swaps',
  text: `Filename\tType\tSize\tUsed\tPriority\n${rows.map((row) => `${row}\t1\t0\t-2\n`).join('')}`,
});

describe('disk.encryption', () => {
  test.each([
    ['LUKS1', 'CRYPT-LUKS1-00-r', 'pass'],
    ['plain mode', 'CRYPT-PLAIN-r', 'pass'],
    ['BitLocker', 'CRYPT-BITLK-00-r', 'pass'],
    ['TrueCrypt', 'CRYPT-TCRYPT-r', 'pass'],
    ['verity alone', 'CRYPT-VERITY-00-r', 'fail'],
    ['integrity alone', 'CRYPT-INTEGRITY-00-r', 'fail'],
    ['a part of a mapping', 'CRYPT-SUBDEV-00-r', 'fail'],
    ['a mapping of cryptsetup that is not known', 'CRYPT-NEWKIND-00-r', 'unknown'],
    ['a mapping without a name for what it does', '', 'unknown'],
  ])('%s', async (_name, uuid, verdict) => {
    expect(
      await readOn('disk.encryption', [mounts('253:0 / ext4 /dev/mapper/r'), ...block('dm-0', '253:0', { uuid, dmName: 'r', on: ['sda'] }), ...sda]),
    ).toMatchObject({ verdict });
  });
  test('VeraCrypt names its mappings, and gives them no UUID', async () => {
    const calls = [mounts('253:0 / ext4 /dev/mapper/veracrypt1'), ...block('dm-0', '253:0', { uuid: '', dmName: 'veracrypt1', on: ['sda'] }), ...sda];
    expect(await readOn('disk.encryption', calls)).toMatchObject({ verdict: 'pass' });
  });
  test('a cached volume lies on the disk and on the cache: one in plain is enough', async () => {
    const stack = [...lvm('dm-0', '253:0', 'dm-1', 'dm-2'), ...lvm('dm-1', '253:1', 'dm-3'), ...lvm('dm-2', '253:2', 'sdb'), ...luks('dm-3', '253:3', 'sda')];
    expect(await readOn('disk.encryption', [mounts('253:0 / xfs /dev/mapper/r'), ...stack, ...sda, ...sdb])).toMatchObject({
      verdict: 'fail',
      because: '/ is not encrypted: it lies in plain on sdb.',
    });
  });
  test('bcache without encryption below, and a partition of a RAID with it', async () => {
    const cached = [...block('bcache0', '252:0', { on: ['sda', 'sdb'] }), ...sda, ...sdb];
    expect(await readOn('disk.encryption', [mounts('252:0 / ext4 /dev/bcache0'), ...cached])).toMatchObject({ verdict: 'fail' });
    const part = block('md0p1', '259:0', { partition: true, path: '../../devices/virtual/block/md0/md0p1' });
    const raid = [...part, ...block('md0', '9:0', { on: ['dm-0', 'dm-1'] }), ...luks('dm-0', '253:0', 'sda'), ...luks('dm-1', '253:1', 'sdb')];
    expect(await readOn('disk.encryption', [mounts('259:0 / ext4 /dev/md0p1'), ...raid])).toMatchObject({ verdict: 'pass' });
  });
  test('a RAID, or a mapping, whose disks are not shown is not a plain disk', async () => {
    expect(await readOn('disk.encryption', [mounts('9:0 / ext4 /dev/md0'), ...block('md0', '9:0')])).toMatchObject({ verdict: 'unknown' });
  });
  test('a disk that is only just being moved under a key', async () => {
    const helper = block('dm-1', '253:1', { uuid: 'CRYPT-SUBDEV-00-x', dmName: 'r-hotzone-forward', on: ['sda'] });
    expect(await readOn('disk.encryption', [mounts('253:0 / ext4 /dev/mapper/r'), ...luks('dm-0', '253:0', 'dm-1'), ...helper, ...sda])).toMatchObject({
      verdict: 'unknown',
      because: '/ is being encrypted: that is not finished.',
    });
  });
  test('LUKS with integrity below it is LUKS', async () => {
    const below = block('dm-1', '253:1', { uuid: 'CRYPT-SUBDEV-00-x', dmName: 'r_dif', on: ['sda'] });
    expect(await readOn('disk.encryption', [mounts('253:0 / ext4 /dev/mapper/r'), ...luks('dm-0', '253:0', 'dm-1'), ...below, ...sda])).toMatchObject({
      verdict: 'pass',
    });
  });
  test('a btrfs of two disks, one of them in plain', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    const calls = [
      mounts('0:26 / btrfs /dev/mapper/r'),
      { link: '/dev/mapper/r', target: '../dm-0' },
      { list: '/sys/fs/btrfs', entries: [id, 'features'] },
      { list: `/sys/fs/btrfs/${id}/devices`, entries: ['dm-0', 'sdb'] },
      ...luks('dm-0', '253:0', 'sda'),
      ...sdb,
    ];
    expect(await readOn('disk.encryption', calls)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('sdb') });
  });
  test('a root in a file that lies on an encrypted disk, and one that lies nowhere to be seen', async () => {
    const root = (file: string) => block('loop0', '7:0', { file });
    const host = [mounts('7:0 / ext4 /dev/loop0', '253:0 /host ext4 /dev/mapper/h'), ...luks('dm-0', '253:0', 'sda')];
    expect(await readOn('disk.encryption', [...host, ...root('/host/root.img')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('disk.encryption', [...host, ...root('/elsewhere/root.img')])).toMatchObject({ verdict: 'unknown' });
    expect(await readOn('disk.encryption', [...host, ...root('/host/root.img (deleted)')])).toMatchObject({ verdict: 'unknown' });
  });
  test('a pool of ZFS with encryption for each dataset: what counts is that of the root', async () => {
    const list = (rows: string) => ({ run: ['zfs', 'list', '-H', '-o', 'name,encryption'], stdout: rows, stderr: '', exit: 0 });
    const root = mounts('0:28 / zfs rpool/ROOT/a');
    expect(await readOn('disk.encryption', [root, list('rpool\toff\nrpool/ROOT/a\taes-256-gcm\n')])).toMatchObject({ verdict: 'pass' });
    const status = {
      run: ['zpool', 'status', '-P', 'rpool'],
      stdout: '\tNAME STATE READ WRITE CKSUM\n\trpool ONLINE 0 0 0\n\t  /dev/sda ONLINE 0 0 0\n\n',
      stderr: '',
      exit: 0,
    };
    expect(await readOn('disk.encryption', [root, list('rpool\taes-256-gcm\nrpool/ROOT/a\toff\n'), status, ...sda])).toMatchObject({ verdict: 'fail' });
  });
  test('composefs shows an image: what it is made of lies below /sysroot', async () => {
    const rows = mounts('0:30 / overlay composefs', '253:0 /sysroot xfs /dev/mapper/r', '253:0 /var xfs /dev/mapper/r');
    expect(await readOn('disk.encryption', [rows, ...luks('dm-0', '253:0', 'sda')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('disk.encryption', [rows, ...lvm('dm-0', '253:0', 'sda'), ...sda])).toMatchObject({ verdict: 'fail' });
  });
  test('a root in memory keeps nothing: the disks beside it do, and where there are none, nothing is known', async () => {
    const kept = [mounts('0:30 / tmpfs none', '253:0 /nix ext4 /dev/mapper/n', '8:1 /boot vfat /dev/sda1'), ...luks('dm-0', '253:0', 'sda')];
    expect(await readOn('disk.encryption', kept)).toMatchObject({ verdict: 'pass' });
    expect(await readOn('disk.encryption', [mounts('0:30 / tmpfs none')])).toMatchObject({ verdict: 'unknown', reason: 'unsupported' });
  });
  test('/var in plain beside an encrypted root, and /var in memory', async () => {
    const base = [...luks('dm-0', '253:0', 'sda'), ...sdb];
    expect(await readOn('disk.encryption', [mounts('253:0 / ext4 /dev/mapper/r', '8:16 /var ext4 /dev/sdb'), ...base])).toMatchObject({
      verdict: 'fail',
      because: '/var is not encrypted: it lies in plain on sdb.',
    });
    expect(await readOn('disk.encryption', [mounts('253:0 / ext4 /dev/mapper/r', '0:31 /var tmpfs tmpfs'), ...base])).toMatchObject({ verdict: 'pass' });
  });
  test('a plain root is plain although what lies under /var is not known', async () => {
    expect(await readOn('disk.encryption', [mounts('8:0 / ext4 /dev/sda', '0:31 /var nfs4 server:/var'), ...sda])).toMatchObject({ verdict: 'fail' });
  });
  test.each(['9p', 'virtiofs', 'nfs4', 'overlay'])('a root on %s is not known', async (type) => {
    expect(await readOn('disk.encryption', [mounts(`0:40 / ${type} x`)])).toMatchObject({ verdict: 'unknown', reason: 'unsupported' });
  });
  test('a disk on the network is not one of this machine', async () => {
    expect(await readOn('disk.encryption', [mounts('43:0 / ext4 /dev/nbd0'), ...block('nbd0', '43:0')])).toMatchObject({ verdict: 'unknown' });
  });
});

describe('disk.encryption_data', () => {
  const root = [...luks('dm-0', '253:0', 'sda')];
  test('homes on a plain disk beside an encrypted root: the disk is named', async () => {
    const calls = [mounts('253:0 / ext4 /dev/mapper/r', '8:16 /home ext4 /dev/sdb'), ...root, ...sdb, swaps()];
    expect(await readOn('disk.encryption_data', calls)).toMatchObject({ verdict: 'fail', because: '/home is not encrypted: it lies in plain on sdb.' });
  });
  test('another built-in disk in plain; the policy may let it be', async () => {
    const calls = [mounts('253:0 / ext4 /dev/mapper/r', '8:16 /srv/data ext4 /dev/sdb'), ...root, ...sdb, swaps()];
    expect(await readOn('disk.encryption_data', calls)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('/srv/data') });
    expect(await readOn('disk.encryption_data', calls, { params: { ignore: ['/srv/data'] } })).toMatchObject({ verdict: 'pass' });
  });
  test('what starts the system, images, sticks and files do not count', async () => {
    const calls = [
      mounts(
        '253:0 / ext4 /dev/mapper/r',
        '8:1 /boot/efi vfat /dev/sda1',
        '8:2 /boot ext4 /dev/sda2',
        '7:1 /snap/x squashfs /dev/loop1',
        '8:32 /media/x vfat /dev/sdc',
        '7:2 /mnt ext4 /dev/loop2',
      ),
      ...[...root, ...usb, ...block('loop2', '7:2', { file: '/x.img' }), swaps()],
    ];
    const { verdict, reading } = await readOn('disk.encryption_data', calls);
    expect(verdict).toBe('pass');
    expect(reading).toMatchObject({ value: { volumes: [{ mount: '/', state: 'encrypted' }] } });
  });
  test('an encrypted stick does not stand for homes in plain', async () => {
    const stick = luks('dm-5', '253:5', 'sdc');
    const calls = [mounts('8:0 / ext4 /dev/sda', '253:5 /media/x ext4 /dev/mapper/x'), ...sda, ...usb, ...stick, swaps()];
    expect(await readOn('disk.encryption_data', calls)).toMatchObject({ verdict: 'fail', because: '/ is not encrypted: it lies in plain on sda.' });
  });
  test('swap in plain beside encrypted homes', async () => {
    const calls = [mounts('253:0 / ext4 /dev/mapper/r'), ...root, ...sdb, swaps('/dev/sdb\tpartition')];
    expect(await readOn('disk.encryption_data', calls)).toMatchObject({ verdict: 'fail', because: 'swap is not encrypted: it lies in plain on sdb.' });
  });
  test('a home that systemd-homed keeps in an encrypted file counts by itself', async () => {
    const calls = [
      mounts('8:0 / ext4 /dev/sda', '253:7 /home/example ext4 /dev/mapper/home-example'),
      ...sda,
      ...luks('dm-7', '253:7', 'loop0'),
      ...block('loop0', '7:0', { file: '/home/example.home' }),
      swaps(),
    ];
    const { verdict, reading } = await readOn('disk.encryption_data', calls, { env: { HOME: '/home/example' } });
    expect(verdict).toBe('pass');
    expect(JSON.stringify(reading)).not.toContain('example');
  });
  test('files that are encrypted one by one are not an encrypted disk', async () => {
    const calls = [mounts('8:0 / ext4 /dev/sda', '0:50 /home/example ecryptfs /home/.ecryptfs/example/.Private'), ...sda, swaps()];
    expect(await readOn('disk.encryption_data', calls, { env: { HOME: '/home/example' } })).toMatchObject({ verdict: 'fail' });
  });
  test('homes on another machine: what is kept here lies with the system', async () => {
    expect(await readOn('disk.encryption_data', [mounts('253:0 / ext4 /dev/mapper/r', '0:50 /home nfs4 server:/home'), ...root, swaps()])).toMatchObject({
      verdict: 'pass',
    });
  });
  test('good homes do not hide that swap could not be read; bad ones are bad without it', async () => {
    const denied = { read: '/proc/swaps', error: 'EACCES' };
    expect(await readOn('disk.encryption_data', [mounts('253:0 / ext4 /dev/mapper/r'), ...root, denied])).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
    expect(await readOn('disk.encryption_data', [mounts('8:0 / ext4 /dev/sda'), ...sda, denied])).toMatchObject({ verdict: 'fail' });
  });
});

describe('disk.swap', () => {
  const base = [mounts('253:0 / ext4 /dev/mapper/r', '8:16 /data ext4 /dev/sdb'), ...luks('dm-0', '253:0', 'sda'), ...sda, ...sdb, ...block('zram0', '251:0')];
  test.each([
    ['none', swaps(), 'pass', 'No swap is in use.'],
    ['zram is memory', swaps('/dev/zram0\tpartition'), 'pass', 'Swap stays in memory.'],
    ['on an encrypted mapping', swaps('/dev/dm-0\tpartition'), 'pass', 'Swap is encrypted.'],
    ['on a plain disk beside zram', swaps('/dev/zram0\tpartition', '/dev/sdb\tpartition'), 'fail', 'Swap (sdb) is not encrypted: it lies in plain on sdb.'],
    ['a file on an encrypted disk', swaps('/swapfile\tfile'), 'pass', 'Swap is encrypted.'],
    ['a file on a plain disk', swaps('/data/swap\\040file\tfile'), 'fail', 'Swap (a file on /data) is not encrypted: it lies in plain on sdb.'],
  ])('%s', async (_name, table, verdict, because) => {
    expect(await readOn('disk.swap', [...base, table])).toMatchObject({ verdict, because });
  });
  test('zram that writes what is not used to a plain disk', async () => {
    const calls = [{ read: '/sys/class/block/zram0/backing_dev', text: '/dev/sdb\n' }, ...base, swaps('/dev/zram0\tpartition')];
    expect(await readOn('disk.swap', calls)).toMatchObject({ verdict: 'fail' });
  });
  test('a volume of ZFS: encrypted where all datasets are, and else not known', async () => {
    const zfs = (rows: string) => ({ run: ['zfs', 'list', '-H', '-o', 'name,encryption'], stdout: rows, stderr: '', exit: 0 });
    const calls = [...base, ...block('zd0', '230:0'), swaps('/dev/zd0\tpartition')];
    expect(await readOn('disk.swap', [...calls, zfs('p\taes-256-gcm\np/swap\taes-256-gcm\n')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('disk.swap', [...calls, zfs('p\toff\np/swap\taes-256-gcm\n')])).toMatchObject({ verdict: 'unknown' });
  });
});

describe('disk.health', () => {
  const ask = [
    'busctl',
    '--system',
    '--json=short',
    '--auto-start=no',
    'call',
    'org.freedesktop.UDisks2',
    '/org/freedesktop/UDisks2',
    'org.freedesktop.DBus.ObjectManager',
    'GetManagedObjects',
  ];
  const disks = (failing: boolean) => ({
    run: ask,
    stdout: JSON.stringify({
      data: [
        {
          '/d': {
            'org.freedesktop.UDisks2.Drive': { Model: { data: 'Disk' } },
            'org.freedesktop.UDisks2.Drive.Ata': { SmartUpdated: { data: 1 }, SmartFailing: { data: failing } },
          },
        },
      ],
    }),
    stderr: '',
    exit: 0,
  });
  test('a disk that announces its end, and one that does not', async () => {
    expect(await readOn('disk.health', [disks(true)])).toMatchObject({ verdict: 'fail', because: 'Disk says that it is about to fail.' });
    expect(await readOn('disk.health', [disks(false)])).toMatchObject({ verdict: 'pass' });
  });
  test.each([
    ['udisks2 does not run', { run: ask, stdout: '', stderr: 'Call failed: The name is not activatable\n', exit: 1 }, 'service-not-running'],
    ['there is no busctl', { run: ask, error: 'ENOENT' }, 'missing-tool'],
    ['it answers with rubbish', { run: ask, stdout: 'Fehler\n', stderr: '', exit: 0 }, 'unparsable'],
    ['it knows no disk', { run: ask, stdout: '{"data":[{}]}', stderr: '', exit: 0 }, 'no-data'],
  ])('%s: not known', async (_name, call, reason) => {
    expect(await readOn('disk.health', [call])).toMatchObject({ verdict: 'unknown', reason });
  });
  test('the disks of a virtual machine are those of its host', async () => {
    const machine = [{ read: '/sys/class/dmi/id/sys_vendor', text: 'QEMU\n' }];
    expect(await readOn('disk.health', [...machine, disks(false)])).toMatchObject({ verdict: 'not-applicable', reason: 'virtual-machine' });
  });
});

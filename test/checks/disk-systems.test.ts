/** Disks of Macs and of Windows machines in states that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { build } from 'plist';
import { checkById } from '../../src/checks/index.ts';
import { readOnMac, readOnWindows } from './machine.ts';

const ran = (run: readonly string[], stdout: string, exit = 0) => ({ run, stdout, stderr: '', exit });
const fdesetup = (stdout: string) => ran(['fdesetup', 'status'], stdout);
const noFdesetup = { run: ['fdesetup', 'status'], error: 'ETIMEDOUT' };
const volume = (device: string, roles: string[], fileVault: boolean, more: object = {}) => ({
  ...{ DeviceIdentifier: device, Roles: roles, FileVault: fileVault, Encryption: true, CryptoMigrationOn: false, Locked: false, Name: 'private' },
  ...more,
});
const container = (reference: string, store: string, ...volumes: object[]) => ({
  ContainerReference: reference,
  PhysicalStores: [{ DeviceIdentifier: store }],
  Volumes: volumes,
});
const apfs = (...containers: object[]) => ran(['diskutil', 'apfs', 'list', '-plist'], build({ Containers: containers } as never));
const startup = (fileVault: boolean, more: object = {}) =>
  container(
    'disk3',
    'disk0s2',
    volume('disk3s1', ['System'], fileVault, more),
    volume('disk3s2', ['Preboot'], false),
    volume('disk3s5', ['Data'], fileVault, more),
    volume('disk3s6', ['VM'], false),
  );
const internal = ran(['diskutil', 'list', '-plist', 'internal', 'physical'], build({ WholeDisks: ['disk0', 'disk1'] }));

describe('disk.encryption on a Mac', () => {
  test.each([
    ['on', startup(true), 'pass'],
    ['off, although the hardware encrypts', startup(false), 'fail'],
    ['on, and moving', startup(true, { CryptoMigrationOn: true }), 'unknown'],
    ['on, and nothing encrypted yet', startup(true, { Encryption: false }), 'unknown'],
  ])('where fdesetup hangs, diskutil tells: %s', async (_name, disk, verdict) => {
    expect(await readOnMac('disk.encryption', [noFdesetup, apfs(disk)])).toMatchObject({ verdict });
  });
  test('with two systems on a Mac, what is mounted at / tells', async () => {
    const clone = container('disk7', 'disk6s2', volume('disk7s1', ['System'], false), volume('disk7s5', ['Data'], false));
    const info = ran(['diskutil', 'info', '-plist', '/'], build({ FileVault: true, Encryption: true }));
    expect(await readOnMac('disk.encryption', [noFdesetup, apfs(startup(true), clone), info])).toMatchObject({ verdict: 'pass' });
  });
  test('"isactive" is a no where it says no, and no yes where it says yes', async () => {
    const others = [
      noFdesetup,
      { run: ['diskutil', 'apfs', 'list', '-plist'], error: 'EACCES' },
      { run: ['diskutil', 'info', '-plist', '/'], error: 'EACCES' },
    ];
    expect(await readOnMac('disk.encryption', [...others, ran(['fdesetup', 'isactive'], 'false\n', 1)])).toMatchObject({ verdict: 'fail' });
    expect(await readOnMac('disk.encryption', [...others, ran(['fdesetup', 'isactive'], 'true\n')])).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test.each([
    ['an error with exit 1', ran(['fdesetup', 'status'], 'FileVault is On.\n', 1)],
    ['an answer on the wrong stream', { run: ['fdesetup', 'status'], stdout: '', stderr: 'FileVault is On.\n', exit: 0 }],
    ['another language', fdesetup('FileVault ist aktiviert.\n')],
  ])('%s is no verdict', async (_name, call) => {
    expect(await readOnMac('disk.encryption', [call])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
});

describe('disk.encryption_data on a Mac', () => {
  test('the data volume, and what macOS keeps beside it', async () => {
    expect(await readOnMac('disk.encryption_data', [apfs(startup(true))])).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('disk.encryption_data', [apfs(startup(false))])).toMatchObject({
      verdict: 'fail',
      because: 'The data volume disk3s5 is not encrypted.',
    });
  });
  test('another volume in plain: on a built-in disk it counts, on a stick or in an image it does not', async () => {
    const other = (store: string) => container('disk5', store, volume('disk5s1', [], false));
    expect(await readOnMac('disk.encryption_data', [apfs(startup(true), other('disk1s2')), internal])).toMatchObject({
      verdict: 'fail',
      because: 'The volume disk5s1 is not encrypted.',
    });
    expect(await readOnMac('disk.encryption_data', [apfs(startup(true), other('disk4s1')), internal])).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('disk.encryption_data', [apfs(startup(true), other('disk4s1'))])).toMatchObject({ verdict: 'unknown' });
  });
  test('before macOS 10.15 system and data were one volume without a role', async () => {
    const old = (fileVault: boolean) =>
      container('disk1', 'disk0s2', volume('disk1s1', [], fileVault), volume('disk1s2', ['Preboot'], false), volume('disk1s4', ['VM'], false));
    expect(await readOnMac('disk.encryption_data', [apfs(old(true))])).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('disk.encryption_data', [apfs(old(false))])).toMatchObject({ verdict: 'fail' });
  });
  test('without diskutil, FileVault off is a no; on says nothing of other volumes', async () => {
    const hangs = { run: ['diskutil', 'apfs', 'list', '-plist'], error: 'ETIMEDOUT' };
    expect(await readOnMac('disk.encryption_data', [hangs, fdesetup('FileVault is Off.\n')])).toMatchObject({ verdict: 'fail' });
    expect(await readOnMac('disk.encryption_data', [hangs, fdesetup('FileVault is On.\n')])).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test('names of volumes are not reported', async () => {
    const { reading } = await readOnMac('disk.encryption_data', [apfs(startup(true))]);
    expect(JSON.stringify(reading)).not.toContain('private');
  });
});

describe('disk.health on a Mac', () => {
  const metal = ran(['sysctl', '-n', 'kern.hv_vmm_present'], '0\n');
  const smart = (status: string) => ran(['diskutil', 'info', '-plist', 'disk0'], build({ SMARTStatus: status }));
  test.each([
    ['Verified', 'pass'],
    ['Failing', 'fail'],
    ['Not Supported', 'unknown'],
    ['Something new', 'unknown'],
  ])('SMART %s', async (status, verdict) => {
    expect(await readOnMac('disk.health', [metal, smart(status)])).toMatchObject({ verdict });
  });
  test('a virtual machine', async () => {
    expect(await readOnMac('disk.health', [ran(['sysctl', '-n', 'kern.hv_vmm_present'], '1\n'), smart('Verified')])).toMatchObject({
      verdict: 'not-applicable',
    });
  });
});

const shell = (letter: string, value: number | null) => ({ shellProperty: [`${letter}:\\`, 'System.Volume.BitLockerProtection'], value });
const NAMESPACE = 'root/cimv2/Security/MicrosoftVolumeEncryption';
const method = (name: string, rows: object[]) => ({ cim: [NAMESPACE, 'Win32_EncryptableVolume', name], rows });
const cim = (namespace: string, name: string, ...rows: object[]) => ({ cim: [namespace, name], rows });
const fixed = (...letters: string[]) => cim('root/cimv2', 'Win32_LogicalDisk', ...letters.map((letter) => ({ DeviceID: `${letter}:`, DriveType: 3 })));
const STORAGE = 'root/Microsoft/Windows/Storage';

describe('disk.encryption on Windows', () => {
  test.each([
    [1, 'pass', 'Encrypted by BitLocker.'],
    [2, 'fail', 'C: is not encrypted.'],
    [3, 'unknown', 'C: is being encrypted: that is not finished.'],
    [4, 'fail', 'C: is being decrypted.'],
    [5, 'fail', 'The protection of C: is suspended: the key lies on the disk in the clear.'],
    [7, 'fail', 'C: is not encrypted, and cannot be as it is.'],
    [8, 'fail', 'C: is encrypted, but not protected: it waits for an account that keeps the recovery key.'],
  ])('the shell says %d', async (value, verdict, because) => {
    expect(await readOnWindows('disk.encryption', [shell('C', value)])).toMatchObject({ verdict, because });
  });
  test('Windows may run from another drive', async () => {
    expect(await readOnWindows('disk.encryption', [shell('C', 1), shell('D', 2)], { env: { SystemDrive: 'D:' } })).toMatchObject({
      verdict: 'fail',
      because: 'D: is not encrypted.',
    });
  });
  test('a property of the class that is stale does not count: only what its methods say', async () => {
    const stale = { DriveLetter: 'C:', ReturnValue: 0 };
    const calls = [
      shell('C', null),
      { cim: [NAMESPACE, 'Win32_EncryptableVolume'], rows: [{ DriveLetter: 'C:', ProtectionStatus: 1, ConversionStatus: 1 }] },
      method('GetProtectionStatus', [{ ...stale, ProtectionStatus: 0 }]),
      method('GetConversionStatus', [{ ...stale, ConversionStatus: 0 }]),
    ];
    expect(await readOnWindows('disk.encryption', calls)).toMatchObject({ verdict: 'fail' });
  });
  test('a method that failed says nothing, although a property of its row does', async () => {
    const failed = [{ DriveLetter: 'C:', ReturnValue: 2150694912, ProtectionStatus: 1 }];
    expect(await readOnWindows('disk.encryption', [shell('C', null), method('GetProtectionStatus', failed)])).toMatchObject({ verdict: 'unknown' });
  });
  test('what was refused is said rather than what is not there', async () => {
    const calls = [
      { shellProperty: ['C:\\', 'System.Volume.BitLockerProtection'], error: 'ENOENT' },
      ...['GetProtectionStatus', 'GetConversionStatus', 'GetLockStatus'].map((name) => ({
        cim: [NAMESPACE, 'Win32_EncryptableVolume', name],
        error: 'EACCES',
      })),
    ];
    expect(await readOnWindows('disk.encryption', calls)).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  test('resuming is other advice than turning on, and signing in another again', () => {
    const remedy = checkById('disk.encryption')?.remedy;
    const first = (state: string) =>
      remedy?.({ volumes: [{ mount: 'C:', state, by: [], plain: [] }] }, 'win32')
        .steps.map(({ en }) => en)
        .join(' ');
    expect([first('suspended'), first('plain'), first('waiting')]).toEqual([
      expect.stringContaining('Resume protection'),
      expect.stringContaining('Turn on BitLocker'),
      expect.stringContaining('Microsoft account'),
    ]);
  });
});

describe('disk.encryption_data on Windows', () => {
  test('no other disk: there is nothing to encrypt', async () => {
    expect(await readOnWindows('disk.encryption_data', [fixed('C'), shell('C', 1)])).toMatchObject({ verdict: 'not-applicable', reason: 'nothing-there' });
  });
  test.each([
    [1, 'pass'],
    [6, 'pass'],
    [2, 'fail'],
    [5, 'fail'],
    [3, 'unknown'],
  ])('D: is %d', async (value, verdict) => {
    expect(await readOnWindows('disk.encryption_data', [fixed('C', 'D'), shell('C', 2), shell('D', value)])).toMatchObject({ verdict });
  });
  test('a disk on USB calls itself fixed; the bus tells', async () => {
    const disks = [
      cim(STORAGE, 'MSFT_Partition', { DriveLetter: 'D', DiskNumber: 1 }, { DriveLetter: 'C', DiskNumber: 0 }),
      cim(STORAGE, 'MSFT_Disk', { Number: 0, BusType: 17 }, { Number: 1, BusType: 7 }),
    ];
    expect(await readOnWindows('disk.encryption_data', [fixed('C', 'D'), shell('D', 2), ...disks])).toMatchObject({ verdict: 'not-applicable' });
  });
  test('a volume in a folder has no letter: its methods are asked by its id, and the folder is not named', async () => {
    const id = '\\\\?\\Volume{00000000-0000-0000-0000-000000000009}\\';
    const rows = cim(
      'root/cimv2',
      'Win32_Volume',
      { DriveLetter: 'C:', DriveType: 3, Name: 'C:\\' },
      { DriveLetter: null, DriveType: 3, Name: 'C:\\Geheim\\', DeviceID: id },
      { DriveLetter: null, DriveType: 3, Name: id, DeviceID: 'x' },
    );
    const answers = [
      method('GetProtectionStatus', [{ DeviceID: id, DriveLetter: null, ReturnValue: 0, ProtectionStatus: 0 }]),
      method('GetConversionStatus', [{ DeviceID: id, DriveLetter: null, ReturnValue: 0, ConversionStatus: 0 }]),
    ];
    const { verdict, reading } = await readOnWindows('disk.encryption_data', [fixed('C'), rows, ...answers]);
    expect(verdict).toBe('fail');
    expect(JSON.stringify(reading)).not.toContain('Geheim');
    expect(await readOnWindows('disk.encryption_data', [fixed('C'), rows])).toMatchObject({ verdict: 'unknown' });
  });
  test('a drive that nothing tells of is not known, and one in plain beside it is a no', async () => {
    expect(await readOnWindows('disk.encryption_data', [fixed('C', 'D', 'E'), shell('D', 1), shell('E', null)])).toMatchObject({ verdict: 'unknown' });
    expect(await readOnWindows('disk.encryption_data', [fixed('C', 'D', 'E'), shell('D', 2), shell('E', null)])).toMatchObject({ verdict: 'fail' });
  });
  test('a list without the drive that Windows runs from is no list', async () => {
    expect(await readOnWindows('disk.encryption_data', [fixed()])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
});

describe('disk.swap on Windows', () => {
  const MEMORY = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management';
  const files = (...list: string[]) => ({ registry: MEMORY, values: { ExistingPageFiles: list }, keys: [] });
  const ntfs = (value: number) => ({ registry: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem', values: { NtfsEncryptPagingFile: value }, keys: [] });
  test.each<[string, object[], string]>([
    ['on a protected drive', [files('\\??\\C:\\pagefile.sys'), shell('C', 1)], 'pass'],
    ['on a suspended drive', [files('\\??\\C:\\pagefile.sys'), shell('C', 5)], 'fail'],
    ['on a drive in plain beside a protected one', [files('\\??\\C:\\pagefile.sys', '\\??\\D:\\pagefile.sys'), shell('C', 1), shell('D', 2)], 'fail'],
    ['in plain, and encrypted by NTFS', [files('\\??\\C:\\pagefile.sys'), shell('C', 2), ntfs(1)], 'pass'],
    ['in plain, and not by NTFS', [files('\\??\\C:\\pagefile.sys'), shell('C', 2), ntfs(0)], 'fail'],
    ['none', [files()], 'pass'],
    ['a drive that nothing tells of', [files('\\??\\C:\\pagefile.sys')], 'unknown'],
    ['no list', [{ registry: MEMORY, values: {}, keys: [] }], 'unknown'],
    ['refused', [{ registry: MEMORY, error: 'EACCES' }], 'unknown'],
  ])('%s', async (_name, calls, verdict) => {
    expect(await readOnWindows('disk.swap', calls as Record<string, unknown>[])).toMatchObject({ verdict });
  });
});

describe('disk.health on Windows', () => {
  const physical = (...rows: object[]) => cim(STORAGE, 'MSFT_PhysicalDisk', ...rows);
  const disk = (name: string, health: number | string, bus = 17) => ({ FriendlyName: name, HealthStatus: health, BusType: bus });
  test.each<[string, object[], string]>([
    ['healthy', [physical(disk('A', 0))], 'pass'],
    ['a warning', [physical(disk('A', 0), disk('B', 1))], 'fail'],
    ['unhealthy', [physical(disk('A', 2))], 'fail'],
    ['says nothing', [physical(disk('A', 5))], 'unknown'],
    ['by name', [physical(disk('A', 'Healthy'))], 'pass'],
    ['a failing disk on USB is not built in', [physical(disk('A', 0), disk('B', 2, 7))], 'pass'],
    [
      'the older class, where the newer is refused',
      [{ cim: [STORAGE, 'MSFT_PhysicalDisk'], error: 'EACCES' }, cim('root/cimv2', 'Win32_DiskDrive', { Model: 'A', Status: 'Pred Fail' })],
      'fail',
    ],
    [
      'both refused',
      [
        { cim: [STORAGE, 'MSFT_PhysicalDisk'], error: 'EACCES' },
        { cim: ['root/cimv2', 'Win32_DiskDrive'], error: 'EACCES' },
      ],
      'unknown',
    ],
    [
      'a virtual machine',
      [physical(disk('A', 0)), cim('root/cimv2', 'Win32_ComputerSystem', { Manufacturer: 'Microsoft Corporation', Model: 'Virtual Machine' })],
      'not-applicable',
    ],
    [
      'a Surface is none',
      [physical(disk('A', 0)), cim('root/cimv2', 'Win32_ComputerSystem', { Manufacturer: 'Microsoft Corporation', Model: 'Surface Laptop 5' })],
      'pass',
    ],
  ])('%s', async (_name, calls, verdict) => {
    expect(await readOnWindows('disk.health', calls as Record<string, unknown>[])).toMatchObject({ verdict });
  });
});

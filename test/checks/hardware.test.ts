/** Firmware, security chip and the integrity of the system, in states that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { readOn, readOnMac, readOnWindows } from './machine.ts';

type Call = Readonly<Record<string, unknown>>;
const ran = (run: string[], stdout: string, exit = 0, stderr = ''): Call => ({ run, stdout, stderr, exit });
const registry = (key: string, values: object, keys: string[] = []): Call => ({ registry: key, values, keys });
const METAL = registry('HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS', { SystemManufacturer: 'LENOVO', SystemProductName: '21KC' });
const GUEST = registry('HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS', { SystemManufacturer: 'Microsoft Corporation', SystemProductName: 'Virtual Machine' });

describe('boot.secure_boot on a Mac', () => {
  const VARIABLE = '94b73556-2197-4702-82a8-3e1337dafbfb:AppleSecureBootPolicy';
  const profiler = (...items: object[]): Call => ran(['system_profiler', '-json', 'SPiBridgeDataType'], JSON.stringify({ SPiBridgeDataType: items }));
  const nvram = (value: string): Call => ran(['nvram', VARIABLE], `${VARIABLE}\t${value}\n`);
  const noVariable = ran(['nvram', VARIABLE], '', 1, `nvram: Error getting variable - '${VARIABLE}': (iokit/common) data was not found\n`);
  const intel = ran(['sysctl', '-n', 'hw.optional.arm64'], '', 1, "sysctl: unknown oid 'hw.optional.arm64'\n");
  const arm = ran(['sysctl', '-n', 'hw.optional.arm64'], '1\n');
  const metal = ran(['sysctl', '-n', 'kern.hv_vmm_present'], '0\n');
  const guest = ran(['sysctl', '-n', 'kern.hv_vmm_present'], '1\n');
  const t2 = { ibridge_model_name: 'Apple T2 Security Chip', ibridge_model_identifier_top: 'iBridge2,14' };

  test.each([
    ['Permissive Security', 'fail'],
    ['Medium Security', 'fail'],
    ['No Security', 'fail'],
    ['Full Security', 'pass'],
    ['Sécurité maximale', 'unknown'],
  ])('%s is a %s', async (name, verdict) => {
    expect(await readOnMac('boot.secure_boot', [profiler({ ibridge_secure_boot: name }), noVariable])).toMatchObject({ verdict });
  });
  test('a baseline may accept Reduced and Medium Security, and never less', async () => {
    const params = { acceptReduced: true };
    const read = (name: string) => readOnMac('boot.secure_boot', [profiler({ ibridge_secure_boot: name })], { params });
    expect([(await read('Reduced Security')).verdict, (await read('Medium Security')).verdict]).toEqual(['pass', 'pass']);
    expect([(await read('Permissive Security')).verdict, (await read('No Security')).verdict]).toEqual(['fail', 'fail']);
  });
  test('a T2 chip that says medium by its variable fails, and one that says nothing is unknown', async () => {
    expect(await readOnMac('boot.secure_boot', [profiler(t2), nvram('%01')])).toMatchObject({ verdict: 'fail', because: expect.stringContaining('Medium') });
    expect(await readOnMac('boot.secure_boot', [profiler(t2), noVariable, intel, metal])).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
    expect(await readOnMac('boot.secure_boot', [profiler(t2), nvram('%07')])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('the variable answers where system_profiler hangs or prints something else', async () => {
    const hangs = { run: ['system_profiler', '-json', 'SPiBridgeDataType'], error: 'ETIMEDOUT' };
    expect(await readOnMac('boot.secure_boot', [hangs, nvram('%02')])).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('boot.secure_boot', [ran(hangs.run, 'Fehler'), nvram('%02')])).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('boot.secure_boot', [hangs, noVariable])).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test('an Intel Mac without a T2 chip, or with a T1, has no secure boot; the same silence on Apple silicon is no answer', async () => {
    const t1 = { ibridge_model_name: 'Apple T1 Security Chip', ibridge_model_identifier_top: 'iBridge1,1' };
    expect(await readOnMac('boot.secure_boot', [profiler(), noVariable, intel, metal])).toMatchObject({ verdict: 'not-applicable', reason: 'platform' });
    expect(await readOnMac('boot.secure_boot', [profiler(t1), noVariable, intel, metal])).toMatchObject({ verdict: 'not-applicable', reason: 'platform' });
    expect(await readOnMac('boot.secure_boot', [profiler(), noVariable, intel, guest])).toMatchObject({ reason: 'virtual-machine' });
    expect(await readOnMac('boot.secure_boot', [profiler(), noVariable, arm, metal])).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
    expect(await readOnMac('boot.secure_boot', [profiler(), noVariable])).toMatchObject({ verdict: 'unknown' });
  });
  test('root also asks bputil, where the others fail', async () => {
    const denied = { run: ['system_profiler', '-json', 'SPiBridgeDataType'], error: 'EACCES' };
    const policies = (...modes: string[]): Call =>
      ran(['bputil', '-d'], modes.map((mode) => `Security Mode:               ${mode}       (smb0): absent\n`).join(''));
    expect(await readOnMac('boot.secure_boot', [denied, noVariable, policies('Full')], { uid: 0 })).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('boot.secure_boot', [denied, noVariable, policies('Full', 'Permissive')], { uid: 0 })).toMatchObject({ reason: 'permission' });
    expect(await readOnMac('boot.secure_boot', [denied, noVariable, policies('Full')])).toMatchObject({ reason: 'permission' });
  });
});

describe('boot.secure_boot on Windows', () => {
  const STATE = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State';
  const firmware = (type?: unknown): Call => registry('HKLM\\SYSTEM\\CurrentControlSet\\Control', type === undefined ? {} : { PEFirmwareType: type });
  const absent = { registry: STATE, error: 'ENOENT' };

  test('no key on a legacy BIOS: not applicable, on the metal and in a virtual machine', async () => {
    expect(await readOnWindows('boot.secure_boot', [absent, firmware(1), METAL])).toMatchObject({ verdict: 'not-applicable', reason: 'no-uefi' });
    expect(await readOnWindows('boot.secure_boot', [absent, firmware(1), GUEST])).toMatchObject({ reason: 'virtual-machine' });
    expect(await readOnWindows('boot.secure_boot', [absent, firmware(1)])).toMatchObject({ reason: 'no-uefi' });
  });
  test('no key on UEFI: firmware that cannot do it', async () => {
    expect(await readOnWindows('boot.secure_boot', [absent, firmware(2), METAL])).toMatchObject({ verdict: 'fail' });
  });
  test('no key, and the firmware may not be asked: unknown', async () => {
    const denied = { registry: 'HKLM\\SYSTEM\\CurrentControlSet\\Control', error: 'EACCES' };
    expect(await readOnWindows('boot.secure_boot', [absent, denied, METAL])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await readOnWindows('boot.secure_boot', [absent, firmware(0), METAL])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test.each([{}, { UEFISecureBootEnabled: '1' }, { UEFISecureBootEnabled: 2 }])('a key that says %j is not understood', async (values) => {
    expect(await readOnWindows('boot.secure_boot', [registry(STATE, values), firmware(2)])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('names of values match without case', async () => {
    expect(await readOnWindows('boot.secure_boot', [registry(STATE, { uefisecurebootenabled: 1 })])).toMatchObject({ verdict: 'pass' });
  });
});

describe('hw.tpm on Windows', () => {
  const SEEN = 'HKLM\\SYSTEM\\CurrentControlSet\\Enum\\ACPI\\MSFT0101';
  const seen = [registry(SEEN, {}, ['1']), registry(`${SEEN}\\1`, { ConfigFlags: 0, Service: 'TPM' })];
  const never = { registry: SEEN, error: 'ENOENT' };
  const devices = (...rows: object[]): Call => ({ cim: ['root/cimv2', 'Win32_PnPEntity'], rows });
  const noDevices = { cim: ['root/cimv2', 'Win32_PnPEntity'], error: 'ETIMEDOUT' };
  const tpm2 = (more: object) => ({ DeviceID: 'ACPI\\MSFT0101\\1', Present: true, Service: 'TPM', ...more });
  const driver = (state: string): Call => ({ service: 'TPM', state, start: 'manual' });

  test('one that is switched off in Device Manager fails, and the remedy says where it was switched off', async () => {
    expect(await readOnWindows('hw.tpm', [...seen, devices(tpm2({ ConfigManagerErrorCode: 22 })), METAL])).toMatchObject({
      verdict: 'fail',
      because: 'The TPM 2.0 is switched off in Device Manager.',
    });
  });
  test('one without a working driver fails as such', async () => {
    expect(
      await readOnWindows('hw.tpm', [...seen, devices({ DeviceID: 'ACPI\\MSFT0101\\1', Present: true, ConfigManagerErrorCode: 28 }), METAL]),
    ).toMatchObject({
      verdict: 'fail',
      reading: { value: { present: true, version: '2.0', state: 'faulty' } },
    });
  });
  test('the registry remembers a chip that is gone: no chip', async () => {
    const gone = [devices(), devices(tpm2({ Present: false, ConfigManagerErrorCode: 45 })), devices(tpm2({ ConfigManagerErrorCode: 24 }))];
    for (const rows of gone) {
      expect(await readOnWindows('hw.tpm', [...seen, rows, METAL])).toMatchObject({ verdict: 'fail', reading: { value: { present: false } } });
    }
  });
  test('a device that does not tell its state is not understood', async () => {
    expect(await readOnWindows('hw.tpm', [...seen, devices(tpm2({})), METAL])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('a chip of another id that says it is compatible counts; other security devices do not', async () => {
    const compatible = { DeviceID: 'ACPI\\QCOM0401\\0', CompatibleID: ['ACPI\\MSFT0101'], Service: 'TPM', ConfigManagerErrorCode: 0 };
    expect(await readOnWindows('hw.tpm', [never, devices(compatible), METAL])).toMatchObject({ verdict: 'pass' });
    const reader = { DeviceID: 'USB\\VID_1050\\1', Service: 'WUDFRd', PNPClass: 'SecurityDevices', ConfigManagerErrorCode: 0 };
    expect(await readOnWindows('hw.tpm', [never, devices(reader), METAL])).toMatchObject({ verdict: 'fail', reading: { value: { present: false } } });
  });
  test('of two, the one that works counts', async () => {
    const rows = [{ DeviceID: 'ACPI\\IFX0102\\1', Service: 'TPM', ConfigManagerErrorCode: 0 }, tpm2({ ConfigManagerErrorCode: 0 })];
    expect(await readOnWindows('hw.tpm', [...seen, devices(...rows), METAL])).toMatchObject({ verdict: 'pass' });
  });
  test('where the devices cannot be listed, registry and running driver together are enough, and each alone is not', async () => {
    expect(await readOnWindows('hw.tpm', [...seen, noDevices, driver('running')])).toMatchObject({ verdict: 'pass' });
    expect(await readOnWindows('hw.tpm', [...seen, noDevices, driver('stopped')])).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
    expect(await readOnWindows('hw.tpm', [never, noDevices, driver('running')])).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
    expect(await readOnWindows('hw.tpm', [never, noDevices, driver('stopped'), METAL])).toMatchObject({ verdict: 'fail' });
    expect(await readOnWindows('hw.tpm', [never, noDevices, { service: 'TPM', error: 'EACCES' }])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  test('a flag of the registry tells a chip that was switched off', async () => {
    const off = [registry(SEEN, {}, ['1']), registry(`${SEEN}\\1`, { ConfigFlags: 1 })];
    expect(await readOnWindows('hw.tpm', [...off, noDevices, driver('stopped')])).toMatchObject({ reading: { value: { state: 'disabled' } }, verdict: 'fail' });
  });
  test('an administrator may ask the chip itself', async () => {
    const chip = (spec: string) => ({ cim: ['root/cimv2/Security/MicrosoftTpm', 'Win32_Tpm'], rows: [{ SpecVersion: spec }] });
    expect(await readOnWindows('hw.tpm', [noDevices, chip('2.0, 0, 1.38')])).toMatchObject({ verdict: 'pass' });
    expect(await readOnWindows('hw.tpm', [noDevices, chip('1.2, 2, 3')])).toMatchObject({ verdict: 'fail', because: expect.stringContaining('1.2') });
    expect(await readOnWindows('hw.tpm', [noDevices, chip('Not Supported')])).toMatchObject({ verdict: 'unknown' });
  });
  test('a virtual machine without one: not applicable', async () => {
    expect(await readOnWindows('hw.tpm', [never, devices(), GUEST])).toMatchObject({ verdict: 'not-applicable', reason: 'virtual-machine' });
  });
});

describe('os.integrity.sip', () => {
  const says = (text: string, exit = 0, stderr = '') => readOnMac('os.integrity.sip', [ran(['csrutil', 'status'], text, exit, stderr)]);
  const PARTS = ['Apple Internal: disabled', 'Kext Signing: disabled', 'Filesystem Protections: enabled', 'NVRAM Protections: disabled'];
  const custom = (word: string) =>
    `System Integrity Protection status: ${word} (Custom Configuration).\n\nConfiguration:\n${PARTS.map((part) => `\t${part}\n`).join('')}\nThis is an unsupported configuration.\n`;

  test.each(['enabled', 'unknown'])('%s with a custom configuration fails and names what is off', async (word) => {
    expect(await says(custom(word))).toMatchObject({
      verdict: 'fail',
      because: 'System Integrity Protection has a custom configuration: Kext Signing, NVRAM Protections off.',
    });
  });
  test.each([
    ['System Integrity Protection status: unknown.\n'],
    ['System Integrity Protection status: enabled (Apple Internal).\n'],
    ['System Integrity Protection status: enabled'],
    ['Status des Systemintegritätsschutzes: aktiviert.\n'],
    ['not enabled.\n'],
    [''],
  ])('%j is not understood', async (text) => {
    expect(await says(text)).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('an answer on stderr, or with a failing exit, is none', async () => {
    expect(await says('', 0, 'System Integrity Protection status: enabled.\n')).toMatchObject({ verdict: 'unknown' });
    expect(await says('System Integrity Protection status: enabled.\n', 1)).toMatchObject({ verdict: 'unknown' });
  });
});

describe('os.integrity.gatekeeper', () => {
  const MANAGED = '/Library/Managed Preferences/com.apple.systempolicy.control.plist';
  const OLD = '/var/db/SystemPolicy-prefs.plist';
  const NEW = '/var/db/SystemPolicyConfiguration/SystemPolicy-prefs.plist';
  const version = (ProductVersion: string): Call => ({ plist: '/System/Library/CoreServices/SystemVersion.plist', value: { ProductVersion } });
  const hangs = { run: ['spctl', '--status'], error: 'ETIMEDOUT' };
  const unmanaged = { plist: MANAGED, error: 'ENOENT' };
  const read = (...calls: Call[]) => readOnMac('os.integrity.gatekeeper', calls);

  test('without spctl, the file of the system answers; its default counts before macOS 15 only', async () => {
    expect(await read(hangs, unmanaged, version('14.8.9'), { plist: OLD, value: { enabled: 'no' } })).toMatchObject({ verdict: 'fail' });
    expect(await read(hangs, unmanaged, version('14.8.9'), { plist: OLD, value: { enabled: 'yes' } })).toMatchObject({ verdict: 'pass' });
    expect(await read(hangs, unmanaged, version('14.8.9'), { plist: OLD, error: 'ENOENT' })).toMatchObject({ verdict: 'pass' });
    expect(await read(hangs, unmanaged, version('14.8.9'), { plist: OLD, error: 'EACCES' })).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await read(hangs, unmanaged, version('26.6'), { plist: NEW, value: { enabled: 'yes' } }, { plist: OLD, value: { enabled: 'no' } })).toMatchObject({
      verdict: 'pass',
    });
    expect(await read(hangs, unmanaged, version('26.6'), { plist: NEW, error: 'ENOENT' })).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
    expect(await read(hangs, unmanaged, version('14.8.9'), { plist: OLD, value: { enabled: 'vielleicht' } })).toMatchObject({ verdict: 'unknown' });
  });
  test('without spctl, a profile answers; with it, what is in force counts', async () => {
    const prescribes = (EnableAssessment: unknown): Call => ({ plist: MANAGED, value: { EnableAssessment } });
    expect(await read(hangs, prescribes(true))).toMatchObject({ verdict: 'pass', reading: { value: { managed: true } } });
    expect(await read(hangs, prescribes(false))).toMatchObject({ verdict: 'fail', reading: { value: { managed: true } } });
    expect(await read(ran(['spctl', '--status'], 'assessments disabled\n', 1), prescribes(true))).toMatchObject({ verdict: 'fail' });
    expect(await read(hangs, prescribes('yes'))).toMatchObject({ verdict: 'unknown' });
  });
  test.each(['', 'Bewertungen aktiviert\n', 'assessments enabled or disabled\n', 'internal error\n'])('%j from spctl is not understood', async (text) => {
    expect(await read(ran(['spctl', '--status'], text), unmanaged, version('26.6'), { plist: NEW, error: 'ENOENT' })).toMatchObject({
      verdict: 'unknown',
      reason: 'unparsable',
    });
  });
});

describe('os.integrity.mac', () => {
  const file = (read: string, text: string): Call => ({ read, text });
  const lsm = (list: string) => file('/sys/kernel/security/lsm', list);
  const noSelinux = { read: '/sys/fs/selinux/enforce', error: 'ENOENT' };
  const apparmor = (text: string) => file('/sys/module/apparmor/parameters/enabled', text);
  const profiles = (text: string) => file('/sys/kernel/security/apparmor/profiles', text);
  const read = (...calls: Call[]) => readOn('os.integrity.mac', [...calls, noSelinux]);

  test('AppArmor without an enforced profile confines nothing', async () => {
    expect(await read(apparmor('Y\n'), profiles(''))).toMatchObject({ verdict: 'fail', because: expect.stringContaining('no profiles') });
    expect(await read(apparmor('Y\n'), profiles('/usr/bin/man (complain)\nsnap.x (unconfined)\n'))).toMatchObject({ verdict: 'fail' });
    expect(await read(apparmor('Y\n'), profiles('/usr/bin/man (complain)\nlsb_release (enforce)\n'))).toMatchObject({ verdict: 'pass' });
    expect(await read(apparmor('Y\n'), file('/sys/module/apparmor/parameters/mode', 'complain\n'), profiles('man (enforce)\n'))).toMatchObject({
      verdict: 'fail',
    });
  });
  test('the list of modules answers where the parameter may not be read, and contradicts one that is not true', async () => {
    const denied = { read: '/sys/module/apparmor/parameters/enabled', error: 'EACCES' };
    expect(await read(denied, lsm('lockdown,capability,yama,apparmor'))).toMatchObject({ verdict: 'pass' });
    expect(await read(denied, lsm('lockdown,capability,yama'))).toMatchObject({ verdict: 'fail' });
    expect(await read(denied, lsm('Zugriff verweigert'))).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await read(apparmor('Y\n'), lsm('lockdown,capability,yama,bpf'))).toMatchObject({ verdict: 'fail' });
  });
  test('TOMOYO in the list is no confinement, and Smack is one that is not understood', async () => {
    expect(await read(apparmor('N\n'), lsm('lockdown,capability,yama,tomoyo,bpf'))).toMatchObject({ verdict: 'fail' });
    expect(await read(apparmor('N\n'), lsm('lockdown,capability,smack'))).toMatchObject({ verdict: 'unknown', reason: 'unsupported' });
  });
  test('SELinux that is in the list without a policy is off', async () => {
    expect(await read(apparmor('N\n'), lsm('lockdown,capability,yama,selinux'))).toMatchObject({ verdict: 'fail' });
  });
  test('a container sees the AppArmor of its host, which is not its own', async () => {
    expect(await read({ stat: '/.dockerenv', type: 'file', mtime: '2026-11-20T00:00:00Z' }, apparmor('Y\n'))).toMatchObject({
      verdict: 'not-applicable',
      reason: 'container',
    });
  });
});

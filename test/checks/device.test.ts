/** What the device is and who manages it, in states that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { hypervisorOfModel } from '../../src/checks/sources/environment.ts';
import { readOn, readOnMac, readOnWindows } from './machine.ts';

type Call = Readonly<Record<string, unknown>>;
const sysctl = (name: string, stdout: string, exit = 0, stderr = ''): Call => ({ run: ['sysctl', '-n', name], stdout, stderr, exit });

describe('device.virtual', () => {
  test.each([
    ['VMware, Inc.', 'VMware20,1', 'vmware'],
    ['innotek GmbH', 'VirtualBox', 'virtualbox'],
    ['Microsoft Corporation', 'Virtual Machine', 'hyper-v'],
    ['Microsoft Corporation', 'Surface Laptop 7', null],
    ['Parallels International GmbH.', 'Parallels ARM Virtual Machine', 'parallels'],
    ['Xen', 'HVM domU', 'xen'],
    ['Amazon EC2', 'm7i.large', 'amazon'],
    ['Amazon EC2', 'm7i.metal-24xl', null],
    ['Google', 'Google Compute Engine', 'google'],
    ['Google', 'Eve', null],
    ['Nutanix', 'AHV', 'nutanix'],
    ['Dell Inc.', 'Latitude 7450', null],
  ])('%s %s is %s', (vendor, product, hypervisor) => {
    expect(hypervisorOfModel(vendor, product)).toBe(hypervisor);
  });

  const BIOS = 'HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS';
  const computer = (Manufacturer: unknown, Model: unknown): Call => ({
    cim: ['root/cimv2', 'Win32_ComputerSystem'],
    rows: [{ Manufacturer, Model, HypervisorPresent: true }],
  });

  test('Windows on the metal with a hypervisor of its own is no virtual machine', async () => {
    const bios = { registry: BIOS, values: { SystemManufacturer: 'LENOVO', SystemProductName: '21KC' }, keys: [] };
    expect(await readOnWindows('device.virtual', [bios, computer('LENOVO', '21KC')])).toMatchObject({ reading: { value: { hypervisor: null } } });
  });
  test('Windows: where the registry names no model, CIM does; where nothing does, it is unknown', async () => {
    const empty = [
      { registry: BIOS, values: {}, keys: [] },
      { registry: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SystemInformation', error: 'EACCES' },
    ];
    expect(await readOnWindows('device.virtual', [...empty, computer('QEMU', 'Standard PC')])).toMatchObject({ reading: { value: { hypervisor: 'qemu' } } });
    expect(await readOnWindows('device.virtual', [...empty, computer('', null)])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  test('macOS: the model names the hypervisor, and can say yes alone, but never no', async () => {
    const hangs = { run: ['sysctl', '-n', 'kern.hv_vmm_present'], error: 'ETIMEDOUT' };
    const read = (...calls: Call[]) => readOnMac('device.virtual', calls);
    expect(await read(sysctl('kern.hv_vmm_present', '1\n'), sysctl('hw.model', 'VirtualMac2,1\n'))).toMatchObject({
      reading: { value: { hypervisor: 'apple-virtualization' } },
    });
    expect(await read(sysctl('kern.hv_vmm_present', '1\n'), sysctl('hw.model', 'iMac19,1\n'))).toMatchObject({ reading: { value: { hypervisor: 'unnamed' } } });
    expect(await read(hangs, sysctl('hw.model', 'VMware7,1\n'))).toMatchObject({ reading: { value: { hypervisor: 'vmware' } } });
    expect(await read(hangs, sysctl('hw.model', 'Mac15,12\n'))).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
    expect(await read(sysctl('kern.hv_vmm_present', 'vielleicht\n'))).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    expect(await read(sysctl('kern.hv_vmm_present', '', 1, "sysctl: unknown oid 'kern.hv_vmm_present'\n"))).toMatchObject({ verdict: 'unknown' });
  });
});

describe('device.mdm', () => {
  const ROOT = 'HKLM\\SOFTWARE\\Microsoft\\Enrollments';
  const root = (...keys: string[]): Call => ({ registry: ROOT, values: {}, keys });
  const enrolment = (name: string, values: object): Call => ({ registry: `${ROOT}\\${name}`, values, keys: [] });
  const read = (...calls: Call[]) => readOnWindows('device.mdm', calls);
  const profiles = (stdout: string, exit = 0) => readOnMac('device.mdm', [{ run: ['profiles', 'status', '-type', 'enrollment'], stdout, stderr: '', exit }]);

  test('Windows: an enrolment counts once it is complete and has a provider', async () => {
    const enrolled = { reading: { value: { enrolled: true } } };
    const not = { reading: { value: { enrolled: false } }, verdict: 'pass' };
    expect(await read(root('A'), enrolment('A', { EnrollmentState: 1, ProviderID: 'Fleet' }))).toMatchObject(enrolled);
    expect(await read(root('A'), enrolment('A', { EnrollmentState: 2, ProviderID: 'MS DM Server' }))).toMatchObject(not);
    expect(await read(root('A'), enrolment('A', { EnrollmentState: 1 }))).toMatchObject(not);
    expect(await read(root('A'), enrolment('A', { EnrollmentState: '1', ProviderID: 'MS DM Server' }))).toMatchObject(not);
    expect(await read(root('A'), enrolment('A', { EnrollmentState: 1, ProviderID: 'WMI_Bridge_Server' }))).toMatchObject(not);
    expect(await read({ registry: ROOT, error: 'ENOENT' })).toMatchObject(not);
  });
  test('Windows: one that may not be looked at leaves it open, unless another one is complete', async () => {
    const denied = { registry: `${ROOT}\\B`, error: 'EACCES' };
    expect(await read(root('A', 'B'), enrolment('A', {}), denied)).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await read(root('A', 'B'), enrolment('A', { EnrollmentState: 1, ProviderID: 'MS DM Server' }), denied)).toMatchObject({ verdict: 'pass' });
  });
  test('a baseline may require it', async () => {
    expect(await readOnWindows('device.mdm', [root()], { params: { required: true } })).toMatchObject({ verdict: 'fail' });
  });
  test('macOS: the value of the line counts, not that it is there', async () => {
    expect(await profiles('Enrolled via DEP: No\nMDM enrollment: Yes\nMDM server: https://mdm.example.com\n')).toMatchObject({
      reading: { value: { enrolled: true, automatic: false, approved: false } },
    });
    expect(await profiles('Enrolled via DEP: Yes\nMDM enrollment: No\n')).toMatchObject({ reading: { value: { enrolled: false, automatic: true } } });
  });
  test.each([
    ['', 0, 'no-data'],
    ['\n', 1, 'no-data'],
    ['MDM enrollment: Yes (User Approved)\n', 1, 'unparsable'],
    ['MDM enrollment: Yes\nMDM enrollment: No\n', 0, 'unparsable'],
    ['MDM-Registrierung: Ja\n', 0, 'unparsable'],
    ['Error: MDM enrollment: Yes\n', 0, 'unparsable'],
    ['Enrolled via DEP: Yes\n', 0, 'unparsable'],
  ])('macOS: %j with exit %i is unknown', async (text, exit, reason) => {
    expect(await profiles(text, exit)).toMatchObject({ verdict: 'unknown', reason });
  });
});

describe('device.uptime', () => {
  const read = (stdout: string, exit = 0) => readOnMac('device.uptime', [{ run: ['sysctl', '-n', 'kern.boottime'], stdout, stderr: '', exit }]);
  const booted = (LastBootUpTime: unknown) => readOnWindows('device.uptime', [{ cim: ['root/cimv2', 'Win32_OperatingSystem'], rows: [{ LastBootUpTime }] }]);
  const at = (iso: string): number => Date.parse(iso) / 1000;

  test('the time of the start is rounded to the minute, so that an unchanged machine says the same', async () => {
    const text = (seconds: number) => `{ sec = ${seconds}, usec = 123456 } Mon Nov 23 08:00:00 2026\n`;
    const [one, two] = [await read(text(at('2026-11-23T08:00:10Z'))), await read(text(at('2026-11-23T08:00:12Z')))];
    expect(one.reading).toMatchObject({ value: { bootedAt: '2026-11-23T08:00:00.000Z' } });
    expect(two.reading).toMatchObject({ value: { bootedAt: '2026-11-23T08:00:00.000Z' } });
  });
  test('thirty days pass, thirty-one fail', async () => {
    expect(await booted('2026-10-25T08:00:00Z')).toMatchObject({ verdict: 'pass' });
    expect(await booted('2026-10-24T07:59:00Z')).toMatchObject({ verdict: 'fail', because: 'Has run for 31 days without a restart; 30 are allowed.' });
  });
  test.each([undefined, null, '', 'gestern', 20261124])('Windows: a start at %j is not understood', async (time) => {
    expect(await booted(time ?? null)).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('macOS: another text is not understood', async () => {
    expect(await read('')).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    expect(await read('kern.boottime: unbekannt\n')).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('Linux: where /proc/uptime may not be read, /proc/stat tells', async () => {
    const denied = { read: '/proc/uptime', error: 'EACCES' };
    expect(await readOn('device.uptime', [denied, { read: '/proc/stat', text: `cpu 1 2\nbtime ${at('2026-11-20T08:00:00Z')}\n` }])).toMatchObject({
      verdict: 'pass',
    });
    expect(await readOn('device.uptime', [denied, { read: '/proc/stat', text: 'cpu 1 2\n' }])).toMatchObject({ verdict: 'unknown' });
  });
});

/** States of a Linux machine that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { readOn } from './machine.ts';

const EFI = '/sys/firmware/efi';
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const flag = (name: string, value: 0 | 1) => ({ read: `${EFI}/efivars/${name}`, base64: Buffer.from([6, 0, 0, 0, value]).toString('base64') });
const directory = (path: string) => ({ stat: path, type: 'directory', size: 0, mtime: '2026-11-20T06:00:00Z', mode: '0755', uid: 0, gid: 0 });

describe('boot.secure_boot', () => {
  const uefi = [directory(EFI), flag(`SecureBoot-${GLOBAL}`, 1)];
  test('on, but in setup mode: nothing is enforced', async () => {
    expect(await readOn('boot.secure_boot', [...uefi, flag(`SetupMode-${GLOBAL}`, 1)])).toMatchObject({ verdict: 'fail' });
  });
  test('on, but shim was told not to verify', async () => {
    const calls = [...uefi, flag(`SetupMode-${GLOBAL}`, 0), flag('MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23', 1)];
    expect(await readOn('boot.secure_boot', calls)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('mokutil') });
  });
  test('UEFI whose variables may not be read is not "off"', async () => {
    expect(await readOn('boot.secure_boot', [directory(EFI), { read: `${EFI}/efivars/SecureBoot-${GLOBAL}`, error: 'EACCES' }])).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
  });
  test('UEFI whose variables are not mounted is not "off"', async () => {
    const calls = [directory(EFI), { read: `${EFI}/efivars/SecureBoot-${GLOBAL}`, error: 'ENOENT' }, { list: `${EFI}/efivars`, entries: [] }];
    expect(await readOn('boot.secure_boot', calls)).toMatchObject({ verdict: 'unknown' });
  });
});

describe('os.reboot_pending', () => {
  const base = [
    { stat: '/run/reboot-required', error: 'ENOENT' },
    { read: '/proc/sys/kernel/osrelease', text: '6.8.0-88-generic\n' },
    { read: '/proc/uptime', text: '345600.12 1300000.00\n' },
    { read: '/etc/os-release', text: 'ID=ubuntu\nVERSION_ID="24.04"\n' },
  ];
  const kernel = (release: string, mtime: string) => [
    { ...directory(`/lib/modules/${release}`), mtime },
    { stat: `/lib/modules/${release}/modules.dep`, type: 'file', size: 1, mtime, mode: '0644', uid: 0, gid: 0 },
    { stat: `/lib/modules/${release}/vmlinuz`, error: 'ENOENT' },
  ];
  test('a newer kernel that was installed three weeks ago: overdue', async () => {
    const calls = [
      ...base,
      { list: '/lib/modules', entries: ['6.8.0-88-generic', '6.8.0-101-generic'] },
      ...kernel('6.8.0-101-generic', '2026-11-01T00:00:00Z'),
    ];
    expect(await readOn('os.reboot_pending', calls)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('6.8.0-101-generic') });
  });
  test('one that was installed yesterday may wait', async () => {
    const calls = [
      ...base,
      { list: '/lib/modules', entries: ['6.8.0-88-generic', '6.8.0-101-generic'] },
      ...kernel('6.8.0-101-generic', '2026-11-23T00:00:00Z'),
    ];
    expect(await readOn('os.reboot_pending', calls)).toMatchObject({ verdict: 'pass' });
  });
  test('a kernel of another flavour, or a folder that is left over, is no update', async () => {
    const left = ['modules.dep', 'vmlinuz'].map((name) => ({ stat: `/lib/modules/6.9.0-1-generic/${name}`, error: 'ENOENT' }));
    expect(
      await readOn('os.reboot_pending', [...base, { list: '/lib/modules', entries: ['6.11.0-9-lowlatency', '6.8.0-88-generic', '6.9.0-1-generic'] }, ...left]),
    ).toMatchObject({ verdict: 'pass' });
  });
  test('dnf says that a restart is needed, and nothing says since when: not known, unless the system runs for less than the bound', async () => {
    const dnf = { run: ['dnf', '-q', 'needs-restarting', '-r'], stdout: 'Reboot is required to fully utilize these updates.\n', stderr: '', exit: 1 };
    const fedora = [
      ...base.filter((call) => !('read' in call && (call.read === '/etc/os-release' || call.read === '/proc/uptime'))),
      { read: '/etc/os-release', text: 'ID=fedora\nVERSION_ID=43\n' },
      { list: '/lib/modules', entries: ['6.8.0-88-generic'] },
      dnf,
    ];
    expect(await readOn('os.reboot_pending', [...fedora, { read: '/proc/uptime', text: '3456000.0 1.0\n' }])).toMatchObject({ verdict: 'unknown' });
    expect(await readOn('os.reboot_pending', [...fedora, { read: '/proc/uptime', text: '86400.0 1.0\n' }])).toMatchObject({ verdict: 'pass' });
    expect(
      await readOn('os.reboot_pending', [...fedora, { read: '/proc/uptime', text: '3456000.0 1.0\n' }], {
        history: { 'os.reboot_pending': { required: '2026-11-01T00:00:00Z' } },
      }),
    ).toMatchObject({ verdict: 'fail' });
  });
});

describe('os.integrity.mac', () => {
  const selinux = (answer: object) => ({ read: '/sys/fs/selinux/enforce', ...answer });
  const apparmor = (answer: object) => ({ read: '/sys/module/apparmor/parameters/enabled', ...answer });
  test('one that is on is enough, whatever the other says', async () => {
    expect(await readOn('os.integrity.mac', [selinux({ error: 'EACCES' }), apparmor({ text: 'Y\n' })])).toMatchObject({ verdict: 'pass' });
  });
  test('one that is off and one that refuses is not known', async () => {
    expect(await readOn('os.integrity.mac', [selinux({ error: 'EACCES' }), apparmor({ text: 'N\n' })])).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
  });
});

describe('firewall.enabled', () => {
  const unit = (name: string, active: string) => ({ unit: name, load: 'loaded', active, enabled: 'enabled' });
  const idle = ['firewalld', 'nftables', 'iptables', 'netfilter-persistent', 'shorewall', 'ufw'].map((name) => unit(`${name}.service`, 'inactive'));
  const ufw = (text: string) => ({ read: '/etc/ufw/ufw.conf', text });
  test('ufw switched off and nothing else loads rules: off, as a user can tell', async () => {
    expect(await readOn('firewall.enabled', [ufw('ENABLED=no\n'), ...idle])).toMatchObject({ verdict: 'fail' });
  });
  test('ufw switched off, but something else loads rules that a user may not see: not known', async () => {
    expect(await readOn('firewall.enabled', [ufw('ENABLED=no\n'), unit('nftables.service', 'active'), ...idle])).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
  });
  test('rules that end in a drop for everything are a firewall; a drop for one port is not', async () => {
    const rules = (expr: object[]) =>
      JSON.stringify({
        nftables: [
          { chain: { family: 'inet', table: 'f', name: 'in', type: 'filter', hook: 'input', prio: 0, policy: 'accept' } },
          { rule: { family: 'inet', table: 'f', chain: 'in', expr } },
        ],
      });
    const read = (stdout: string) =>
      readOn(
        'firewall.enabled',
        [
          { read: '/etc/ufw/ufw.conf', error: 'ENOENT' },
          ...idle,
          { run: ['nft', '-j', 'list', 'ruleset'], stdout, stderr: '', exit: 0 },
          { read: '/proc/net/ip_tables_names', error: 'ENOENT' },
        ],
        { uid: 0 },
      );
    expect(await read(rules([{ counter: { packets: 1, bytes: 2 } }, { drop: null }]))).toMatchObject({ verdict: 'pass' });
    expect(await read(rules([{ match: { left: { payload: { protocol: 'tcp', field: 'dport' } }, op: '==', right: 23 } }, { drop: null }]))).toMatchObject({
      verdict: 'fail',
    });
    expect(await read('{"nftables": "no"}')).toMatchObject({ verdict: 'unknown' });
  });
});

describe('screen.lock', () => {
  const gnome = { XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' };
  const settings = (lock: boolean, delay: number, idle: number) => [
    { gsettings: ['org.gnome.desktop.screensaver', 'lock-enabled'], value: lock },
    { gsettings: ['org.gnome.desktop.screensaver', 'lock-delay'], value: delay },
    { gsettings: ['org.gnome.desktop.session', 'idle-delay'], value: idle },
    { gsettings: ['org.gnome.desktop.lockdown', 'disable-lock-screen'], value: false },
  ];
  test.each<[string, ReturnType<typeof settings>, string]>([
    ['15 minutes and a minute: just allowed', settings(true, 60, 900), 'pass'],
    ['16 minutes', settings(true, 0, 960), 'fail'],
    ['locks two minutes after going blank', settings(true, 120, 300), 'fail'],
  ])('GNOME: %s', async (_name, calls, verdict) => {
    expect(await readOn('screen.lock', calls, { env: gnome })).toMatchObject({ verdict });
  });
  test('a process outside of the session knows nothing of it, and does not guess from defaults', async () => {
    const sessions = [
      { list: '/run/systemd/sessions', entries: ['2'] },
      { read: '/run/systemd/sessions/2', text: 'TYPE=wayland\n' },
    ];
    expect(await readOn('screen.lock', [...settings(true, 0, 300), ...sessions])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  test('nobody is logged in graphically: nobody to lock out', async () => {
    expect(
      await readOn('screen.lock', [
        { list: '/run/systemd/sessions', entries: ['1'] },
        { read: '/run/systemd/sessions/1', text: 'TYPE=tty\n' },
      ]),
    ).toMatchObject({ verdict: 'not-applicable' });
  });
});

describe('disk.encryption', () => {
  const root = (device: string, type: string, source: string) => [
    { read: '/proc/self/mountinfo', text: `26 1 ${device} / / rw,relatime shared:1 - ${type} ${source} rw\n` },
  ];
  const block = (name: string, device: string, answers: { uuid?: string; slaves?: string[]; partition?: boolean; gone?: boolean }) => [
    { link: `/sys/dev/block/${device}`, target: `../../devices/virtual/block/${name}` },
    { link: `/sys/class/block/${name}`, target: `../../devices/virtual/block/${name}` },
    { read: `/sys/class/block/${name}/dm/uuid`, ...(answers.uuid ? { text: answers.uuid } : { error: 'ENOENT' }) },
    { list: `/sys/class/block/${name}/slaves`, ...(answers.slaves ? { entries: answers.slaves } : { error: 'ENOENT' }) },
    { read: `/sys/class/block/${name}/partition`, error: 'ENOENT' },
    { read: `/sys/class/block/${name}/loop/backing_file`, error: 'ENOENT' },
    { read: `/sys/class/block/${name}/dev`, ...(answers.gone ? { error: 'ENOENT' } : { text: `${device}\n` }) },
  ];
  const luks = (name: string, device: string, below: string) => block(name, device, { uuid: `CRYPT-LUKS2-00-${name}\n`, slaves: [below] });

  test('a mirror with one leg in plain is plain, and the leg is named', async () => {
    const calls = [
      ...root('9:0', 'ext4', '/dev/md0'),
      ...block('md0', '9:0', { slaves: ['dm-0', 'sdb'] }),
      ...luks('dm-0', '253:0', 'sda'),
      ...block('sdb', '8:16', { slaves: [] }),
    ];
    expect(await readOn('disk.encryption', calls)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('sdb') });
  });
  test('a disk that the kernel does not know is not a plain one', async () => {
    expect(await readOn('disk.encryption', [...root('253:9', 'ext4', '/dev/x'), ...block('dm-9', '253:9', { gone: true })])).toMatchObject({
      verdict: 'unknown',
    });
  });
  test('ZFS without encryption on a LUKS device is encrypted', async () => {
    const calls = [
      ...root('0:28', 'zfs', 'rpool/ROOT/a'),
      { run: ['zfs', 'get', '-H', '-o', 'value', 'encryption', 'rpool/ROOT/a'], stdout: 'off\n', stderr: '', exit: 0 },
      {
        run: ['zpool', 'status', '-P', 'rpool'],
        stdout: '  pool: rpool\nconfig:\n\n\tNAME   STATE  READ WRITE CKSUM\n\trpool  ONLINE 0 0 0\n\t  /dev/mapper/luks-z ONLINE 0 0 0\n\nerrors: none\n',
        stderr: '',
        exit: 0,
      },
      { link: '/dev/mapper/luks-z', target: '../dm-0' },
      ...luks('dm-0', '253:0', 'sda'),
    ];
    expect(await readOn('disk.encryption', calls)).toMatchObject({ verdict: 'pass' });
  });
  test('a verified image is not encryption, but what lies encrypted beside it in /var is', async () => {
    const mounts = [
      { read: '/proc/self/mountinfo', text: '26 1 253:0 / / ro,relatime - erofs /dev/dm-0 ro\n28 26 253:1 / /var rw,relatime - ext4 /dev/dm-1 rw\n' },
    ];
    const image = block('dm-0', '253:0', { uuid: 'CRYPT-VERITY-00-root\n', slaves: ['sda'] });
    expect(await readOn('disk.encryption', [...mounts, ...image, ...block('sda', '8:0', { slaves: [] }), ...luks('dm-1', '253:1', 'sdb')])).toMatchObject({
      verdict: 'pass',
    });
    expect(
      await readOn('disk.encryption', [
        ...mounts,
        ...image,
        ...block('sda', '8:0', { slaves: [] }),
        ...block('dm-1', '253:1', { uuid: 'LVM-x\n', slaves: ['sda'] }),
      ]),
    ).toMatchObject({ verdict: 'fail' });
  });
  test.each(['nfs', 'overlay', 'bcachefs', 'tmpfs'])('a root on %s is not known', async (type) => {
    expect(await readOn('disk.encryption', root('0:40', type, 'somewhere'))).toMatchObject({ verdict: 'unknown', reason: 'unsupported' });
  });
});

describe('remote.ssh', () => {
  const none = ['ssh.service', 'ssh.socket', 'sshd.service', 'sshd.socket', 'dropbear.service', 'dropbear.socket'].map((unit) => ({
    unit,
    error: 'ENOSYSTEMD',
  }));
  const head = '  sl  local_address rem_address   st\n';
  const row = (address: string, port: string) => `   0: ${address}:${port} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n`;
  test.each([
    ['everybody, IPv4', row('00000000', '0016'), 'fail'],
    ['this machine only', row('0100007F', '0016'), 'pass'],
    ['another port', row('00000000', '1F90'), 'pass'],
  ])('without systemd the ports tell: %s', async (_name, table, verdict) => {
    expect(await readOn('remote.ssh', [...none, { read: '/proc/net/tcp', text: head + table }, { read: '/proc/net/tcp6', error: 'ENOENT' }])).toMatchObject({
      verdict,
    });
  });
});

describe('os.security_updates', () => {
  const fedora = [
    { stat: '/run/ostree-booted', error: 'ENOENT' },
    { read: '/etc/os-release', text: 'ID=fedora\nVERSION_ID=40\n' },
    { list: '/var/cache/libdnf5', error: 'ENOENT' },
    { list: '/var/cache/dnf', entries: ['updates.solv'] },
  ];
  const stamp = (mtime: string) => ({ stat: '/var/cache/dnf/updates.solv', type: 'file', size: 1, mtime, mode: '0644', uid: 0, gid: 0 });
  const four = [
    { run: ['dnf', '-q', '-C', 'advisory', 'list', '--security', '--json'], stdout: '', stderr: 'No such command: advisory.\n', exit: 1 },
    {
      run: ['dnf', '-q', '-C', 'updateinfo', 'list', '--security'],
      stdout: 'FEDORA-2026-83fdddca0f Moderate/Sec.  curl-7.76.1-7.fc40.x86_64\n',
      stderr: '',
      exit: 0,
    },
  ];
  test('dnf 4 lists no dates: what is seen for the first time has not waited', async () => {
    expect(await readOn('os.security_updates', [...fedora, stamp('2026-11-23T00:00:00Z'), ...four])).toMatchObject({
      verdict: 'pass',
      because: expect.stringContaining('curl'),
    });
  });
  test('what was first seen seven weeks ago has', async () => {
    expect(
      await readOn('os.security_updates', [...fedora, stamp('2026-11-23T00:00:00Z'), ...four], {
        history: { 'os.security_updates': { curl: '2026-10-01T00:00:00Z' } },
      }),
    ).toMatchObject({ verdict: 'fail' });
  });
  test('lists of last month cannot say that nothing waits', async () => {
    const empty = [{ run: ['dnf', '-q', '-C', 'advisory', 'list', '--security', '--json'], stdout: '[]', stderr: '', exit: 0 }];
    expect(await readOn('os.security_updates', [...fedora, stamp('2026-10-20T00:00:00Z'), ...empty])).toMatchObject({ verdict: 'unknown' });
  });
});

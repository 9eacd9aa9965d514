/** Whether what the system stands on is encrypted: every way from `/` and `/var` to a disk must cross encryption. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, type Host, known, notApplicable, pass } from '../model/index.ts';
import { type Leg, legsBelow } from './sources/block-stack.ts';
import { readEnvironment } from './sources/environment.ts';
import { type Mount, mountAt, parseMountinfo } from './sources/mountinfo.ts';

const Volume = Type.Object({
  mount: Type.String({ maxLength: 200 }),
  encrypted: Type.Boolean(),
  /** Kinds of encryption found, sorted. */
  by: Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 }),
  /** Kernel names of the disks or partitions that lie in plain. */
  plain: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50 }),
});

function describe(mount: Mount, legs: readonly Leg[]) {
  const plain = legs.filter(({ encryption }) => encryption === null).map(({ device }) => device);
  const by = legs.flatMap(({ encryption }) => (encryption === null ? [] : [encryption]));
  return { mount: mount.point, encrypted: plain.length === 0, by: [...new Set(by)].sort(), plain: [...new Set(plain)].sort() };
}

async function readLinux(host: Host) {
  const environment = await attempt(readEnvironment(host));
  if (!(environment instanceof DoorError)) {
    if (environment.wsl) return notApplicable('wsl', 'The disk belongs to the Windows host.');
    if (environment.container !== null) return notApplicable('container', 'The disk belongs to the host of the container.');
  }
  const mounts = parseMountinfo(await host.read('/proc/self/mountinfo'));
  const wanted = ['/', '/var'].map((point) => mountAt(mounts, point)).filter((mount) => mount !== undefined);
  const found = await Promise.all(wanted.map(async (mount) => ({ mount, legs: await legsBelow(host, mount) })));
  // A verified image holds nothing of the person's: what lies beside it in /var does.
  const holding = found.length > 1 ? found.filter(({ legs }) => !legs.every(({ verified }) => verified)) : found;
  return known({ volumes: holding.map(({ mount, legs }) => describe(mount, legs)) }, 'mountinfo, sysfs');
}

export default defineCheck({
  id: 'disk.encryption',
  title: 'Disk is encrypted',
  why: 'Whoever finds or steals the device can otherwise read everything on it.',
  group: 'disk',
  owner: 'user',
  cost: 'process',
  value: Type.Object({ volumes: Type.Array(Volume, { minItems: 1, maxItems: 10 }) }),
  params: Type.Object({}),
  read: { linux: readLinux },
  excuses: { linux: ['container', 'wsl'] },
  watch: { linux: [file('/proc/self/mountinfo')] },
  judge: ({ volumes }) => {
    const plain = volumes.find(({ encrypted }) => !encrypted);
    if (plain !== undefined) return fail(`${plain.mount} is not encrypted: it lies in plain on ${plain.plain.join(', ')}.`);
    return pass(`Encrypted by ${[...new Set(volumes.flatMap(({ by }) => by))].join(', ')}.`);
  },
  remedy: (_value, platform) => ({
    steps:
      platform === 'linux'
        ? [
            'Back up your files. An installed Linux cannot be converted safely: it has to be installed anew.',
            'Install again and choose encryption: Ubuntu "Advanced features" > LVM with encryption; Fedora "Encrypt my data"; Debian "encrypted LVM".',
            'Keep the passphrase somewhere other than on this device.',
          ]
        : ['Ask your administrator how disk encryption is switched on here.'],
  }),
  controls: ['NIST 800-53 SC-28', 'NIST 800-53 SC-28(1)'],
});

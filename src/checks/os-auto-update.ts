/** Whether the system gets its updates without anybody thinking of them. */
import { Type } from 'typebox';
import { attempt, defineCheck, type Finding, fail, file, gsettings, known, pass, registryKey, unit } from '../model/index.ts';
import { switchUpdatesOn } from './remedies/os-auto-update.ts';
import { readLinuxAutoUpdate } from './sources/auto-update-linux.ts';
import { MANAGED_SOFTWARE_UPDATE, readMacosAutoUpdate } from './sources/auto-update-macos.ts';
import { AUTO_UPDATE_KEYS, AUTO_UPDATE_NEEDS, type WindowsAutoUpdate, windowsAutoUpdate } from './sources/auto-update-windows.ts';
import { readOsRelease } from './sources/os-release.ts';
import { SOFTWARE_UPDATE } from './sources/software-update.ts';

const MAX_OFF = 10;
const Value = Type.Object({
  mode: Type.Enum(['install', 'ask', 'off'], {
    description: '`install`: updates are installed by themselves; `ask`: they are found, and the person is asked; `off`: neither.',
  }),
  by: Type.String({ maxLength: 100, description: 'What installs them, or would.' }),
  off: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: MAX_OFF, description: 'What of it is switched off.' })),
  pausedUntil: Type.Optional(
    Type.Union([Type.String({ maxLength: 30 }), Type.Null()], { description: 'Until when updates are paused: ISO 8601; null where the end is not known.' }),
  ),
});

function findingOf(answer: WindowsAutoUpdate | Finding<never>) {
  if (!('mode' in answer)) return answer;
  const { mode, by, off = [], pausedUntil } = answer;
  return known(
    {
      mode,
      by: by.slice(0, 100),
      ...(off.length === 0 ? {} : { off: off.slice(0, MAX_OFF).map((reason) => reason.slice(0, 200)) }),
      ...(pausedUntil === undefined ? {} : { pausedUntil }),
    },
    by,
  );
}

export default defineCheck({
  id: 'os.auto_update',
  title: 'Updates install by themselves',
  why: 'Updates that somebody has to think of come late.',
  group: 'system',
  owner: 'user',
  cost: 'process',
  value: Value,
  params: Type.Object({
    requireInstall: Type.Boolean({ default: false, description: 'Asking the person before updates are installed is not enough.' }),
    acceptPartly: Type.Boolean({ default: false, description: 'Accept that a part is switched off, as long as updates are looked for.' }),
  }),
  read: {
    linux: async (host) => findingOf(await readLinuxAutoUpdate(host, await attempt(readOsRelease(host)))),
    darwin: async (host) => findingOf(await readMacosAutoUpdate(host)),
    win32: { needs: AUTO_UPDATE_NEEDS, from: (got, host) => findingOf(windowsAutoUpdate(got, host.now())) },
  },
  excuses: { linux: ['image-based'] },
  watch: {
    linux: [
      file('/etc/apt/apt.conf.d'),
      file('/etc/dnf/automatic.conf'),
      unit('apt-daily-upgrade.timer'),
      unit('dnf5-automatic.timer'),
      unit('dnf-automatic.timer'),
      unit('dnf-automatic-install.timer'),
      gsettings('org.gnome.software'),
    ],
    darwin: [file(SOFTWARE_UPDATE), file(MANAGED_SOFTWARE_UPDATE)],
    win32: AUTO_UPDATE_KEYS.map(registryKey),
  },
  judge: ({ mode, by, off = [], pausedUntil }, { requireInstall, acceptPartly }, at) => {
    const why = off.join(', ');
    if (mode === 'off') return fail(`Automatic updates are off${why === '' ? '' : `: ${why}`}.`);
    if (pausedUntil === null) return fail('Updates are paused.');
    if (pausedUntil !== undefined && Date.parse(pausedUntil) > at) return fail(`Updates are paused until ${pausedUntil.slice(0, 10)}.`);
    if (off.length > 0 && !acceptPartly) return fail(`Automatic updates are off in part: ${why}.`);
    if (mode === 'ask' && requireInstall) return fail(`${by} asks before it installs updates.`);
    return pass(mode === 'ask' ? `${by} finds updates and asks before it installs them.` : `${by} installs updates by itself.`);
  },
  remedy: switchUpdatesOn,
  controls: ['NIST 800-53 SI-2', 'CIS macOS 26 1.3-1.6', 'CIS Windows 11 18.10.93 (unverified)'],
});

/** Whether the screen locks by itself, in the session of the person who sits there. */
import { Type } from 'typebox';
import { defineCheck, event, fail, file, gsettings, pass, registryKey, undecided } from '../model/index.ts';
import { lockScreen } from './remedies/screen-lock.ts';
import { LOCK_WAYS, type LockWay } from './sources/screen-lock.ts';
import { readLinuxLock } from './sources/screen-lock-linux.ts';
import { readMacLock } from './sources/screen-lock-mac.ts';
import { windowsLockFrom, windowsLockNeeds } from './sources/screen-lock-windows.ts';

const duration = (ms: number): string => {
  const [count, unit] = ms < 120_000 && ms % 60_000 !== 0 ? [Math.round(ms / 1000), 'second'] : [Math.round(ms / 60_000), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
};

const WORDS: Readonly<Record<LockWay['by'], string>> = {
  idle: 'the idle time',
  'screen-saver': 'the screen saver',
  display: 'the sleeping display',
  sleep: 'the sleeping computer',
  inactivity: 'the inactivity limit',
  mdm: 'the limit that the organisation set',
};

export default defineCheck({
  id: 'screen.lock',
  title: 'Screen locks by itself',
  why: 'Whoever passes an open screen is otherwise logged in as you.',
  group: 'session',
  owner: 'user',
  cost: 'process',
  scope: 'session',
  value: Type.Object({
    desktop: Type.String({ maxLength: 64 }),
    ways: Type.Array(
      Type.Object({
        by: Type.Enum(LOCK_WAYS),
        idleMs: Type.Number({ minimum: 0, description: 'Milliseconds without input; 0 is never.' }),
        delayMs: Type.Number({ minimum: 0, description: 'Milliseconds from then until the password is asked for.' }),
      }),
      { maxItems: LOCK_WAYS.length, description: 'Ways in which the screen locks by itself; one that is quick enough suffices.' },
    ),
    unread: Type.Array(Type.Enum(LOCK_WAYS), { maxItems: LOCK_WAYS.length, description: 'Ways that could not be read.' }),
  }),
  params: Type.Object({
    maxIdleMs: Type.Number({ default: 900_000, minimum: 0, description: 'Milliseconds without input after which the screen must lock.' }),
    maxDelayMs: Type.Number({ default: 60_000, minimum: 0, description: 'Milliseconds that may pass between blank and locked.' }),
    maxDelayOnMacMs: Type.Number({ default: 5_000, minimum: 0, description: 'The same on macOS, where people choose it.' }),
  }),
  read: { linux: readLinuxLock, darwin: readMacLock, win32: { needs: windowsLockNeeds, from: windowsLockFrom } },
  excuses: { linux: ['headless', 'container', 'wsl'] },
  watch: {
    linux: [
      ...['org.gnome.desktop.screensaver', 'org.gnome.desktop.session', 'org.gnome.desktop.lockdown', 'org.cinnamon.desktop.screensaver'].map(gsettings),
      ...['org.cinnamon.desktop.session', 'org.mate.screensaver', 'org.mate.session'].map(gsettings),
      file('~/.config/kscreenlockerrc'),
      file('/etc/xdg/kscreenlockerrc'),
    ],
    darwin: [
      file('~/Library/Preferences/ByHost'),
      file('/Library/Managed Preferences/com.apple.screensaver.plist'),
      file('/Library/Preferences/com.apple.PowerManagement.plist'),
      event('unlock'),
    ],
    win32: [
      registryKey('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System'),
      registryKey('HKCU\\Control Panel\\Desktop'),
      registryKey('HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop'),
      registryKey('HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock'),
      registryKey('HKLM\\SYSTEM\\CurrentControlSet\\Control\\Power\\User\\PowerSchemes'),
    ],
  },
  judge: ({ desktop, ways, unread }, { maxIdleMs, maxDelayMs, maxDelayOnMacMs }) => {
    const allowedDelayMs = desktop === 'macOS' ? maxDelayOnMacMs : maxDelayMs;
    const locking = ways.filter(({ idleMs }) => idleMs > 0).sort((a, b) => a.idleMs - b.idleMs);
    const works = locking.find(({ idleMs, delayMs }) => idleMs <= maxIdleMs && delayMs <= allowedDelayMs);
    if (works !== undefined) return pass(`Locks after ${duration(works.idleMs)} by ${WORDS[works.by]}.`);
    if (unread.length > 0) return undecided(`The screen may still lock by ${unread.map((by) => WORDS[by]).join(' or ')}, which could not be read.`);
    const [quickest] = locking;
    if (ways.length === 0) return fail('Automatic locking is off.');
    if (quickest === undefined) return fail('The screen never goes blank, so it never locks by itself.');
    if (quickest.idleMs > maxIdleMs) return fail(`The screen locks after ${duration(quickest.idleMs)} only; ${duration(maxIdleMs)} are allowed.`);
    return fail(`The screen asks for the password ${duration(quickest.delayMs)} after it goes blank; ${duration(allowedDelayMs)} are allowed.`);
  },
  remedy: lockScreen,
  controls: [
    'CIS macOS 26 Benchmark 2.11.1 (unverified)',
    'CIS macOS 26 Benchmark 2.11.2 (unverified)',
    'CIS Windows 11 Benchmark 2.3.7.3 (unverified)',
    'NIST 800-53 AC-11',
  ],
});

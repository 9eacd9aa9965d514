/** Whether the device logs somebody in at start, without a password. */
import { Type } from 'typebox';
import {
  defineCheck,
  type Finding,
  fail,
  file,
  type Host,
  type JsonValue,
  known,
  pass,
  registryKey,
  registryValues,
  UnparsableError,
  unit,
} from '../model/index.ts';
import { switchAutoLoginOff } from './remedies/account-autologin.ts';
import { type AutoLogin, readLinuxAutoLogin } from './sources/autologin-linux.ts';
import { readPreferences, switchOf } from './sources/mac-preferences.ts';

/** The same key may hold the password in plain text, and holds the name: neither is read. */
const WINLOGON = registryValues('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon', 'AutoAdminLogon', 'ForceAutoLogon');

/** Text that is a number, or a number; absent and empty are off. @throws UnparsableError */
function isOn(value: JsonValue | undefined, name: string): boolean {
  const text = String(value ?? '').trim();
  if (!/^\d{0,10}$/.test(text)) throw new UnparsableError(`${name} is not a number`);
  return Number(text) !== 0;
}

/** `fdesetup status`: FileVault asks for the password before the system starts, so nothing logs in by itself. @throws UnparsableError */
export function parseFileVaultOn(text: string): boolean {
  const state = /^FileVault is (On|Off)\b/.exec(text.trim())?.[1];
  if (state === undefined) throw new UnparsableError('fdesetup does not say "FileVault is On" or "Off"');
  // One that is being switched off, or not yet on, does not ask from some start on.
  return state === 'On' && !/decrypt|restarted/i.test(text);
}

async function readMac(host: Host): Promise<Finding<AutoLogin>> {
  const own = await readPreferences(host, '/Library/Preferences/com.apple.loginwindow.plist');
  const off = (by: string): Finding<AutoLogin> => known({ enabled: false, by }, 'com.apple.loginwindow');
  const user = own.autoLoginUser;
  if (user === undefined || user === '') return off('loginwindow');
  if (typeof user !== 'string') throw new UnparsableError('autoLoginUser is not a name');
  const managed = await readPreferences(host, '/Library/Managed Preferences/com.apple.loginwindow.plist');
  if (switchOf(managed, 'com.apple.login.mcx.DisableAutoLoginClient') === true || switchOf(managed, 'DisableAutoLoginClient') === true) return off('profile');
  const { stdout } = await host.run('fdesetup', ['status']);
  return parseFileVaultOn(stdout) ? off('FileVault') : known({ enabled: true, by: 'loginwindow' }, 'com.apple.loginwindow, fdesetup');
}

const NAMES: Readonly<Record<string, string>> = {
  loginwindow: 'macOS',
  winlogon: 'Windows',
  console: 'The first text console',
};

export default defineCheck({
  id: 'account.autologin',
  title: 'Nobody is logged in automatically',
  why: 'Whoever switches such a device on is logged in as you.',
  group: 'access',
  owner: 'user',
  cost: 'cheap',
  value: Type.Object({
    enabled: Type.Boolean(),
    by: Type.String({
      maxLength: 64,
      description: 'What logs in, or would: gdm, sddm, console, loginwindow, winlogon; FileVault or profile where that stands in the way.',
    }),
  }),
  params: Type.Object({}),
  read: {
    linux: readLinuxAutoLogin,
    darwin: readMac,
    win32: {
      needs: [WINLOGON],
      from: (got) => {
        const { values } = got(WINLOGON);
        const on = Object.entries(values).some(([name, value]) => isOn(value, name));
        return known({ enabled: on, by: 'winlogon' }, 'Winlogon');
      },
    },
  },
  watch: {
    linux: [
      ...['/etc/gdm3/custom.conf', '/etc/gdm3/daemon.conf', '/etc/gdm/custom.conf', '/etc/sddm.conf', '/etc/sddm.conf.d'].map(file),
      ...['/etc/lightdm/lightdm.conf', '/etc/lightdm/lightdm.conf.d', '/etc/greetd/config.toml', '/etc/plasmalogin.conf'].map(file),
      unit('display-manager.service'),
    ],
    darwin: [file('/Library/Preferences/com.apple.loginwindow.plist'), file('/etc/kcpassword')],
    win32: [registryKey(WINLOGON.key)],
  },
  judge: ({ enabled, by }) =>
    enabled ? fail(`${NAMES[by] ?? by} logs somebody in at start without a password.`) : pass('Everybody has to log in with a password.'),
  remedy: switchAutoLoginOff,
  controls: ['CIS macOS 26 Benchmark 2.13.3 (unverified)', 'CIS Windows 11 Benchmark 18.5.1 (unverified)', 'NIST 800-53 IA-2'],
});

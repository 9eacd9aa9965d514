/** Whether anybody may log in as a guest. */
import { Type } from 'typebox';
import { cim, DoorError, defineCheck, fail, file, type Host, known, pass, UnparsableError, unknown } from '../model/index.ts';
import { disableGuest } from './remedies/account-guest.ts';
import { readPreferences, switchOf } from './sources/mac-preferences.ts';

// The names of other accounts are nobody's business. The condition spares them; `from` does not rely on it.
const ACCOUNTS = cim('root/cimv2', 'Win32_UserAccount', { where: "LocalAccount=True AND SID LIKE '%-501'" });
/** The guest of a machine: its name is in the system's language and may be changed, its relative identifier stays. */
const GUEST = /^S-1-5-21-\d+-\d+-\d+-501$/;

/** `sysadminctl -guestAccount status`, which answers on stderr. @throws UnparsableError */
export function parseGuestAccount(text: string): boolean {
  const answers = [...text.matchAll(/\bGuest account (enabled|disabled)\b/gi)];
  if (answers.length !== 1) throw new UnparsableError('sysadminctl does not say whether the guest account is enabled');
  return answers[0]?.[1]?.toLowerCase() === 'enabled';
}

/** A profile (`DisableGuestAccount`) goes over what was chosen; a key that stands nowhere is off. */
async function readGuestPreference(host: Host): Promise<boolean> {
  const [managed, login, own] = await Promise.all([
    readPreferences(host, '/Library/Managed Preferences/com.apple.MCX.plist'),
    readPreferences(host, '/Library/Managed Preferences/com.apple.loginwindow.plist'),
    readPreferences(host, '/Library/Preferences/com.apple.loginwindow.plist'),
  ]);
  if (switchOf(managed, 'DisableGuestAccount') === true) return false;
  return switchOf(managed, 'EnableGuestAccount') ?? switchOf(login, 'GuestEnabled') ?? switchOf(own, 'GuestEnabled') ?? false;
}

async function readMac(host: Host) {
  try {
    return known({ enabled: await readGuestPreference(host) }, 'com.apple.loginwindow');
  } catch (failure) {
    if (!(failure instanceof DoorError || failure instanceof UnparsableError)) throw failure;
    try {
      const { stdout, stderr } = await host.run('sysadminctl', ['-guestAccount', 'status']);
      return known({ enabled: parseGuestAccount(`${stdout}\n${stderr}`) }, 'sysadminctl');
    } catch {
      // What the preferences said says more.
      throw failure;
    }
  }
}

export default defineCheck({
  id: 'account.guest',
  title: 'Guest account is off',
  why: 'A guest needs no password, and whatever a guest does is nobody’s.',
  group: 'access',
  owner: 'admin',
  cost: 'cheap',
  value: Type.Object({ enabled: Type.Boolean() }),
  params: Type.Object({}),
  read: {
    darwin: readMac,
    win32: {
      needs: [ACCOUNTS],
      from: (got) => {
        const guests = got(ACCOUNTS).filter(({ SID, LocalAccount }) => GUEST.test(String(SID)) && LocalAccount !== false);
        // Every Windows has one, enabled or not.
        if (guests.length === 0) return unknown('no-data', 'Windows lists no guest account of this machine.');
        if (guests.some(({ Disabled }) => typeof Disabled !== 'boolean')) throw new UnparsableError('the guest account is neither enabled nor disabled');
        return known({ enabled: guests.some(({ Disabled }) => Disabled === false) }, 'Win32_UserAccount');
      },
    },
  },
  watch: {
    darwin: [file('/Library/Preferences/com.apple.loginwindow.plist'), file('/Library/Managed Preferences/com.apple.MCX.plist')],
  },
  judge: ({ enabled }) => (enabled ? fail('The guest account is on.') : pass('The guest account is off.')),
  remedy: disableGuest,
  controls: ['CIS macOS 26 Benchmark 2.13.1 (unverified)', 'CIS Windows 11 Benchmark 2.3.1 (unverified)', 'NIST 800-53 AC-2'],
});

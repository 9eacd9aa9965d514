/** How long a password the system demands. On Windows this is known only where an organisation manages it: see `fromWindows`. */
import { Type } from 'typebox';
import {
  defineCheck,
  type Finding,
  fail,
  file,
  type Got,
  type Host,
  isAbsent,
  known,
  notApplicable,
  orAbsent,
  pass,
  type RegistryKey,
  registry,
  registryKey,
  UnparsableError,
  unknown,
} from '../model/index.ts';
import { demandLongerPasswords } from './remedies/account-password-policy.ts';
import { readEnvironment } from './sources/environment.ts';
import { type Ini, mergeInis, parseIni } from './sources/ini.ts';
import { numberOf, readPreferences } from './sources/mac-preferences.ts';
import { parsePasswordModules, shortestPassword } from './sources/pam-password.ts';

interface Policy {
  readonly minLength: number;
}

/** Whether the account is one of this system's own, by passwd(5). @throws UnparsableError for text that is no such file */
export function isLocalAccount(text: string, uid: number): boolean {
  const numbers = text.split('\n').flatMap((row) => /^[^:\s]+:[^:]*:(\d{1,10}):/.exec(row)?.[1] ?? []);
  if (!numbers.includes('0')) throw new UnparsableError('/etc/passwd has no account 0');
  return numbers.includes(String(uid));
}

/** Settings of pwquality, once with the folder over the file and once the other way round: sources disagree which it is. */
async function readPwquality(host: Host): Promise<readonly Ini[]> {
  const folder = '/etc/security/pwquality.conf.d';
  const names = ((await orAbsent(host.list(folder))) ?? []).filter((name) => name.endsWith('.conf')).sort();
  const read = async (path: string): Promise<Ini> => parseIni((await orAbsent(host.read(path))) ?? '');
  const [main, ...parts] = await Promise.all(['/etc/security/pwquality.conf', ...names.map((name) => `${folder}/${name}`)].map(read));
  if (main === undefined) return [];
  return [mergeInis([main, ...parts]), mergeInis([...parts, main])];
}

async function readLinux(host: Host): Promise<Finding<Policy>> {
  const { container, wsl } = await readEnvironment(host);
  if (wsl) return notApplicable('wsl', 'Windows asks for the password.');
  if (container !== null) return notApplicable('container', 'Nobody logs in to a container.');
  if (!isLocalAccount(await host.read('/etc/passwd'), host.user.uid))
    return notApplicable('account-elsewhere', 'A directory keeps this account and its password.');
  // Debian's name and everybody else's for what `passwd` includes.
  const text = (await orAbsent(host.read('/etc/pam.d/common-password'))) ?? (await orAbsent(host.read('/etc/pam.d/system-auth')));
  if (text === undefined) return unknown('unsupported', 'PAM is set up in a way that is not read.');
  const modules = parsePasswordModules(text);
  const lengths = (await readPwquality(host)).map((quality) => shortestPassword(modules, quality));
  return known({ minLength: Math.min(...lengths) }, 'PAM, pwquality.conf');
}

/**
 * `pwpolicy getaccountpolicies`: the shortest password that its rules let through, 0 where there are none. Rules are patterns
 * (`policyAttributePassword matches '.{8,}+'`), or have their number beside them. @throws UnparsableError
 */
export function parseAccountPolicies(text: string): number {
  if (!/^Getting (?:global )?account policies/m.test(text) && !/<plist[ >]/.test(text)) {
    if (/^No account policies\b/im.test(text)) return 0;
    throw new UnparsableError('pwpolicy does not answer with account policies');
  }
  if (!/<plist[ >]/.test(text)) {
    // The heading alone may be an answer that was cut short.
    if (/^No account policies\b/im.test(text)) return 0;
    throw new UnparsableError('pwpolicy lists no policies');
  }
  if (!text.includes('</plist>')) throw new UnparsableError('pwpolicy was cut short');
  const content = /<key>policyCategoryPasswordContent<\/key>\s*<array>(.*?)<\/array>\s*(?:<key>policyCategory|<\/dict>)/s.exec(text)?.[1] ?? '';
  const patterns = [...content.matchAll(/policyAttributePassword\s+matches\s+(?:'|&apos;)\^?\(?\.\{(\d{1,3}),\d*\}\+?\)?\$?(?:'|&apos;)/g)].map(
    (found) => found[1],
  );
  const numbers = [...content.matchAll(/<key>(?:minimumLength|policyAttributePasswordMinimumLength)<\/key>\s*<integer>(\d{1,3})<\/integer>/g)].map(
    (found) => found[1],
  );
  return Math.max(0, ...[...patterns, ...numbers].map(Number));
}

async function readMac(host: Host): Promise<Finding<Policy>> {
  const managed = numberOf(await readPreferences(host, '/Library/Managed Preferences/com.apple.mobiledevice.passwordpolicy.plist'), 'minLength');
  if (managed !== undefined) return known({ minLength: managed }, 'com.apple.mobiledevice.passwordpolicy');
  const { stdout, exit } = await host.run('pwpolicy', ['getaccountpolicies']);
  if (exit !== 0) throw new UnparsableError(`pwpolicy ended with ${exit}`);
  return known({ minLength: parseAccountPolicies(stdout) }, 'pwpolicy');
}

const DEVICE_LOCK = registry('HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock');
const ENTRA = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo');

function keyOf(got: Got, need: ReturnType<typeof registry>): RegistryKey | undefined {
  try {
    return got(need);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * The local policy itself is told to users by a call (NetUserModalsGet) that the one PowerShell does not make, and by `net accounts` in the
 * system's language. And it does not bind Microsoft accounts, which cannot be told from local ones without reading their address.
 */
function fromWindows(got: Got): Finding<Policy> {
  const values = keyOf(got, DEVICE_LOCK)?.values ?? {};
  // DeviceLock CSP: `DevicePasswordEnabled` 0 is on, and the rest counts only then.
  if (values.DevicePasswordEnabled === 0 && typeof values.MinDevicePasswordLength === 'number') {
    return known({ minLength: values.MinDevicePasswordLength }, 'DeviceLock');
  }
  if ((keyOf(got, ENTRA)?.keys.length ?? 0) > 0) return notApplicable('account-elsewhere', 'Microsoft Entra keeps the accounts of this device.');
  return unknown('unsupported', 'Windows tells its local password policy in no way that Stance reads.');
}

export default defineCheck({
  id: 'account.password_policy',
  title: 'Passwords must be long enough',
  why: 'A short password is guessed; length is what helps.',
  group: 'access',
  owner: 'admin',
  // It changes as seldom as the organisation changes its mind, and macOS starts a program for it.
  cost: 'slow',
  value: Type.Object({ minLength: Type.Integer({ minimum: 0, description: 'Characters that a new password must have; 0: none need be.' }) }),
  params: Type.Object({ minLength: Type.Integer({ default: 8, minimum: 1, description: 'Characters that the system must demand.' }) }),
  read: { linux: readLinux, darwin: readMac, win32: { needs: [DEVICE_LOCK, ENTRA], from: fromWindows } },
  excuses: { linux: ['account-elsewhere', 'container', 'wsl'], win32: ['account-elsewhere'] },
  watch: {
    linux: [...['/etc/pam.d/common-password', '/etc/pam.d/system-auth', '/etc/security/pwquality.conf', '/etc/security/pwquality.conf.d'].map(file)],
    darwin: [file('/Library/Managed Preferences/com.apple.mobiledevice.passwordpolicy.plist')],
    win32: [registryKey(DEVICE_LOCK.key)],
  },
  judge: (value, { minLength }) => {
    if (value.minLength >= minLength) return pass(`Passwords need at least ${value.minLength} characters.`);
    const now = value.minLength === 0 ? 'Passwords may be of any length' : `Passwords of ${value.minLength} characters are accepted`;
    return fail(`${now}; ${minLength} are required.`);
  },
  remedy: demandLongerPasswords,
  controls: ['CIS macOS 26 Benchmark 5.2.2 (unverified)', 'CIS Windows 11 Benchmark 1.1.4 (unverified)', 'NIST 800-53 IA-5(1)'],
});

/** Whether the person works with an administrator's account. Information, unless a baseline asks for a standard one. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  defineCheck,
  type Finding,
  fail,
  file,
  type Host,
  known,
  pass,
  registry,
  registryKey,
  UnparsableError,
  unknown,
} from '../model/index.ts';
import { becomeStandardUser } from './remedies/account-admin.ts';

interface Rights {
  readonly admin: boolean;
  /** Windows: an administrator is asked before rights are used. */
  readonly userAccountControl?: boolean;
}

const ADMIN_GROUPS = ['sudo', 'wheel', 'admin'];

/** Numbers of the groups with this name, from group(5). @throws UnparsableError for text that is no such file */
export function parseGroupNumbers(text: string, names: readonly string[]): number[] {
  const rows = text.split('\n').map((row) => /^([^:\s]+):[^:]*:(\d{1,10}):/.exec(row));
  if (!rows.some((row) => row?.[2] === '0')) throw new UnparsableError('/etc/group has no group 0');
  return rows.flatMap((row) => (row?.[1] !== undefined && names.includes(row[1]) ? [Number(row[2])] : []));
}

/** Groups of this process from `/proc/self/status`, the primary one too. @throws UnparsableError */
export function parseOwnGroups(text: string): number[] {
  const [, gid, groups] = [undefined, /^Gid:\s+(\d{1,10})\b/m.exec(text)?.[1], /^Groups:[ \t]*([\d ]*?)[ \t]*$/m.exec(text)?.[1]];
  if (gid === undefined || groups === undefined) throw new UnparsableError('/proc/self/status has no groups');
  return [gid, ...groups.split(' ').filter((number) => number !== '')].map(Number);
}

async function readLinux(host: Host): Promise<Finding<Rights>> {
  if (host.user.uid === 0) return known({ admin: true }, 'root');
  const member = await attempt(
    Promise.all([host.read('/etc/group'), host.read('/proc/self/status')]).then(([group, status]) => {
      const own = new Set(parseOwnGroups(status));
      return parseGroupNumbers(group, ADMIN_GROUPS).some((number) => own.has(number));
    }),
  );
  if (!(member instanceof DoorError)) return known({ admin: member }, '/etc/group');
  // Known to be one is known; not known to be one is nothing.
  if (host.user.admin) return known({ admin: true }, 'groups of this process');
  throw member;
}

/** `dseditgroup -o checkmember`: exit 0 is a member, 67 is not. @throws UnparsableError */
export function parseMembership(stdout: string, exit: number): boolean {
  const answer = /^(yes|no) \S.* (?:is|is NOT) a member of admin\s*$/.exec(stdout)?.[1];
  if ((answer === 'yes' && exit === 0) || (answer === 'no' && exit !== 0)) return answer === 'yes';
  throw new UnparsableError('dseditgroup does not say whether this is an administrator');
}

async function readMac(host: Host): Promise<Finding<Rights>> {
  if (host.user.admin || host.user.uid === 0) return known({ admin: true }, 'groups of this process');
  if (host.user.groups.length > 0) return known({ admin: false }, 'groups of this process');
  if (!host.env.USER) return unknown('no-data', 'The name of the account is not known.');
  const { stdout, exit } = await host.run('dseditgroup', ['-o', 'checkmember', '-m', host.env.USER, 'admin']);
  return known({ admin: parseMembership(stdout, exit) }, 'dseditgroup');
}

const SYSTEM_POLICIES = registry('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System');

export default defineCheck({
  id: 'account.admin',
  title: 'Rights of the account are known',
  why: 'What goes wrong under an administrator’s account goes wrong for the whole device.',
  group: 'access',
  owner: 'admin',
  cost: 'cheap',
  value: Type.Object({ admin: Type.Boolean(), userAccountControl: Type.Optional(Type.Boolean()) }),
  params: Type.Object({ requireStandardUser: Type.Boolean({ default: false, description: 'The person must not work as an administrator.' }) }),
  read: {
    linux: readLinux,
    darwin: readMac,
    win32: {
      needs: [SYSTEM_POLICIES],
      from: (got, { user }) => {
        if (user.unsure) return unknown('no-data', 'Windows did not say which groups this account is in.');
        let enabled: unknown;
        try {
          enabled = got(SYSTEM_POLICIES).values.EnableLUA;
        } catch (error) {
          // Beside the question.
          if (!(error instanceof DoorError)) throw error;
        }
        return known({ admin: user.admin, ...(enabled === 0 || enabled === 1 ? { userAccountControl: enabled === 1 } : {}) }, 'group S-1-5-32-544');
      },
    },
  },
  watch: {
    linux: [file('/etc/group')],
    win32: [registryKey(SYSTEM_POLICIES.key)],
  },
  judge: ({ admin, userAccountControl }, { requireStandardUser }) => {
    if (!admin) return pass('Works with a standard account.');
    const words = `Works as an administrator${userAccountControl === false ? ', and Windows does not ask before it uses the rights' : ''}.`;
    return requireStandardUser ? fail(words) : pass(words);
  },
  remedy: becomeStandardUser,
  controls: ['NIST 800-53 AC-6(5)'],
});

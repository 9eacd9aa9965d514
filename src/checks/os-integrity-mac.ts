/** Whether mandatory access control (SELinux or AppArmor) confines programs. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, file, type Host, known, notApplicable, orAbsent, pass, UnparsableError, unknown } from '../model/index.ts';
import { confinePrograms } from './remedies/os-integrity-mac.ts';
import { readEnvironment } from './sources/environment.ts';
import { answerOf, isUnrecorded } from './sources/failures.ts';

type Mode = 'enforcing' | 'permissive' | 'disabled';
type Profiles = 'enforced' | 'complaining' | 'none';

/** `/sys/fs/selinux/enforce`: 1 or 0. @throws UnparsableError */
export function parseEnforce(text: string): Mode {
  const mode = ({ '1': 'enforcing', '0': 'permissive' } as const)[text.trim()];
  if (mode === undefined) throw new UnparsableError('/sys/fs/selinux/enforce is neither 0 nor 1');
  return mode;
}

/** `/sys/kernel/security/lsm`: the security modules that run, by their names. @throws UnparsableError */
export function parseModules(text: string): string[] {
  if (!/^[a-z0-9_]{1,30}(,[a-z0-9_]{1,30}){0,30}$/.test(text.trim())) throw new UnparsableError('/sys/kernel/security/lsm is not a list of names');
  return text.trim().split(',');
}

/** `/sys/kernel/security/apparmor/profiles`, which root may read: "NAME (enforce)" on each line. @throws UnparsableError */
export function parseProfiles(text: string): Profiles {
  const modes = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => / \((enforce|complain|kill|prompt|unconfined|user)\)$/.exec(line)?.[1]);
  if (modes.includes(undefined)) throw new UnparsableError('a line of the AppArmor profiles has no mode');
  if (modes.some((mode) => mode !== undefined && ['enforce', 'kill', 'prompt', 'user'].includes(mode))) return 'enforced';
  return modes.length === 0 ? 'none' : 'complaining';
}

async function readSelinux(host: Host): Promise<Mode> {
  const text = await orAbsent(host.read('/sys/fs/selinux/enforce'));
  return text === undefined ? 'disabled' : parseEnforce(text);
}

/** A source that a person without rights may not have, or that is not understood: it then says nothing. */
const optional = async <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(() => undefined);

/** On, by its own parameter, else by the list of the modules that run. A module that the kernel was told to leave out says N, or is not in the list. */
async function readApparmor(host: Host, modules: readonly string[] | undefined): Promise<boolean> {
  const text = await attempt(orAbsent(host.read('/sys/module/apparmor/parameters/enabled')));
  if (text instanceof DoorError) {
    if (modules === undefined) throw text;
    return modules.includes('apparmor');
  }
  const says = text?.trim();
  if (says !== undefined && says !== 'Y' && says !== 'N') throw new UnparsableError('the AppArmor parameter is neither Y nor N');
  return says === 'Y' && (modules?.includes('apparmor') ?? true);
}

/** Whether any profile is enforced; `undefined` where that takes root. AppArmor may also be told to complain everywhere. */
async function readProfiles(host: Host): Promise<Profiles | undefined> {
  const [profiles, mode] = await Promise.all([
    optional(host.read('/sys/kernel/security/apparmor/profiles').then(parseProfiles)),
    optional(host.read('/sys/module/apparmor/parameters/mode')),
  ]);
  return profiles === 'enforced' && mode?.trim() === 'complain' ? 'complaining' : (profiles ?? (mode?.trim() === 'complain' ? 'complaining' : undefined));
}

async function readConfinement(host: Host) {
  const environment = await answerOf(readEnvironment(host));
  if (environment instanceof DoorError && !isUnrecorded(environment)) throw environment;
  const { container, wsl } = environment instanceof DoorError ? { container: null, wsl: false } : environment;
  if (wsl) return notApplicable('wsl', 'The kernel of WSL belongs to Windows.');
  // What the kernel confines there is the host's doing, and mostly the host's programs.
  if (container !== null) return notApplicable('container', 'Confinement belongs to the host of the container.');
  const modules = await optional(host.read('/sys/kernel/security/lsm').then(parseModules));
  const [selinux, apparmor] = await Promise.all([attempt(readSelinux(host)), attempt(readApparmor(host, modules))]);
  const profiles = apparmor === true ? await readProfiles(host) : undefined;
  const confines = (!(selinux instanceof DoorError) && selinux === 'enforcing') || (apparmor === true && (profiles ?? 'enforced') === 'enforced');
  // One that is on is enough; that none is needs both to have answered.
  if (!confines) {
    if (selinux instanceof DoorError) throw selinux;
    if (apparmor instanceof DoorError) throw apparmor;
    if (environment instanceof DoorError) throw environment;
    // It takes the place of the other two. TOMOYO stands in many lists beside them, and does nothing until it is taught.
    if (modules?.includes('smack')) return unknown('unsupported', 'Smack confines programs here; Stance does not know its rules.');
  }
  return known(
    {
      selinux: selinux instanceof DoorError ? ('unknown' as const) : selinux,
      apparmor: apparmor instanceof DoorError ? ('unknown' as const) : apparmor,
      ...(profiles === undefined ? {} : { profiles }),
    },
    '/sys/fs/selinux, /sys/module/apparmor',
  );
}

export default defineCheck({
  id: 'os.integrity.mac',
  title: 'Programs are confined (SELinux or AppArmor)',
  why: 'A broken program can then reach only what it needs.',
  group: 'system',
  owner: 'admin',
  cost: 'cheap',
  value: Type.Object({
    selinux: Type.Enum(['enforcing', 'permissive', 'disabled', 'unknown'], { description: 'Mode of SELinux.' }),
    apparmor: Type.Union([Type.Boolean(), Type.Literal('unknown')], { description: 'AppArmor runs.' }),
    profiles: Type.Optional(
      Type.Enum(['enforced', 'complaining', 'none'], { description: 'What the profiles of AppArmor do; as a rule only the system agent may know.' }),
    ),
  }),
  params: Type.Object({}),
  read: { linux: readConfinement },
  excuses: { linux: ['container', 'wsl'] },
  watch: { linux: [file('/sys/fs/selinux/enforce'), file('/etc/selinux/config')] },
  judge: ({ selinux, apparmor, profiles = 'enforced' }) => {
    if (selinux === 'enforcing') return pass('SELinux enforces.');
    if (apparmor === true && profiles === 'enforced') return pass('AppArmor is on.');
    if (apparmor === true)
      return fail(profiles === 'none' ? 'AppArmor is on, but has no profiles: it confines nothing.' : 'AppArmor only warns: no profile is enforced.');
    return fail(selinux === 'permissive' ? 'SELinux only warns (permissive) and AppArmor is off.' : 'Neither SELinux nor AppArmor is on.');
  },
  remedy: confinePrograms,
  controls: ['NIST 800-53 AC-3(3)', 'CIS Ubuntu 1.3.1 (unverified)'],
});

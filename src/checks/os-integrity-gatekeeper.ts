/** Whether Gatekeeper looks at programs before macOS starts them for the first time. */
import { Type } from 'typebox';
import { DoorError, defineCheck, fail, file, type Host, isAbsent, type JsonValue, known, pass, UnparsableError } from '../model/index.ts';
import { turnOnGatekeeper } from './remedies/os-integrity-gatekeeper.ts';
import { answerOf, mostTelling } from './sources/failures.ts';

const MANAGED = '/Library/Managed Preferences/com.apple.systempolicy.control.plist';
const SYSTEM_VERSION = '/System/Library/CoreServices/SystemVersion.plist';
const BEFORE_15 = '/var/db/SystemPolicy-prefs.plist';
const SINCE_15 = '/var/db/SystemPolicyConfiguration/SystemPolicy-prefs.plist';

/** `spctl --status`, which ends with 1 where assessments are off. @throws UnparsableError */
export function parseAssessments(stdout: string): boolean {
  const state = /^assessments (enabled|disabled)$/m.exec(stdout)?.[1];
  if (state === undefined) throw new UnparsableError('spctl does not say whether assessments are enabled');
  return state === 'enabled';
}

const memberOf = (value: JsonValue, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** What a profile prescribes; `undefined` where none does, which says nothing about the state. */
async function readManaged(host: Host): Promise<boolean | undefined> {
  const enable = memberOf(await host.plist(MANAGED), 'EnableAssessment');
  if (enable !== undefined && typeof enable !== 'boolean') throw new UnparsableError('EnableAssessment is neither true nor false');
  return enable;
}

/** The system's own file. Before macOS 15 it is not there as long as nobody changed the default, which is on; later that means nothing. */
async function readPreferences(host: Host): Promise<boolean> {
  const version = memberOf(await host.plist(SYSTEM_VERSION), 'ProductVersion');
  const major = Number(/^(\d{1,3})(\.|$)/.exec(String(version))?.[1]);
  if (Number.isNaN(major)) throw new UnparsableError('SystemVersion.plist has no ProductVersion');
  const preferences = await answerOf(host.plist(major < 15 ? BEFORE_15 : SINCE_15));
  if (preferences instanceof DoorError) {
    if (major < 15 && isAbsent(preferences)) return true;
    throw preferences;
  }
  const enabled = memberOf(preferences, 'enabled');
  if (enabled === 'yes' || enabled === true) return true;
  if (enabled === 'no' || enabled === false) return false;
  throw new UnparsableError('SystemPolicy-prefs.plist says neither yes nor no');
}

async function readState(host: Host, managed: boolean | undefined): Promise<{ enabled: boolean; method: string }> {
  const state = await answerOf(host.run('spctl', ['--status']).then(({ stdout }) => parseAssessments(stdout)));
  if (!(state instanceof DoorError)) return { enabled: state, method: 'spctl --status' };
  if (managed !== undefined) return { enabled: managed, method: MANAGED };
  const preferences = await answerOf(readPreferences(host));
  if (!(preferences instanceof DoorError)) return { enabled: preferences, method: 'SystemPolicy-prefs.plist' };
  throw mostTelling([state, preferences]);
}

export default defineCheck({
  id: 'os.integrity.gatekeeper',
  title: 'Gatekeeper is on',
  why: 'It keeps programs from starting that nobody signed, or that Apple knows to be harmful.',
  group: 'system',
  owner: 'user',
  cost: 'process',
  value: Type.Object({
    enabled: Type.Boolean({ description: 'Programs are assessed before they are first started.' }),
    managed: Type.Boolean({ description: 'A profile of the organisation prescribes it.' }),
  }),
  params: Type.Object({}),
  read: {
    darwin: async (host) => {
      const profile = await answerOf(readManaged(host));
      const managed = profile instanceof DoorError ? undefined : profile;
      const { enabled, method } = await readState(host, managed);
      return known({ enabled, managed: managed !== undefined }, method);
    },
  },
  watch: { darwin: [file(BEFORE_15), file(SINCE_15), file(MANAGED)] },
  judge: ({ enabled }) => (enabled ? pass('Gatekeeper is on.') : fail('Gatekeeper is off: programs are started without a look at who signed them.')),
  remedy: turnOnGatekeeper,
  controls: ['CIS macOS 2.6.5', 'NIST 800-53 CM-14', 'NIST 800-53 SI-3'],
});

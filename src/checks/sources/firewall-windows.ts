/**
 * The firewalls of Windows: its own with three profiles, or a product of somebody else that the security centre knows. Pure.
 * The profiles in force come from CIM (ActiveStore); where that is refused, from the registry, policy before local settings.
 */
import {
  type CimRow,
  cim,
  DoorError,
  type Finding,
  fileStatus,
  type Got,
  isAbsent,
  type JsonValue,
  known,
  type Need,
  type NeedResults,
  registry,
  service,
  UnparsableError,
} from '../../model/index.ts';
import { answered, mostTelling } from './failures.ts';
import { type Firewall, PROFILES } from './firewall.ts';

type Profile = (typeof PROFILES)[number];
/** `open`: on, and everything that no rule blocks is let in. */
type ProfileState = 'on' | 'open' | 'off';

const ACTIVE_PROFILES = cim('root/StandardCimv2', 'MSFT_NetFirewallProfile', { store: 'ActiveStore' });
const PRODUCTS = cim('root/SecurityCenter2', 'FirewallProduct');
const SERVICE = service('mpssvc');
const SERVICE_KEY = registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\mpssvc');
const LOCAL = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';
const POLICY = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall';
/** The private profile kept its old name in the local settings; policies know it by either, the new one first. */
const KEYS: Readonly<Record<Profile, { readonly local: string; readonly policy: readonly string[] }>> = {
  Domain: { local: `${LOCAL}\\DomainProfile`, policy: [`${POLICY}\\DomainProfile`] },
  Private: { local: `${LOCAL}\\StandardProfile`, policy: [`${POLICY}\\PrivateProfile`, `${POLICY}\\StandardProfile`] },
  Public: { local: `${LOCAL}\\PublicProfile`, policy: [`${POLICY}\\PublicProfile`] },
};

export const FIREWALL_NEEDS: readonly Need[] = [
  ...[ACTIVE_PROFILES, PRODUCTS, SERVICE, SERVICE_KEY],
  ...PROFILES.flatMap((profile) => [KEYS[profile].local, ...KEYS[profile].policy].map(registry)),
];

/** A need's answer, `undefined` for a thing that is absent. @throws DoorError on every other failure */
function orMissing<N extends Need>(got: Got, need: N): NeedResults[N['door']] | undefined {
  try {
    return got(need);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** `Enabled` and its like are numbers in CIM, names where a cmdlet has put them into words: "False" would be true. */
const SWITCHES = new Map<JsonValue | undefined, boolean>([
  ...([1, true, 'True', '1'] as const).map((value) => [value, true] as const),
  ...([0, false, 'False', '0'] as const).map((value) => [value, false] as const),
]);
const ALLOW: readonly (JsonValue | undefined)[] = [2, 'Allow', '2'];

const profileOf = (row: CimRow): string => (typeof row.Name === 'string' ? row.Name : String(row.InstanceID).split('|').at(-1)) ?? '';

/** What CIM says of a profile; undefined where it is left to the default. @throws UnparsableError */
function activeState(rows: readonly CimRow[], profile: Profile): ProfileState | undefined {
  const row = rows.find((candidate) => profileOf(candidate) === profile);
  if (row === undefined) throw new UnparsableError(`no row for the profile ${profile}`);
  if (row.Enabled === 2 || row.Enabled === 'NotConfigured') return undefined;
  const on = SWITCHES.get(row.Enabled);
  if (on === undefined) throw new UnparsableError(`the profile ${profile} is neither on nor off`);
  return on ? (ALLOW.includes(row.DefaultInboundAction) ? 'open' : 'on') : 'off';
}

/** A DWORD of a profile: policy first, then what is set locally. Names match without case. @throws DoorError, UnparsableError */
function settingOf(got: Got, profile: Profile, name: string): number | undefined {
  for (const key of [...KEYS[profile].policy, KEYS[profile].local]) {
    const values = orMissing(got, registry(key))?.values ?? {};
    const value = Object.entries(values).find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new UnparsableError(`${name} of ${profile} is not a number`);
    return value;
  }
  return undefined;
}

/** Unsaid, a profile is on and blocks. @throws DoorError where there is nothing to be read at all */
function storedState(got: Got, profile: Profile): ProfileState {
  const enabled = settingOf(got, profile, 'EnableFirewall');
  if (enabled === undefined) got(registry(KEYS[profile].local));
  if (enabled === 0) return 'off';
  return settingOf(got, profile, 'DefaultInboundAction') === 0 ? 'open' : 'on';
}

function profileStates(got: Got): { states: Record<Profile, ProfileState>; active: boolean } {
  const rows = answered(() => got(ACTIVE_PROFILES));
  let active = true;
  const states = PROFILES.map((profile) => {
    const state = rows instanceof DoorError ? rows : answered(() => activeState(rows, profile));
    if (typeof state === 'string') return [profile, state] as const;
    active = false;
    const stored = answered(() => storedState(got, profile));
    if (stored instanceof DoorError) throw mostTelling([stored, ...(state instanceof DoorError ? [state] : [])]);
    return [profile, stored] as const;
  });
  return { states: Object.fromEntries(states) as Record<Profile, ProfileState>, active };
}

/** Whether the service that filters runs. Profiles in force are shown only while it does. @throws DoorError */
function isServing(got: Got, active: boolean): boolean {
  const status = answered(() => got(SERVICE));
  if (!(status instanceof DoorError)) {
    if (status.state === 'pending') throw new UnparsableError('the firewall service is starting or ending');
    return status.state === 'running';
  }
  const start = answered(() => got(SERVICE_KEY).values.Start);
  if (start === 4) return false;
  if (active) return true;
  throw status;
}

/** 0x1000: on; 0x2000: snoozed; 0x3000: expired. */
const isOn = (state: JsonValue | undefined): boolean => (Number(state) & 0xf000) === 0x1000;

/** The program that vouches for a product: rows outlive what they name. */
const programOf = (row: CimRow): string | undefined =>
  [row.pathToSignedReportingExe, row.pathToSignedProductExe].find(
    (path): path is string => typeof path === 'string' && /^(?:[a-z]:|%\w+%)\\.*\.exe$/i.test(path),
  );

const activeProducts = (got: Got): readonly CimRow[] => (orMissing(got, PRODUCTS) ?? []).filter((row) => isOn(row.productState));

export function productFiles(got: Got): readonly string[] {
  const rows = answered(() => activeProducts(got));
  return rows instanceof DoorError ? [] : rows.map(programOf).filter((path) => path !== undefined);
}

/** The name of a product that is on and still there. @throws DoorError where a product is on and it cannot be told whether it is there */
function thirdParty(got: Got): string | undefined {
  const failures: DoorError[] = [];
  for (const row of activeProducts(got)) {
    const program = programOf(row);
    const found = program === undefined ? new DoorError('ENODEV', 'a firewall product without a program') : answered(() => got(fileStatus(program)));
    if (!(found instanceof DoorError)) return String(row.displayName ?? 'another product').slice(0, 64);
    if (!isAbsent(found)) failures.push(found);
  }
  if (failures.length > 0) throw mostTelling(failures);
  return undefined;
}

const WINDOWS = 'Windows Defender Firewall';
const off = (cause: Firewall['cause'] & string, profiles?: Profile[]): Firewall => ({
  ...{ enabled: false, product: WINDOWS, ipv4Only: false, cause },
  ...(profiles === undefined || profiles.length === PROFILES.length ? {} : { profiles }),
});

function ownFirewall(got: Got): { firewall: Firewall; method: string } {
  const { states, active } = profileStates(got);
  const method = active ? 'MSFT_NetFirewallProfile (ActiveStore), mpssvc' : 'registry, mpssvc';
  const [closed, open] = (['off', 'open'] as const).map((state) => PROFILES.filter((profile) => states[profile] === state));
  if (closed !== undefined && closed.length > 0) return { firewall: off('switched-off', closed), method };
  if (!isServing(got, active)) return { firewall: off('service-stopped'), method };
  if (open !== undefined && open.length > 0) return { firewall: off('admits-all', open), method };
  return { firewall: { enabled: true, product: WINDOWS, ipv4Only: false }, method };
}

export function readFirewallOnWindows(got: Got): Finding<Firewall> {
  const own = answered(() => ownFirewall(got));
  if (!(own instanceof DoorError) && own.firewall.enabled) return known(own.firewall, own.method);
  const other = answered(() => thirdParty(got));
  if (typeof other === 'string') return known({ enabled: true, product: other, ipv4Only: false }, 'SecurityCenter2 FirewallProduct');
  if (own instanceof DoorError) throw own;
  // Windows' own is off, and another one may well be on.
  if (other instanceof DoorError) throw other;
  return known(own.firewall, own.method);
}

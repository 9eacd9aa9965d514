/** The application firewall of macOS and its stealth mode: one program, and what can tell where that is refused. */
import { DoorError, type Finding, type Host, type JsonValue, known, UnparsableError } from '../../model/index.ts';
import { answered, answerOf, mostTelling } from './failures.ts';

export interface MacFirewall {
  readonly enabled: boolean | undefined;
  readonly stealth: boolean | undefined;
}

const PROGRAM = 'socketfilterfw';
const BOTH = ['--getglobalstate', '--getstealthmode'];
/** Reading a part of the system report takes longer than asking the firewall. */
const REPORT_TIMEOUT_MS = 8_000;

/** 0: off, 1: on, 2: on and blocking everything that is not essential. @throws UnparsableError */
export function parseGlobalState(text: string): boolean {
  const states = [...text.matchAll(/^Firewall [^\n]*\(State = ([012])\)\s*$/gm)].map(([, state]) => state);
  if (states.length !== 1) throw new UnparsableError('socketfilterfw did not say "(State = 0)", 1 or 2');
  return states[0] !== '0';
}

/** "Firewall stealth mode is on", "Stealth mode enabled" before. @throws UnparsableError */
export function parseStealthMode(text: string): boolean {
  const modes = [...text.matchAll(/^(?:Firewall stealth mode is (on|off)|Stealth mode (enabled|disabled))\.?\s*$/gim)].map(([, now, before]) =>
    (now ?? before ?? '').toLowerCase(),
  );
  if (modes.length !== 1) throw new UnparsableError('socketfilterfw did not say whether stealth mode is on');
  return modes[0] === 'on' || modes[0] === 'enabled';
}

const GLOBAL_STATES: Readonly<Record<string, boolean>> = {
  spfirewall_globalstate_allow_all: false,
  spfirewall_globalstate_limit_connections: true,
  spfirewall_globalstate_block_all: true,
};

/** `system_profiler -json SPFirewallDataType`. @throws UnparsableError */
export function parseFirewallReport(text: string): MacFirewall {
  let report: unknown;
  try {
    report = (JSON.parse(text) as { SPFirewallDataType?: unknown } | null)?.SPFirewallDataType;
  } catch {
    throw new UnparsableError('system_profiler did not answer in JSON');
  }
  const [settings] = Array.isArray(report) ? (report as ({ spfirewall_globalstate?: unknown; spfirewall_stealthenabled?: unknown } | null)[]) : [];
  const state = String(settings?.spfirewall_globalstate);
  const stealth = { Yes: true, No: false }[String(settings?.spfirewall_stealthenabled)];
  return { enabled: Object.hasOwn(GLOBAL_STATES, state) ? GLOBAL_STATES[state] : undefined, stealth };
}

const objectOf = (value: JsonValue): Readonly<Record<string, JsonValue>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, JsonValue>) : {};
const switchOf = (value: JsonValue | undefined): boolean | undefined =>
  typeof value === 'boolean' ? value : value === 0 || value === 1 ? value === 1 : undefined;

/** The preference file, up to macOS 14. Later systems do not look at it; scripts still write one. @throws DoorError */
async function readPreferences(host: Host): Promise<MacFirewall> {
  const release = objectOf(await host.plist('/System/Library/CoreServices/SystemVersion.plist')).ProductVersion;
  const major = Number(/^(\d{2})\./.exec(String(release))?.[1]);
  if (!(major < 15)) throw new DoorError('ENOTSUP', 'com.apple.alf.plist is not used by this macOS');
  const { globalstate, stealthenabled } = objectOf(await host.plist('/Library/Preferences/com.apple.alf.plist'));
  return { enabled: globalstate === 0 ? false : globalstate === 1 || globalstate === 2 ? true : undefined, stealth: switchOf(stealthenabled) };
}

/** What a profile enforces: the last to be asked, since the firewall itself knows better. @throws DoorError */
async function readManaged(host: Host): Promise<MacFirewall> {
  const { EnableFirewall, EnableStealthMode } = objectOf(await host.plist('/Library/Managed Preferences/com.apple.security.firewall.plist'));
  return { enabled: switchOf(EnableFirewall), stealth: switchOf(EnableStealthMode) };
}

/** One of the two; the other may be told in words that are not known here. */
const told = (parse: () => boolean): boolean | undefined => {
  const answer = answered(parse);
  return answer instanceof DoorError ? undefined : answer;
};

async function askFirewall(host: Host): Promise<MacFirewall> {
  const { stdout, exit } = await host.run(PROGRAM, BOTH);
  if (exit !== 0) throw new DoorError('EOUTPUT', `run ${PROGRAM}: exit ${exit}`);
  return { enabled: told(() => parseGlobalState(stdout)), stealth: told(() => parseStealthMode(stdout)) };
}

async function askReport(host: Host): Promise<MacFirewall> {
  const { stdout } = await host.run('system_profiler', ['-json', 'SPFirewallDataType'], { timeoutMs: REPORT_TIMEOUT_MS });
  return parseFirewallReport(stdout);
}

const SOURCES: readonly (readonly [name: string, ask: (host: Host) => Promise<MacFirewall>])[] = [
  ['socketfilterfw', askFirewall],
  ['com.apple.alf.plist', readPreferences],
  ['system_profiler', askReport],
  ['managed preferences', readManaged],
];

/** One fact of the firewall, from the first source that knows it. @throws DoorError where none does */
export async function readMacFirewall<V>(host: Host, factOf: (firewall: MacFirewall) => V | undefined): Promise<Finding<V>> {
  const failures: DoorError[] = [];
  for (const [name, ask] of SOURCES) {
    const answer = await answerOf(ask(host));
    const value = answer instanceof DoorError ? undefined : factOf(answer);
    if (value !== undefined) return known(value, name);
    failures.push(answer instanceof DoorError ? answer : new DoorError('EOUTPUT', `${name} did not tell`));
  }
  throw mostTelling(failures);
}

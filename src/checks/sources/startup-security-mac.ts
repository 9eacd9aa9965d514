/** The startup security of a Mac: what the boot chain of Apple silicon or of a T2 chip accepts. */
import { DoorError, type Finding, type Host, known, notApplicable, UnparsableError, unknown } from '../../model/index.ts';
import { readHypervisorOnMac, readSysctl } from './environment-mac.ts';
import { answerOf, mostTelling } from './failures.ts';

/** What Startup Security Utility offers: Full, Reduced and Permissive on Apple silicon; Full, Medium and No Security with a T2 chip. */
export const STARTUP_POLICIES = ['full', 'reduced', 'permissive', 'medium', 'none'] as const;
export type StartupPolicy = (typeof STARTUP_POLICIES)[number];

const NAMES: Readonly<Record<string, StartupPolicy>> = {
  ...{ 'full security': 'full', 'reduced security': 'reduced', 'permissive security': 'permissive', 'medium security': 'medium', 'no security': 'none' },
};
const VARIABLE = '94b73556-2197-4702-82a8-3e1337dafbfb:AppleSecureBootPolicy';
const PROFILER_TIMEOUT_MS = 5_000;

interface Controller {
  readonly policy?: StartupPolicy;
  /** A chip that verifies what starts; a Mac that has none lists nothing, or a T1. */
  readonly verifies: boolean;
}

/** The answer of `system_profiler -json SPiBridgeDataType`. Its values follow the language of the person: other than English is not understood. @throws UnparsableError */
export function parseController(stdout: string): Controller {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch (cause) {
    throw new UnparsableError('system_profiler printed no JSON', { cause });
  }
  const items = (document as { SPiBridgeDataType?: unknown } | null)?.SPiBridgeDataType;
  if (!Array.isArray(items)) throw new UnparsableError('system_profiler names no SPiBridgeDataType');
  const rows = items.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
  const named = rows.map((row) => row.ibridge_secure_boot).find((value) => value !== undefined);
  if (named !== undefined) {
    const policy = typeof named === 'string' ? NAMES[named.trim().toLowerCase()] : undefined;
    if (policy === undefined) throw new UnparsableError('system_profiler names a startup security that is not known');
    return { policy, verifies: true };
  }
  return { verifies: rows.some((row) => !/\bT1\b|iBridge1,/.test(`${row.ibridge_model_name} ${row.ibridge_model_identifier_top}`)) };
}

/** The answer of `nvram …:AppleSecureBootPolicy`, one byte: 2 full, 1 medium, 0 none. `undefined`: there is no such variable. @throws UnparsableError */
export function parseT2Policy(stdout: string, stderr: string, exit: number): StartupPolicy | undefined {
  if (exit !== 0 && stdout.trim() === '' && /data was not found/.test(stderr)) return undefined;
  const byte = exit === 0 ? /AppleSecureBootPolicy\t%(0[012])\s*$/.exec(stdout)?.[1] : undefined;
  const policy = ({ '00': 'none', '01': 'medium', '02': 'full' } as const)[byte ?? ''];
  if (policy === undefined) throw new UnparsableError('AppleSecureBootPolicy is neither 0, 1 nor 2');
  return policy;
}

/** The "Security Mode:" lines of `bputil -d`, which only root may ask. @throws UnparsableError */
export function parseBootPolicy(stdout: string): StartupPolicy {
  const modes = new Set([...stdout.matchAll(/^\s*Security Mode:\s+(Full|Reduced|Permissive)\b/gm)].map((match) => match[1]?.toLowerCase()));
  const [mode] = [...modes];
  // Several systems with several policies: which one runs is not said.
  if (modes.size !== 1 || mode === undefined) throw new UnparsableError('bputil names no single security mode');
  return mode as StartupPolicy;
}

interface Startup {
  readonly enabled: boolean;
  readonly policy: StartupPolicy;
}
const found = (policy: StartupPolicy, method: string): Finding<Startup> => known({ enabled: policy !== 'none', policy }, method);

/** Intel, by what does not change under Rosetta. Only an answer counts. */
async function isIntel(host: Host): Promise<boolean> {
  const arm = await answerOf(readSysctl(host, 'hw.optional.arm64'));
  return arm instanceof DoorError ? arm.code === 'ENOENT' : arm.trim() === '0';
}

export async function readStartupSecurity(host: Host): Promise<Finding<Startup>> {
  const controller = await answerOf(
    host.run('system_profiler', ['-json', 'SPiBridgeDataType'], { timeoutMs: PROFILER_TIMEOUT_MS }).then(({ stdout }) => parseController(stdout)),
  );
  if (!(controller instanceof DoorError) && controller.policy !== undefined) return found(controller.policy, 'system_profiler SPiBridgeDataType');
  const variable = await answerOf(host.run('nvram', [VARIABLE]).then(({ stdout, stderr, exit }) => parseT2Policy(stdout, stderr, exit)));
  if (variable !== undefined && !(variable instanceof DoorError)) return found(variable, 'nvram AppleSecureBootPolicy');
  if (host.user.uid === 0) {
    const policy = await answerOf(host.run('bputil', ['-d']).then(({ stdout }) => parseBootPolicy(stdout)));
    if (!(policy instanceof DoorError)) return found(policy, 'bputil');
  }
  if (controller instanceof DoorError || variable !== undefined) throw mostTelling([controller, variable].filter((each) => each instanceof DoorError));
  if (!controller.verifies && (await isIntel(host))) {
    const hypervisor = await answerOf(readHypervisorOnMac(host));
    if (hypervisor !== null && !(hypervisor instanceof DoorError))
      return notApplicable('virtual-machine', 'This virtual Mac starts without the chip that verifies it.');
    return notApplicable('platform', 'This Mac has neither Apple silicon nor a T2 chip, and so no secure boot.');
  }
  return unknown('no-data', 'This Mac does not say what its startup security is.');
}

/** Protection from malware on Windows: what registered with the Security Center, Defender's own word, and EDR services. */
import {
  type CimRow,
  cim,
  DoorError,
  type Finding,
  fileStatus,
  type Got,
  type Host,
  isAbsent,
  known,
  type Need,
  service,
  UnparsableError,
  unknown,
} from '../../model/index.ts';
import { inOrder, type Protection, type Protections, signaturesOf } from './protection.ts';
import { EDR_PRODUCTS } from './protection-products.ts';

const DAY_MS = 86_400_000;
const REGISTERED = cim('root/SecurityCenter2', 'AntiVirusProduct');
const DEFENDER = cim('root/Microsoft/Windows/Defender', 'MSFT_MpComputerStatus');
const SERVICES = EDR_PRODUCTS.flatMap(({ win32, prevents, name }) => (win32 !== undefined && prevents ? [{ name, need: service(win32) }] : []));

export const windowsProtectionNeeds: readonly Need[] = [REGISTERED, DEFENDER, ...SERVICES.map(({ need }) => need)];

/** Nibbles of `productState`: security product state and signature state of the Windows Security Center (iwscapi.h). */
const STATES: ReadonlyMap<number, Protection['state']> = new Map([
  [0x0000, 'off'],
  [0x1000, 'on'],
  [0x2000, 'snoozed'],
  [0x3000, 'expired'],
]);

/** @throws UnparsableError */
export function parseProductState(value: unknown): Pick<Protection, 'state' | 'signatures'> {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new UnparsableError('productState is not a number');
  const state = STATES.get(value & 0xf000);
  if (state === undefined) throw new UnparsableError('productState is none that Windows has');
  return { state, signatures: (value & 0xf0) === 0 ? 'current' : 'old' };
}

const DEFENDER_NAME = 'Microsoft Defender';
/** Defender's row, whatever it is called in this version: its identifier, or that its program is Windows' own. */
const isDefender = ({ instanceGuid, pathToSignedReportingExe }: CimRow): boolean =>
  /^\{?d68ddc3a-831f-4fae-9e44-da132c1acf46\}?$/i.test(String(instanceGuid)) || /\\windows defender\\msmpeng\.exe$/i.test(String(pathToSignedReportingExe));

const programOf = ({ pathToSignedReportingExe }: CimRow): string | undefined => {
  const path = String(pathToSignedReportingExe ?? '')
    .trim()
    .replace(/^"([^"]*)".*$/, '$1');
  return /^(?:[A-Za-z]:|%\w+%)\\/.test(path) ? path : undefined;
};

/** Programs of the products that registered: a row outlives its product. */
export function windowsProtectionFiles(got: Got): readonly string[] {
  try {
    return got(REGISTERED).flatMap((row) => programOf(row) ?? []);
  } catch (error) {
    if (error instanceof DoorError) return [];
    throw error;
  }
}

function isGone(got: Got, row: CimRow): boolean {
  const path = programOf(row);
  if (path === undefined) return false;
  try {
    got(fileStatus(path));
    return false;
  } catch (error) {
    if (error instanceof DoorError) return isAbsent(error);
    throw error;
  }
}

const PASSIVE = /^(passive mode|sxs passive mode|edr block mode)$/i;
const NOT_RUNNING = /^not running$/i;
/** 65535 and 4294967295 days are "never". */
const NEVER_DAYS = 65_535;

/** `MSFT_MpComputerStatus` → state and signatures of Defender. @throws UnparsableError */
export function parseDefender(row: CimRow, now: number): Protection {
  const mode = String(row.AMRunningMode ?? '');
  const flags = [row.AMServiceEnabled ?? true, row.AntivirusEnabled, row.RealTimeProtectionEnabled];
  if (flags.some((flag) => typeof flag !== 'boolean')) throw new UnparsableError('Defender does not say whether it protects');
  const on = flags.every((flag) => flag === true) && !NOT_RUNNING.test(mode);
  const age = row.AntivirusSignatureAge;
  const told = typeof row.AntivirusSignatureLastUpdated === 'string' ? row.AntivirusSignatureLastUpdated : undefined;
  const counted = typeof age === 'number' && age >= 0 && age < NEVER_DAYS ? new Date(now - age * DAY_MS).toISOString() : undefined;
  const never = typeof age === 'number' && age >= NEVER_DAYS;
  return {
    name: DEFENDER_NAME,
    state: PASSIVE.test(mode) ? 'passive' : on ? 'on' : 'off',
    ...(told === undefined && counted === undefined && !never ? { signatures: 'unknown' as const } : signaturesOf(never ? undefined : (told ?? counted))),
  };
}

/** A source that did not answer, and so may hide a product. An absent service hides none; a recording may be older than the question. */
const hides = (failure: Error): boolean => !isAbsent(failure) && !(failure instanceof DoorError && failure.code === 'ENOTRECORDED');

function ask<T>(question: () => T): T | Error {
  try {
    return question();
  } catch (error) {
    if (error instanceof DoorError || error instanceof UnparsableError) return error;
    throw error;
  }
}

/** Pure. */
export function windowsProtectionFrom(got: Got, host: Pick<Host, 'now'>): Finding<Protections> {
  const status = ask(() => {
    const [row] = got(DEFENDER);
    if (row === undefined) throw new DoorError('ENOENT', 'Defender has no status');
    const mode = String(row.AMRunningMode ?? '');
    return { defender: parseDefender(row, host.now()), steppedBack: PASSIVE.test(mode) || NOT_RUNNING.test(mode), tamperProtected: row.IsTamperProtected };
  });
  const registered = ask(() => got(REGISTERED).filter((row) => !isGone(got, row)));
  const rows = (registered instanceof Error ? [] : registered).map((row) =>
    ask((): Protection[] => {
      // Defender knows better, and sooner, than the Security Center.
      if (isDefender(row)) return status instanceof Error ? [{ name: DEFENDER_NAME, ...parseProductState(row.productState) }] : [status.defender];
      return [{ name: String(row.displayName ?? 'A program without a name'), ...parseProductState(row.productState) }];
    }),
  );
  // EDR programs need not register.
  const services = SERVICES.map(({ name, need }) =>
    ask((): Protection[] => (got(need).state === 'running' ? [{ name, state: 'on', signatures: 'none' }] : [])),
  );
  const answers = [...rows, ...services];
  const found = [...new Set(answers.flatMap((answer) => (answer instanceof Error ? [] : answer)))];
  const unlisted = status instanceof Error || found.includes(status.defender) ? [] : [status.defender];
  const products = inOrder([...unlisted, ...found]);
  // Servers have no Security Center: products other than Defender are not seen there, and there is reason to think of one only where Defender stepped back.
  const alone = registered instanceof Error && isAbsent(registered) && !(status instanceof Error) && !status.steppedBack;
  const complete = (!(registered instanceof Error) || alone) && !answers.some((answer) => answer instanceof Error && hides(answer));
  if (products.length === 0 || (!complete && !products.some(({ state }) => state === 'on'))) {
    const [told] = [registered, status, ...answers].filter((answer) => answer instanceof Error).filter(hides);
    if (told !== undefined) throw told;
    return unknown('no-data', 'Nothing is registered as protection, and Windows does not say what else runs.');
  }
  const tamperProtected = status instanceof Error ? undefined : status.tamperProtected;
  return known({ products, complete, ...(typeof tamperProtected === 'boolean' ? { tamperProtected } : {}) }, 'Security Center, Defender, services');
}

/** Protection from malware on Linux: services that run, and how old the signatures are of those that need some. */
import { attempt, DoorError, type Finding, type Host, known, notApplicable, orAbsent, UnparsableError } from '../../model/index.ts';
import { readEnvironment } from './environment.ts';
import { type MdatpHealth, readMdatp } from './mdatp.ts';
import { inOrder, type Protection, type Protections, signaturesOf } from './protection.ts';
import { EDR_PRODUCTS } from './protection-products.ts';

export type UnitState = 'running' | 'stopped' | 'off' | 'absent';

const RUNNING = ['active', 'reloading', 'refreshing'];
const STOPPED = ['inactive', 'failed', 'activating', 'deactivating', 'maintenance'];

/** `stopped`: it should run and does not; `off`: installed, and nobody switched it on. @throws DoorError, UnparsableError */
async function stateOfUnit(host: Host, name: string): Promise<UnitState> {
  const { load, active, enabled } = await host.unit(name);
  if (RUNNING.includes(active)) return 'running';
  if (!STOPPED.includes(active)) throw new UnparsableError(`${name} is in a state that systemd does not have`);
  if (load === 'not-found' || load === 'masked') return 'absent';
  return active === 'inactive' && !enabled.startsWith('enabled') ? 'off' : 'stopped';
}

/** The best of a product's units: it has one or the other, by its version. */
export async function stateOfUnits(host: Host, names: readonly string[]): Promise<UnitState> {
  const states = await Promise.all(names.map((name) => stateOfUnit(host, name)));
  return (['running', 'stopped', 'off'] as const).find((state) => states.includes(state)) ?? 'absent';
}

const CLAMAV = ['clamav-daemon.service', 'clamd@scan.service'];
const SIGNATURES = ['daily.cld', 'daily.cvd'].map((name) => `/var/lib/clamav/${name}`);

/** ClamAV's daily signatures, by the file that was written last. */
async function readClamavSignatures(host: Host): Promise<Pick<Protection, 'signatures' | 'signaturesAt'>> {
  const times = await Promise.all(SIGNATURES.map((path) => attempt(orAbsent(host.stat(path)))));
  const newest = times
    .flatMap((status) => (status === undefined || status instanceof DoorError ? [] : [status.mtime]))
    .sort()
    .at(-1);
  if (newest === undefined && times.some((status) => status instanceof DoorError)) return { signatures: 'unknown' };
  return signaturesOf(newest);
}

function mdatpAs(name: string, health: MdatpHealth | Error): Protection {
  // It runs, and a user's right to ask how it does may be missing.
  if (health instanceof Error) return { name, state: 'on', signatures: 'unknown' };
  const state = health.active ? 'on' : health.passive ? 'passive' : 'off';
  return { name, state, ...(health.definitionsAt === undefined ? { signatures: 'unknown' } : signaturesOf(health.definitionsAt)) };
}

/** Which programs there are, asked at once. @throws DoorError, UnparsableError */
const readStates = (host: Host): Promise<[UnitState, UnitState[]]> =>
  Promise.all([stateOfUnits(host, CLAMAV), Promise.all(EDR_PRODUCTS.map(({ linux }) => stateOfUnits(host, linux ?? [])))]);

export async function readLinuxProtection(host: Host): Promise<Finding<Protections>> {
  const answer = await attempt(readStates(host));
  if (answer instanceof DoorError) {
    if (answer.code !== 'ENOSYSTEMD') throw answer;
    const { container, wsl } = await readEnvironment(host);
    if (wsl) return notApplicable('wsl', 'Windows protects what it runs.');
    if (container !== null) return notApplicable('container', 'Its host protects this container.');
    throw answer;
  }
  const [clamav, states] = answer;
  const products: Protection[] = [];
  if (clamav === 'running') products.push({ name: 'ClamAV', state: 'on', ...(await readClamavSignatures(host)) });
  if (clamav === 'stopped') products.push({ name: 'ClamAV', state: 'off', signatures: 'unknown' });
  for (const [index, { id, name, prevents }] of EDR_PRODUCTS.entries()) {
    const state = states[index];
    if (id === 'microsoft-defender-endpoint' && state === 'running') {
      const health = await readMdatp(host).catch((error: unknown) => {
        if (error instanceof DoorError || error instanceof UnparsableError) return error;
        throw error;
      });
      products.push(mdatpAs(name, health));
    } else if (state === 'stopped' && (prevents || id === 'microsoft-defender-endpoint')) products.push({ name, state: 'off', signatures: 'none' });
    else if (state === 'running' && prevents) products.push({ name, state: 'on', signatures: 'none' });
  }
  if (products.length === 0) return notApplicable('not-required', 'No program of this kind is switched on, and on Linux none is required.');
  return known({ products: inOrder(products), complete: true }, 'systemd');
}

/** Microsoft Defender for Endpoint on Linux: `mdatp health --output json`. */
import { type Host, UnparsableError } from '../../model/index.ts';

export interface MdatpHealth {
  /** Stops malware as it comes, and does not only watch. */
  readonly active: boolean;
  readonly passive: boolean;
  readonly healthy: boolean | undefined;
  /** ISO 8601, or undefined where it was not said. */
  readonly definitionsAt: string | undefined;
}

/** A setting stands by itself in old versions, and in `{value, isManaged, …}` later. */
function flagOf(health: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
  const member = health[name];
  const value = typeof member === 'object' && member !== null && 'value' in member ? member.value : member;
  return typeof value === 'boolean' ? value : undefined;
}

/** @throws UnparsableError */
export function parseMdatpHealth(text: string): MdatpHealth {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new UnparsableError('mdatp does not answer in JSON', { cause });
  }
  const health = (typeof document === 'object' && document !== null ? document : {}) as Readonly<Record<string, unknown>>;
  const realTime = flagOf(health, 'realTimeProtectionEnabled');
  if (realTime === undefined) throw new UnparsableError('mdatp does not say whether real-time protection is on');
  const passive = flagOf(health, 'passiveModeEnabled') ?? false;
  // Available says whether it could start.
  const available = flagOf(health, 'realTimeProtectionAvailable') ?? true;
  const updated = String(health.definitionsUpdated ?? '');
  const at = /^\d{12,14}$/.test(updated) ? Number(updated) : undefined;
  return {
    // Without a licence it does not go on for long.
    active: realTime && available && !passive && flagOf(health, 'licensed') !== false,
    passive,
    healthy: flagOf(health, 'healthy'),
    definitionsAt: at === undefined ? undefined : new Date(at).toISOString(),
  };
}

/** @throws DoorError, UnparsableError */
export async function readMdatp(host: Host): Promise<MdatpHealth> {
  const { stdout, exit } = await host.run('mdatp', ['health', '--output', 'json']);
  if (exit !== 0) throw new UnparsableError(`mdatp ended with ${exit}`);
  return parseMdatpHealth(stdout);
}

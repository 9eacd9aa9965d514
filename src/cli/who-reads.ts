/** Who reads what on this machine: the system agent, a session process, this process; and what a system agent would bring, for `stance doctor`. */
import { connectLocally, socketFile } from '../agent/index.ts';
import { type Check, type LocalResult, type Reading, StanceError } from '../model/index.ts';

export type ReadBy = 'system agent' | 'session process' | 'this process' | 'nobody';

export interface WhoReads {
  readonly systemAgent: {
    /** Where it listens; null where this system has no place for one yet. */
    readonly socket: string | null;
    readonly version: string | null;
    /** Why it is not spoken to. */
    readonly problem: { readonly code: string; readonly message: string } | null;
    readonly sessions: LocalResult<'sessions'>['sessions'];
  };
  readonly checks: readonly { readonly check: string; readonly by: ReadBy; readonly status: Reading['status']; readonly reason?: string }[];
  /** Unknown to this process for want of rights: what the system agent knows of it, or may be able to read where there is none. */
  readonly gain: readonly string[];
}

type Seen = Pick<WhoReads, 'systemAgent'> & { readonly readings: readonly Reading[] };

async function askSystemAgent(): Promise<Seen> {
  const socket = socketFile() ?? null;
  const nobody = { socket, version: null, problem: null, sessions: [] };
  if (socket === null) return { systemAgent: nobody, readings: [] };
  try {
    const client = await connectLocally({ file: socket });
    try {
      const [state, { sessions }] = [await client.call('state', {}), await client.call('sessions', {})];
      return { systemAgent: { ...nobody, version: state.version, sessions }, readings: state.readings };
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof StanceError)) throw error;
    return { systemAgent: { ...nobody, problem: { code: error.code, message: error.message } }, readings: [] };
  }
}

/** Pure. `own`: what this process read; `theirs`: what the system agent has, sessions included. */
export function whoReads(checks: readonly Check[], own: readonly Reading[], { systemAgent, readings: theirs }: Seen): WhoReads {
  const there = systemAgent.version !== null;
  const ofSession = new Set(checks.filter(({ scope }) => scope === 'session').map(({ id }) => id));
  const byOf = ({ check, status, method }: Reading): ReadBy => {
    if (!there) return 'this process';
    if (!ofSession.has(check)) return 'system agent';
    if (method?.startsWith('session') === true) return 'session process';
    return status === 'unknown' ? 'nobody' : 'system agent';
  };
  const lacking = own.filter((reading) => reading.status === 'unknown' && reading.reason === 'permission' && !ofSession.has(reading.check));
  const gained = lacking.filter(({ check }) => !there || theirs.some((reading) => reading.check === check && reading.status === 'known'));
  return {
    systemAgent,
    checks: (there ? theirs : own).map((reading) => ({
      ...{ check: reading.check, by: byOf(reading), status: reading.status },
      ...('reason' in reading ? { reason: reading.reason } : {}),
    })),
    gain: gained.map(({ check }) => check),
  };
}

export const examineReaders = async (checks: readonly Check[], own: readonly Reading[]): Promise<WhoReads> => whoReads(checks, own, await askSystemAgent());

/** In words, for people. `root`: this process has all rights itself. */
export function gainInWords({ systemAgent, gain }: WhoReads, root: boolean): string {
  const there = systemAgent.version !== null;
  if (gain.length > 0)
    return `${there ? 'Known only because the system agent reads it' : 'Unknown for want of rights; a system agent has them'}: ${gain.join(', ')}.`;
  if (there) return 'This process could read by itself whatever the system agent knows.';
  return root ? 'This process has the rights of a system agent.' : 'Nothing that was read lacked rights: a system agent would know no more.';
}

export function systemAgentInWords({ systemAgent: { socket, version, problem, sessions } }: WhoReads): string {
  if (socket === null) return 'This system has no local socket yet: each process reads for itself.';
  if (version === null)
    return problem?.code === 'system-agent-absent' ? 'none: this process reads for itself' : `${problem?.message ?? ''} (${problem?.code ?? ''})`;
  const counting = sessions.find(({ counts }) => counts);
  const heard =
    sessions.length === 0
      ? 'no session process has handed anything over'
      : `${sessions.length} ${sessions.length === 1 ? 'session has' : 'sessions have'} handed over`;
  return `version ${version} at ${socket}; ${heard}${counting === undefined ? '' : `, that of user ${counting.uid} counts`}`;
}

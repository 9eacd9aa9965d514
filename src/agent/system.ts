/**
 * The system agent: it holds key, chain and outbox, reads what needs rights, and lets session processes hand over what only they can
 * read. They see everything and have nothing signed. DESIGN section 6b.
 */
import { CATALOGUE } from '../checks/index.ts';
import { createCollector, watchFile } from '../host/index.ts';
import { StanceError, type TrayState } from '../model/index.ts';
import { createAgent } from './agent.ts';
import type { Agent, AgentOptions } from './agent-options.ts';
import { createCheckAgain } from './check-again.ts';
import { readSeat, whyRefused } from './local/seat.ts';
import { type LocalServer, type LocalServerOptions, serveLocally } from './local/server.ts';
import { createSessions, GONE_MS, HAND_OVER_MS } from './local/sessions.ts';

/** "Check again" is for people, and a person does not click more often. */
const CHECK_PAUSE_MS = 10_000;
/** Changes of the state that come together are told once. */
const TELL_MS = 100;
const LOGIND_SESSIONS = '/run/systemd/sessions';

export interface SystemAgentOptions extends AgentOptions {
  /** Where session processes connect. */
  readonly socket: string;
  readonly checkPauseMs?: number;
  readonly patience?: LocalServerOptions['patience'];
}

/** @throws StanceError as `createAgent`; `agent-running` where this machine has a system agent */
export async function createSystemAgent({ socket, checkPauseMs = CHECK_PAUSE_MS, patience, ...options }: SystemAgentOptions): Promise<Agent> {
  const machine = options.host;
  const host = typeof machine === 'function' ? machine : () => machine;
  const { os } = host();
  const checks = (options.checks ?? CATALOGUE).filter(({ scope, read }) => scope === 'session' && read[os] !== undefined);
  const ids = new Set(checks.map(({ id }) => id));
  const sessions = createSessions(checks);
  const agent = await createAgent({ ...options, merge: async (own) => sessions.merge(own, await readSeat(host())) });
  const collector = createCollector((touched) => agent.touch(touched));
  const touchSessions = (): void => collector.touch([...ids]);
  const checkAgain = createCheckAgain(agent, checkPauseMs);
  const shown = (): TrayState => ({ ...agent.state(), agent: 'system' });
  const leaving = new Set<NodeJS.Timeout>();

  let server: LocalServer | undefined;
  try {
    server = await serveLocally({
      file: socket,
      refuses: (uid) => whyRefused(uid, host()),
      handlers: {
        hello: () => ({ version: options.version, checks: [...ids], everyMs: HAND_OVER_MS }),
        state: shown,
        watch: (_args, caller) => {
          caller.watch();
          return shown();
        },
        checkAgain: async () => {
          await checkAgain();
          return shown();
        },
        handOver: ({ readings }, caller) => {
          const taken = sessions.handOver(caller, caller.uid, readings);
          if (taken.length > 0) touchSessions();
          return { taken: [...taken] };
        },
        sessions: async () => ({ sessions: [...sessions.shown(await readSeat(host()))] }),
      },
      onGone(caller) {
        if (!sessions.go(caller)) return;
        const timer = setTimeout(() => {
          leaving.delete(timer);
          touchSessions();
        }, GONE_MS);
        timer.unref();
        leaving.add(timer);
      },
      ...(patience === undefined ? {} : { patience }),
    });
  } catch (error) {
    if (!(error instanceof StanceError) || error.code === 'agent-running') {
      await agent.stop();
      throw error;
    }
    // It reports all the same; what belongs to sessions is unknown.
    process.emitWarning(error.message);
  }

  let telling: NodeJS.Timeout | undefined;
  const stopTelling = agent.onState(() => {
    telling ??= setTimeout(() => {
      telling = undefined;
      server?.tell(shown());
    }, TELL_MS);
    telling.unref();
  });
  // Who sits at the screen may change while nothing else does.
  const seat = options.recorded === true || os !== 'linux' ? undefined : watchFile(LOGIND_SESSIONS, touchSessions);

  return {
    ...agent,
    async stop() {
      stopTelling();
      seat?.stop();
      collector.stop();
      clearTimeout(telling);
      for (const timer of leaving) clearTimeout(timer);
      await server?.stop();
      await agent.stop();
    },
  };
}

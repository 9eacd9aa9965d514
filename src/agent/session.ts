/**
 * A session process: reads what belongs to the session that it runs in, hands it to the system agent, and shows what that one shows.
 * It holds no key. It connects whenever there is a system agent to connect to.
 */
import { createWatcher, type Watching, watchFile } from '../host/index.ts';
import type { Check, Host, TrayState } from '../model/index.ts';
import { StanceError } from '../model/index.ts';
import { connectLocally, type LocalClient } from './local/client.ts';
import { createReadingSource, type ReadingSource } from './reading-source.ts';

/** Tried again after this long, ms, and at once where the socket changes. */
const RETRY_MS = { first: 1_000, most: 60_000 } as const;
/** A socket that has come is listened at a moment later. */
const SOON_MS = 100;

export interface SessionOptions {
  readonly file: string;
  readonly host: Host;
  readonly checks: readonly Check[];
  readonly version: string;
  /** What `state` or `trouble` say has changed. */
  readonly onChange: () => void;
}

export interface Session {
  /** What the system agent shows; null where none is connected. */
  state(): TrayState | null;
  /** Why none is. */
  trouble(): StanceError | null;
  /** Reads, hands over, and has the system agent look again. @throws StanceError */
  checkAgain(): Promise<void>;
  stop(): void;
}

interface Connection {
  readonly client: LocalClient;
  readonly source: ReadingSource;
  readonly watcher: Watching;
  readonly timer: NodeJS.Timeout;
}

/** Fulfils when it has been tried to connect for the first time. */
export async function createSession({ file, host, checks, version, onChange }: SessionOptions): Promise<Session> {
  let connection: Connection | undefined;
  let state: TrayState | null = null;
  let trouble: StanceError | null = null;
  let retry: NodeJS.Timeout | undefined;
  let waitMs: number = RETRY_MS.first;
  let trying = false;
  let stopped = false;

  function lost(why: unknown): void {
    const before = connection;
    const news = before !== undefined || trouble === null;
    connection = undefined;
    before?.watcher.stop();
    clearInterval(before?.timer);
    before?.client.close();
    state = null;
    trouble = why instanceof StanceError ? why : new StanceError('internal', String(why));
    if (stopped) return;
    tryIn(waitMs);
    waitMs = Math.min(waitMs * 2, RETRY_MS.most);
    if (news) onChange();
  }
  function tryIn(delayMs: number): void {
    clearTimeout(retry);
    retry = setTimeout(() => void tryNow(), delayMs);
  }
  /** `ids`: what was touched; left out: all of it. */
  async function handOver({ client, source }: Pick<Connection, 'client' | 'source'>, ids?: ReadonlySet<string>): Promise<void> {
    const readings = await (ids === undefined ? source.read({ slow: 'cache' }) : source.reread(ids));
    await client.call('handOver', { readings: [...readings] });
  }
  async function tryNow(): Promise<void> {
    if (trying || stopped || connection !== undefined) return;
    trying = true;
    let client: LocalClient | undefined;
    try {
      let ended: StanceError | undefined;
      client = await connectLocally({
        file,
        onState(next) {
          state = next;
          if (connection !== undefined) onChange();
        },
        onEnd(why) {
          ended = why;
          if (connection?.client === client) lost(why);
        },
      });
      const { checks: wanted, everyMs } = await client.call('hello', { version });
      const mine = checks.filter(({ id, scope }) => scope === 'session' && wanted.includes(id));
      const source = createReadingSource({ host, checks: mine });
      await handOver({ client, source });
      state = await client.call('watch', {});
      if (ended !== undefined) throw ended;
      connect(client, source, mine, everyMs);
    } catch (error) {
      client?.close();
      lost(error);
    } finally {
      trying = false;
    }
  }
  function connect(client: LocalClient, source: ReadingSource, mine: readonly Check[], everyMs: number): void {
    const again = (ids?: ReadonlySet<string>): void => {
      // What cannot be handed over now is handed over with the next connection.
      handOver({ client, source }, ids).catch((error: unknown) => error instanceof StanceError || process.emitWarning(String(error)));
    };
    const watcher = createWatcher({ platform: host.os, checks: mine, env: host.env, onChange: again });
    connection = { client, source, watcher, timer: setInterval(again, everyMs) };
    [trouble, waitMs] = [null, RETRY_MS.first];
    if (stopped) lost(new StanceError('system-agent-absent', 'Stopped.'));
    else onChange();
  }

  function watchPlace(): Watching | undefined {
    try {
      return watchFile(file, () => {
        waitMs = RETRY_MS.first;
        if (connection === undefined) tryIn(SOON_MS);
      });
    } catch {
      // No watch to be had: it is tried again and again all the same.
      return undefined;
    }
  }
  const place = watchPlace();
  await tryNow();
  return {
    state: () => (connection === undefined ? null : state),
    trouble: () => trouble,
    async checkAgain() {
      if (connection === undefined) throw trouble ?? new StanceError('system-agent-absent', 'No system agent is connected.');
      const { client } = connection;
      await handOver(connection);
      state = await client.call('checkAgain', {});
      onChange();
    },
    stop() {
      stopped = true;
      clearTimeout(retry);
      place?.stop();
      lost(new StanceError('system-agent-absent', 'Stopped.'));
    },
  };
}

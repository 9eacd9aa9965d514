/** A session process's end of the local socket. What answers is looked at before it is spoken to: `trustSocket`. */
import { connect, type Socket } from 'node:net';
import { Value } from 'typebox/value';
import {
  ERRORS,
  type ErrorCode,
  LOCAL_CALLS,
  LOCAL_VERSION,
  type LocalArgs,
  type LocalCall,
  type LocalMessage,
  type LocalResult,
  LocalState,
  StanceError,
  type TrayState,
  trayStateOf,
} from '../../model/index.ts';
import { createLineReader, readMessage } from './lines.ts';
import { trustSocket } from './place.ts';

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
/** A refresh waits for the slowest check and for the service. */
const CHECK_MS = 120_000;

export interface LocalClient {
  /** @throws StanceError: what the system agent answered, or `system-agent-absent` where it is gone */
  call<C extends LocalCall>(name: C, args: LocalArgs<C>): Promise<LocalResult<C>>;
  close(): void;
}

export interface LocalClientOptions {
  readonly file: string;
  readonly onState?: (state: TrayState) => void;
  /** The connection has ended, whoever ended it. */
  readonly onEnd?: (why: StanceError) => void;
}

const gone = (why: string, cause?: unknown): StanceError => new StanceError('system-agent-absent', why, { cause });

/** @throws StanceError `system-agent-absent` */
function open(file: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(file);
    const fail = (code: string): void => {
      socket.destroy();
      reject(gone(`Nobody answers at ${file}: ${code}.`));
    };
    const late = setTimeout(() => fail('ETIMEDOUT'), CONNECT_MS);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      fail(error.code ?? error.message);
    });
    socket.once('connect', () => {
      clearTimeout(late);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** @throws StanceError `system-agent-absent`, `socket-untrusted` */
export async function connectLocally({ file, onState, onEnd }: LocalClientOptions): Promise<LocalClient> {
  trustSocket(file);
  const socket = await open(file);
  const waiting = new Map<number, (message: Extract<LocalMessage, { ok: boolean }> | StanceError) => void>();
  let last = 0;
  let why: StanceError | undefined;

  function end(reason: StanceError): void {
    if (why !== undefined) return;
    why = reason;
    socket.destroy();
    for (const settle of waiting.values()) settle(reason);
    waiting.clear();
    onEnd?.(reason);
  }
  function take(message: LocalMessage): void {
    if ('event' in message) {
      if (Value.Check(LocalState, message.value)) onState?.(trayStateOf(message.value));
    } else if (message.id === null) {
      // Not about one request: the connection is refused.
      if (!message.ok) end(refusalOf(message));
    } else {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  }
  const reader = createLineReader((line) => {
    take(readMessage(line));
    return why === undefined;
  });
  socket.on('data', (chunk) => {
    try {
      reader.push(chunk);
    } catch (error) {
      end(error instanceof StanceError ? error : gone(String(error)));
    }
  });
  socket.on('error', (error: NodeJS.ErrnoException) => end(gone(`The connection to the system agent broke: ${error.code ?? error.message}.`)));
  socket.on('close', () => end(gone('The system agent has ended the connection.')));

  return {
    async call(name, args) {
      if (why !== undefined) throw why;
      const id = ++last;
      const answered = new Promise<Extract<LocalMessage, { ok: boolean }> | StanceError>((resolve) => waiting.set(id, resolve));
      const late = setTimeout(() => end(gone(`The system agent did not answer ${name} in time.`)), name === 'checkAgain' ? CHECK_MS : ANSWER_MS);
      socket.write(`${JSON.stringify({ v: LOCAL_VERSION, id, call: name, args })}\n`);
      const answer = await answered.finally(() => clearTimeout(late));
      if (answer instanceof StanceError) throw answer;
      if (!answer.ok) throw refusalOf(answer);
      if (!Value.Check(LOCAL_CALLS[name].result, answer.value))
        throw new StanceError('bad-request', 'The system agent answers in a way that this version does not understand. Are both of one version?');
      return answer.value as LocalResult<typeof name>;
    },
    close: () => end(gone('Closed.')),
  };
}

const refusalOf = ({ code, message }: { readonly code: string; readonly message: string }): StanceError =>
  new StanceError(Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal', message);

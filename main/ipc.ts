/** The one wrapper around `ipcMain.handle`: who asks, with what, and how errors come back, is decided here for every call. */
import { ipcMain } from 'electron';
import { Compile } from 'typebox/compile';
import { StanceError } from '../src/model/index.ts';
import { type Answer, CALLS, type CallArgs, type CallName, type CallResult, channel } from '../src/model/ipc.ts';
import { isTrustedFrame } from './security.ts';

export type Handlers = { readonly [N in CallName]: (...args: CallArgs<N>) => CallResult<N> | Promise<CallResult<N>> };

export function answerCalls(handlers: Handlers): void {
  for (const name of Object.keys(CALLS) as CallName[]) answerCall(name, handlers[name]);
}

function answerCall<N extends CallName>(name: N, handle: Handlers[N]): void {
  const args = Compile(CALLS[name].args);
  // Electron hands over whatever the frame sent: until the schema has seen it, it is unknown.
  const call = handle as (...values: unknown[]) => unknown;
  ipcMain.handle(channel(name), async (event, ...values: unknown[]): Promise<Answer> => {
    if (!isTrustedFrame(event.senderFrame)) return refused('This page may not ask.');
    if (!args.Check(values)) return refused(`Not the arguments that ${name} takes.`);
    try {
      return { ok: true, value: await call(...values) };
    } catch (error) {
      if (error instanceof StanceError) return refused(error.message);
      // A defect of ours: its text may name paths and is for the log, not for the page.
      console.error(`${name}:`, error);
      return refused('Something went wrong inside Stance.');
    }
  });
}

const refused = (message: string): Answer => ({ ok: false, message });

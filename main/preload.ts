/** Puts `window.stance` into the page: one function for each call, and nothing of Electron's. Runs in its own world, sandboxed. */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import type { Answer, CallArgs, CallName, CallResult, Channel, EventName, Events, TrayApi } from '../src/model/ipc.ts';

// The contract is imported as types only: with its schemas this file, which every window parses, would be two hundred times as large.
const channel = (name: CallName | EventName): Channel => `stance:${name}`;

async function ask<N extends CallName>(name: N, ...args: CallArgs<N>): Promise<CallResult<N>> {
  const answer: Answer = await ipcRenderer.invoke(channel(name), ...args);
  if (!answer.ok) throw new Error(answer.message);
  return answer.value as CallResult<N>;
}

const EVENTS: Readonly<Record<keyof Events, true>> = { state: true };

const api: TrayApi = {
  state: () => ask('state'),
  checkAgain: () => ask('checkAgain'),
  openSettings: (check) => ask('openSettings', check),
  on: (event, listener) => {
    // The page may name any text: only events of the contract are listened to.
    if (!Object.hasOwn(EVENTS, event)) throw new Error('No such event.');
    const forward = (_event: IpcRendererEvent, payload: Events[typeof event]): void => listener(payload);
    ipcRenderer.on(channel(event), forward);
    return () => void ipcRenderer.off(channel(event), forward);
  },
};

contextBridge.exposeInMainWorld('stance', api);

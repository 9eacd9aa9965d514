/** The tray's window: what the device looks like, and what to do about it. */
import { render } from 'preact';
import type { TrayApi } from '../../src/model/ipc.ts';
import { App } from './app.tsx';

declare global {
  interface Window {
    /** Put here by the preload: all that this page can reach. */
    readonly stance: TrayApi;
  }
}

render(<App api={window.stance} />, document.body);

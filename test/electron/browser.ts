/** The one Chromium of a run, started when the first window is made. */
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { findComponent } from '../find-component.ts';
import { atExit, folder } from './app.ts';

let starting: Promise<BrowserContext> | undefined;
/** Where the browser keeps its profile; its `DevToolsActivePort` says where the test may join. */
export const profile = path.join(folder, 'profile');

export function browser(): Promise<BrowserContext> {
  starting ??= startBrowser();
  return starting;
}

async function startBrowser(): Promise<BrowserContext> {
  const executablePath = findComponent('chromium');
  if (executablePath === undefined) throw new Error('no chromium');
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: null,
    // Containers and root have no user namespaces for Chromium's own sandbox.
    args: ['--no-sandbox', '--remote-debugging-port=0', ...quiet],
  });
  atExit.push(() => context.close());
  // Whatever is not a window of the app reaches nothing.
  await context.route('**/*', (route) => route.abort('blockedbyclient'));
  return context;
}

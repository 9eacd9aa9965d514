/** `stance serve` on the fixture, as its own process, and a caller with a token as a policy service has one. */
import path from 'node:path';
import { start, temporaryFolder } from '../cli/stance.ts';

export const FIXTURE = path.join(import.meta.dirname, 'fixture');
const ADMIN = 'an-administrators-secret-token-1234';

export interface Serving {
  readonly url: string;
  /** A bearer token of that scopes. */
  token(...scopes: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function serveFixture(): Promise<Serving> {
  const home = temporaryFolder();
  const child = start(['serve', '--listen', '127.0.0.1:0', '--store', 'memory:', '--state', path.join(home, 'service'), '--policies', FIXTURE], home, {
    STANCE_ADMIN_TOKEN: ADMIN,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stderr.resume();
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      const listening = /Posture service on (\S+)/.exec(String(chunk))?.[1];
      if (listening !== undefined) resolve(listening);
    });
    child.once('exit', (code) => reject(new Error(`stance serve ended with ${code}`)));
  });
  return {
    url,
    async token(...scopes) {
      const answer = await fetch(new URL('/v1/tokens', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: scopes.join(), scopes }),
      });
      return ((await answer.json()) as { token: string }).token;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** `stance enroll`: this device joins a posture service with a token. */
import { createAgent } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';
import { hostFor } from './machine.ts';
import { say, sayJson, withProgress } from './output.ts';
import { resolveSetting } from './settings.ts';
import { VERSION } from './version.ts';

export async function enroll(options: { enrollmentToken: string; server?: string; state?: string; json?: boolean }): Promise<number> {
  const server = resolveSetting('server', options.server).value;
  if (server === undefined) throw new StanceError('usage', 'Which service? Give --server, or set STANCE_SERVER.');
  const agent = await createAgent({ stateDir: resolveSetting('state', options.state).value ?? '', host: hostFor(undefined), version: VERSION });
  try {
    const { device, assurance, audience } = await withProgress('Enrolling', agent.enroll({ server, token: options.enrollmentToken }));
    if (options.json) sayJson({ device, assurance, audience, server });
    else say(`This device is enrolled at ${server} as ${device}, assurance ${assurance}. Start reporting with: stance agent`);
    return 0;
  } finally {
    await agent.stop();
  }
}

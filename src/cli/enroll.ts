/** `stance enroll`, `stance unenroll`: this device joins a posture service with a token, and leaves it. */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { createAgent } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';
import { hostFor } from './machine.ts';
import { say, sayJson, withProgress } from './output.ts';
import { resolveSetting } from './settings.ts';
import { VERSION } from './version.ts';

export async function enroll(options: { enrollmentToken: string; caPin?: string; server?: string; state?: string; json?: boolean }): Promise<number> {
  const server = resolveSetting('server', options.server).value;
  if (server === undefined) throw new StanceError('usage', 'Which service? Give --server, or set STANCE_SERVER.');
  const agent = await createAgent({ stateDir: resolveSetting('state', options.state).value ?? '', host: hostFor(undefined), version: VERSION });
  try {
    const { device, assurance, audience } = await withProgress(
      'Enrolling',
      agent.enroll({ server, token: options.enrollmentToken, ...(options.caPin === undefined ? {} : { caPin: options.caPin }) }),
    );
    if (options.json) sayJson({ device, assurance, audience, server });
    else say(`This device is enrolled at ${server} as ${device}, assurance ${assurance}. Start reporting with: stance agent`);
    return 0;
  } finally {
    await agent.stop();
  }
}

export async function unenroll(options: { force?: boolean; state?: string; json?: boolean }): Promise<number> {
  const stateDir = resolveSetting('state', options.state).value ?? '';
  if (!existsSync(stateDir)) throw new StanceError('not-enrolled', `There is no ${stateDir}: nothing is enrolled there.`);
  const agent = await createAgent({ stateDir, host: hostFor(undefined), version: VERSION });
  let device: string | undefined;
  try {
    device = agent.enrollment()?.device;
    await withProgress('Leaving', agent.unenroll({ force: options.force === true }));
  } finally {
    await agent.stop();
  }
  // Only the folder that the agent made: what somebody else put there stays, and the folder with it.
  if (readdirSync(stateDir).length === 0) rmdirSync(stateDir);
  if (options.json) sayJson({ device: device ?? null, state: 'retired' });
  else say(device === undefined ? 'Nothing was enrolled; what was left is removed.' : `Device ${device} has left, and nothing of it remains in ${stateDir}.`);
  return 0;
}

/** `stance enroll`, `stance unenroll`: this device joins a posture service with a token, and leaves it. */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { createAgent, managedDoor, readEnrollmentToken, readSettings } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';
import { hostFor } from './machine.ts';
import { say, sayJson, withProgress } from './output.ts';
import { VERSION } from './version.ts';

/** Where the organisation names the same service, its token and its pin stand in for what is not given. */
export async function enroll(options: { enrollmentToken?: string; caPin?: string; server?: string; state?: string; json?: boolean }): Promise<number> {
  const settings = await readSettings();
  const { values } = settings.managed;
  const server = settings.resolve('server', options.server).value;
  if (server === undefined) throw new StanceError('usage', 'Which service? Give --server, or set STANCE_SERVER.');
  const managed = server === values.server;
  const token = options.enrollmentToken ?? (managed ? await readEnrollmentToken(settings.managed) : undefined);
  if (token === undefined) throw new StanceError('usage', 'With which token? Give --enrollment-token: your administrator makes one.');
  const caPin = options.caPin ?? (managed ? values.caPin : undefined);
  const serialNumber = managed && values.collectSerialNumber === true;
  const stateDir = settings.resolve('state', options.state).value;
  const agent = await createAgent({ stateDir, host: hostFor(undefined), version: VERSION, managed: managedDoor });
  try {
    const { device, assurance, audience } = await withProgress(
      'Enrolling',
      agent.enroll({ server, token, serialNumber, ...(caPin === undefined ? {} : { caPin }) }),
    );
    if (options.json) sayJson({ device, assurance, audience, server });
    else say(`This device is enrolled at ${server} as ${device}, assurance ${assurance}. Start reporting with: stance agent`);
    return 0;
  } finally {
    await agent.stop();
  }
}

export async function unenroll(options: { force?: boolean; state?: string; json?: boolean }): Promise<number> {
  const stateDir = (await readSettings()).resolve('state', options.state).value;
  if (!existsSync(stateDir)) throw new StanceError('not-enrolled', `There is no ${stateDir}: nothing is enrolled there.`);
  const agent = await createAgent({ stateDir, host: hostFor(undefined), version: VERSION, managed: managedDoor });
  let device: string | undefined;
  try {
    device = agent.enrollment()?.device;
    await withProgress('Leaving', agent.unenroll({ force: options.force === true }));
  } finally {
    await agent.stop();
  }
  // Only the folder that the agent made: what somebody else put there stays, and the folder with it.
  const left = readdirSync(stateDir);
  if (left.length === 0) rmdirSync(stateDir);
  const remembered = left.includes('invitation.json')
    ? ' It is remembered there that it left, so that your organisation does not let it join again by itself.'
    : '';
  if (options.json) sayJson({ device: device ?? null, state: 'retired' });
  else if (device === undefined) say('Nothing was enrolled; what was left is removed.');
  else say(`Device ${device} has left, and nothing else of it remains in ${stateDir}.${remembered}`);
  return 0;
}

/** `npm start`: the main job end to end on this machine. Read, signed, reported, verified, judged, decided. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Agent, createAgent, folders, request } from '../agent/index.ts';
import { type Appraisal, type Decision, languageOf, type Reading, StanceError } from '../model/index.ts';
import { type RunningService, startService } from '../service/index.ts';
import { hostFor } from './machine.ts';
import { complianceWord, faint, heading, outcomeWord, say, sayJson, warn, withProgress } from './output.ts';
import { DEFAULT_POLICIES, readPolicyFolder } from './policy-files.ts';
import { verdictTable, withVerdicts } from './readings.ts';
import { untilStopped } from './signals.ts';
import { VERSION } from './version.ts';

interface DemoOptions {
  readonly listen: string;
  readonly state?: string;
  readonly replay?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

const PERSON = 'you@example.com';
const APP = { type: 'app', id: 'wiki' } as const;

/** The service on the wanted port, or on a free one: somebody's other service is no reason to fail a demonstration. */
async function serviceFor(options: DemoOptions, stateFolder: string, adminToken: string): Promise<RunningService> {
  const start = (listen: string): Promise<RunningService> =>
    startService({
      listen,
      store: `sqlite:${path.join(stateFolder, 'service.db')}`,
      state: path.join(stateFolder, 'service'),
      policies: readPolicyFolder(DEFAULT_POLICIES),
      adminToken,
      version: VERSION,
    });
  try {
    return await start(options.listen);
  } catch (error) {
    if (!(error instanceof StanceError) || error.code !== 'port-in-use') throw error;
    warn(`${options.listen} is taken by another program, so the service listens on a free port.`);
    return start(`${options.listen.slice(0, options.listen.lastIndexOf(':'))}:0`);
  }
}

async function post<T>(service: RunningService, token: string, route: string, body: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return JSON.parse(await request(new URL(route, service.url), { method: 'POST', headers, body: JSON.stringify(body) })) as T;
}

async function join(agent: Agent, service: RunningService, adminToken: string): Promise<void> {
  const { token } = await post<{ token: string }>(service, adminToken, '/v1/enrollment-tokens', { uses: 1, expiresInSeconds: 600, approves: true });
  await agent.enroll({ server: service.url, token });
}

/** Reports; a service whose store was thrown away since does not know this device any more, so it joins anew. */
async function report(agent: Agent, service: RunningService, adminToken: string) {
  if (agent.enrollment()?.audience !== service.audience) await join(agent, service, adminToken);
  else agent.moveTo(service.url);
  try {
    return await agent.refresh({ slow: 'wait' });
  } catch (error) {
    if (!(error instanceof StanceError) || error.code !== 'device-unknown') throw error;
    await join(agent, service, adminToken);
    return agent.refresh({ slow: 'wait' });
  }
}

interface Outcome {
  readonly device: { readonly id: string; readonly assurance: string; readonly jwk: unknown };
  readonly readings: readonly Reading[];
  readonly appraisal: Appraisal;
  readonly evidence: { readonly accepted: boolean; readonly jws: string };
  readonly decision: Decision;
  readonly urls: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

function printForPeople(outcome: Outcome, server: string, proofLine: string): void {
  const { appraisal, decision, urls } = outcome;
  say();
  say(heading('This device'));
  say(verdictTable(appraisal, false));
  say();
  say(`${heading('Appraisal')}   ${complianceWord(appraisal.compliance)} ${faint(`by baseline ${appraisal.baseline?.id ?? 'none'}`)}`);
  say(`${heading('Evidence')}    accepted by ${server}, ${proofLine}`);
  say(`${heading('Decision')}    ${outcomeWord(decision.context.outcome)}: may ${PERSON} open the app "${APP.id}" on this device?`);
  for (const reason of decision.context.reasons) say(`            ${reason.user[languageOf(process.env.LANG)]}`);
  for (const todo of decision.context.to_do.slice(0, 3)) say(`            ${todo.title}: ${todo.remedy.steps[0]?.[languageOf(process.env.LANG)] ?? ''}`);
  say();
  for (const [name, url] of Object.entries(urls)) say(`${name.padEnd(20)}${url}`);
  say(faint(`\n${Math.round(outcome.tookMs)} ms, everything included.`));
}

export async function demo(options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const stateFolder = options.state ?? path.join(folders.state, options.replay === undefined ? 'demo' : 'demo-replay');
  const adminToken = process.env.STANCE_ADMIN_TOKEN || randomBytes(24).toString('base64url');
  const service = await serviceFor(options, stateFolder, adminToken);
  const agent = await createAgent({
    stateDir: path.join(stateFolder, 'agent'),
    host: hostFor(options.replay),
    recorded: options.replay !== undefined,
    version: VERSION,
  });
  try {
    const reported = await withProgress('Reading this device', report(agent, service, adminToken));
    const enrollment = agent.enrollment();
    if (enrollment === null || reported.appraisal === null) throw new StanceError('internal', 'The agent reported without being enrolled.');
    const { token: readToken } = await post<{ token: string }>(service, adminToken, '/v1/tokens', {
      name: 'demo status page',
      scopes: ['read'],
      expiresInSeconds: 86_400,
    });
    const decision = await post<Decision>(service, adminToken, '/access/v1/evaluation', {
      subject: { type: 'user', id: PERSON },
      action: { name: 'open' },
      resource: APP,
      context: { device: { id: enrollment.device } },
    });
    const url = (route: string): string => new URL(route, service.url).href;
    const outcome: Outcome = {
      device: { id: enrollment.device, assurance: enrollment.assurance, jwk: enrollment.jwk },
      readings: reported.readings,
      appraisal: reported.appraisal,
      evidence: { accepted: true, jws: reported.jws },
      decision,
      urls: {
        'status page': url(`/#token=${readToken}`),
        'attestation result': url(`/v1/devices/${enrollment.device}/attestation-result`),
        jwks: url('/.well-known/jwks.json'),
        openapi: url('/openapi.json'),
      },
      tookMs: performance.now() - startedAt,
    };
    if (options.json) {
      const { decision: allowed, context } = decision;
      sayJson({
        ...outcome,
        readings: withVerdicts(outcome.readings, outcome.appraisal),
        decision: { decision: allowed, ...context },
        tookMs: Math.round(outcome.tookMs),
      });
    } else printForPeople(outcome, service.url, `evidence ${reported.seq} of its chain, signed ES256`);
    if (options.once !== true) {
      if (!options.json) say('The service stays up and the agent reports again. Ctrl-C ends both.');
      agent.start();
      await untilStopped();
    }
    return 0;
  } finally {
    await agent.stop();
    await service.close();
  }
}

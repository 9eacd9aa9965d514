/** Simulated devices at a service: they join as real ones do, with keys of their own, report what is read of them, and apps ask about their people. */

import { createMemoryCatalog, createTransientAgent, type TransientAgent } from '../../agent/index.ts';
import { CATALOGUE } from '../../checks/index.ts';
import { type Decision, type Outcome, type Platform, StanceError } from '../../model/index.ts';
import { VERSION } from '../version.ts';
import type { Question } from './days.ts';
import { type Health, healthOf, readingsAt } from './health.ts';
import type { Organisation, SimulatedDevice } from './organisation.ts';

type Fetch = typeof fetch;

export interface FleetOptions {
  readonly organisation: Organisation;
  readonly server: string;
  /** Of an administrator of the service. */
  readonly token: string;
  readonly fetch: Fetch;
  /** ms since the epoch. */
  readonly now: () => number;
  /** The time in which things go wrong on the machines, ms since the epoch. */
  readonly from: number;
  readonly until: number;
}

export interface Tally {
  readonly evidence: { full: number; heartbeat: number };
  readonly outcomes: Record<Outcome, number>;
}

export interface Fleet {
  /** What has been reported and decided until now. */
  readonly tally: Tally;
  join(device: SimulatedDevice): Promise<void>;
  /** How long the service wants to wait until the next, ms. @throws StanceError of the service */
  report(device: SimulatedDevice): Promise<number>;
  ask(question: Question): Promise<void>;
}

const MAKER: Readonly<Record<Platform, string>> = { linux: 'laptop', darwin: 'Mac', win32: 'PC' };

export async function createFleet({ organisation, server, token, fetch, now, from, until }: FleetOptions): Promise<Fleet> {
  const catalog = createMemoryCatalog();
  const machines = new Map<number, { readonly agent: TransientAgent; readonly health: Health; id: string }>();
  const tally: Tally = { evidence: { full: 0, heartbeat: 0 }, outcomes: { allow: 0, restrict: 0, challenge: 0, block: 0 } };

  async function post<T>(bearer: string, route: string, body: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    const answer = await fetch(new URL(route, server), { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as T;
    throw new StanceError('service-answer-invalid', `${route} answered ${answer.status}: ${text.slice(0, 300)}`);
  }
  // What an identity provider says of a session is believed of whoever may assert it.
  const asking = await post<{ token: string }>(token, '/v1/tokens', { name: 'simulated apps', scopes: ['decide', 'assert'], expiresInSeconds: 90 * 86_400 });

  const machineOf = ({ number }: Pick<SimulatedDevice, 'number'>) => {
    const machine = machines.get(number);
    if (machine === undefined) throw new StanceError('internal', `The simulated device ${number} has not joined.`);
    return machine;
  };

  return {
    tally,
    async join(device) {
      const { model, owner, tags, number } = device;
      const invitation = { uses: 1, expiresInSeconds: 3600, approves: true, owner: owner.id, tags };
      const { token: enrollmentToken } = await post<{ token: string }>(token, '/v1/enrollment-tokens', invitation);
      const agent = createTransientAgent({
        ...{ checks: CATALOGUE, version: VERSION, fetch, now, catalog },
        host: { os: model.platform, user: { uid: 0, admin: true, groups: [] } },
        description: { manufacturer: 'stance simulate', model: `Simulated ${MAKER[model.platform]} ${number + 1}`, os: model.name, osVersion: model.osVersion },
      });
      const { device: id } = await agent.enroll({ server, token: enrollmentToken });
      machines.set(number, { agent, id, health: healthOf(organisation, device, from, until) });
    },
    async report(device) {
      const { agent, health } = machineOf(device);
      const { answer, full } = await agent.report(readingsAt(device, health, now()));
      tally.evidence[full ? 'full' : 'heartbeat']++;
      return answer.reportIntervalMs;
    },
    async ask({ device, request }) {
      const on = device === undefined ? {} : { device: { id: machineOf({ number: device }).id } };
      const body = { ...request, context: { ...request.context, ...on } };
      const { context } = await post<Decision>(asking.token, '/access/v1/evaluation', body);
      tally.outcomes[context.outcome]++;
    },
  };
}

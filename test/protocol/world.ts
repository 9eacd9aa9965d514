/**
 * A small world to break: real agents with real state folders, the real service on a real database, and a network between them
 * that loses, doubles, delays and reorders; disks and the service can be put back to what they were, state can be copied.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Type } from 'typebox';
import { type Agent, createAgent } from '../../src/agent/index.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { defineCheck, known, pass, StanceError } from '../../src/model/index.ts';
import { auditStore, openKeys, openStore } from '../../src/service/index.ts';
import { createTestService, type TestService } from '../service/service.ts';

/** What happens to the next request for evidence. */
export type Fault = 'none' | 'lost request' | 'lost answer' | 'doubled' | 'delayed' | 'crash before sending' | 'crash after sending';
export const FAULTS: readonly Fault[] = ['none', 'lost request', 'lost answer', 'doubled', 'delayed', 'crash before sending', 'crash after sending'];

class Crash extends Error {}
const unreachable = (): TypeError => new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
const never = new Promise<never>(() => {});

/** Somebody who holds a device's key: the device, or a copy of it. */
export interface Holder {
  readonly dir: string;
  agent: Agent;
  clockMs: number;
}

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'stance-world-'));

export class World {
  service!: TestService;
  private readonly serviceDir = folder();
  private generation = 0;
  private fault: Fault = 'none';
  private readonly delayed: string[] = [];
  private observation = 0;
  private serviceClockMs = Date.parse('2026-11-24T08:00:00Z');
  /** Hashes of evidence that an agent was told is accepted. */
  readonly acknowledged = new Set<string>();
  private crashed: PromiseWithResolvers<never> = Promise.withResolvers();

  private readonly host = createRecordedHost({
    os: 'linux',
    release: '',
    user: { uid: 1000, admin: false, groups: [] },
    env: {},
    now: '2026-11-24T08:00:00Z',
    calls: [],
  });
  /** Posture changes with every third observation: full evidence and heartbeats both. */
  private readonly check = defineCheck({
    ...{ id: 'device.uptime', title: 'Counter', why: 'To tell observations apart.', group: 'device', owner: 'user', cost: 'cheap' },
    value: Type.Object({ bootedAt: Type.String() }),
    params: Type.Object({}),
    read: { linux: async () => known({ bootedAt: new Date(Math.floor(++this.observation / 3) * 1000).toISOString() }, 'the world') },
    judge: () => pass(),
    remedy: () => ({ steps: [] }),
    controls: [],
  });

  async start(): Promise<Holder> {
    await this.startService();
    const dir = folder();
    const holder: Holder = { dir, clockMs: 0, agent: undefined as unknown as Agent };
    await this.open(holder);
    await holder.agent.enroll({ server: this.service.url, token: await this.service.enrollmentToken() });
    return holder;
  }

  private file = (): string => path.join(this.serviceDir, `service-${this.generation}.db`);
  private async startService(): Promise<void> {
    this.service = await createTestService({
      store: `sqlite:${this.file()}`,
      state: this.serviceDir,
      now: () => this.serviceClockMs,
      limits: { device: { burst: 1e9, perSecond: 1e9 } },
    });
  }
  private async open(holder: Holder): Promise<void> {
    holder.agent = await createAgent({
      ...{ stateDir: holder.dir, host: this.host, checks: [this.check], recorded: true, version: '1' },
      fetch: this.fetch,
      now: () => this.serviceClockMs + holder.clockMs,
    });
  }

  private deliver = async (url: string, init?: RequestInit): Promise<Response> => {
    const answer = await this.service.app.inject({
      method: (init?.method ?? 'GET') as 'GET',
      url: new URL(url).pathname,
      headers: init?.headers as Record<string, string>,
      ...(init?.body === undefined ? {} : { payload: init.body as string }),
    });
    return new Response(answer.body, { status: answer.statusCode, headers: { 'content-type': String(answer.headers['content-type']) } });
  };
  private fetch: typeof fetch = async (input, init) => {
    const url = String(input);
    if (!url.endsWith('/v1/evidence')) return this.deliver(url, init);
    const fault = this.fault;
    this.fault = 'none';
    const crash = (): Promise<never> => {
      this.crashed.reject(new Crash());
      return never;
    };
    if (fault === 'crash before sending') return crash();
    if (fault === 'lost request') throw unreachable();
    if (fault === 'delayed') {
      this.delayed.push(init?.body as string);
      throw unreachable();
    }
    if (fault === 'doubled') await this.deliver(url, init);
    const answer = await this.deliver(url, init);
    if (fault === 'lost answer') throw unreachable();
    if (fault === 'crash after sending') return crash();
    return answer;
  };

  /** One report, with something happening to its first request; `accepted` or the code of what went wrong. */
  async report(holder: Holder, fault: Fault = 'none'): Promise<string> {
    this.serviceClockMs += 1000;
    this.fault = fault;
    this.crashed = Promise.withResolvers();
    this.crashed.promise.catch(() => {});
    try {
      const { jws } = await Promise.race([holder.agent.refresh({ slow: 'skip' }), this.crashed.promise]);
      this.acknowledged.add(jws);
      return 'accepted';
    } catch (error) {
      if (error instanceof Crash) {
        // What was running never comes back; what starts next has the disk, and nothing else.
        await this.open(holder);
        return 'crashed';
      }
      if (error instanceof StanceError) return error.code;
      throw error;
    } finally {
      this.fault = 'none';
    }
  }

  /** What the network held back arrives now, last first. */
  async deliverDelayed(): Promise<void> {
    for (const jws of this.delayed.splice(0).reverse()) await this.service.report(jws);
  }

  backUpDisk(holder: Holder): string {
    const backup = folder();
    cpSync(holder.dir, backup, { recursive: true });
    return backup;
  }
  async restoreDisk(holder: Holder, backup: string): Promise<void> {
    await holder.agent.stop();
    rmSync(holder.dir, { recursive: true });
    cpSync(backup, holder.dir, { recursive: true });
    await this.open(holder);
  }
  async copy(holder: Holder): Promise<Holder> {
    const dir = this.backUpDisk(holder);
    const other: Holder = { dir, clockMs: holder.clockMs, agent: undefined as unknown as Agent };
    await this.open(other);
    return other;
  }

  async restartService(): Promise<void> {
    await this.service.close();
    await this.startService();
  }
  async backUpService(): Promise<{ readonly file: string; readonly acknowledged: ReadonlySet<string> }> {
    const file = path.join(folder(), 'service.db');
    const store = openStore(`sqlite:${this.file()}`);
    await store.backup(file);
    store.close();
    return { file, acknowledged: new Set(this.acknowledged) };
  }
  async restoreService(backup: { readonly file: string; readonly acknowledged: ReadonlySet<string> }): Promise<void> {
    await this.service.close();
    this.generation++;
    cpSync(backup.file, this.file());
    this.acknowledged.clear();
    for (const jws of backup.acknowledged) this.acknowledged.add(jws);
    await this.startService();
  }
  /** The service keeps evidence of days gone by in another form. */
  async maintain(): Promise<void> {
    await this.service.maintain();
  }
  moveServiceClock(ms: number): void {
    this.serviceClockMs += ms;
  }

  async stateOf(holder: Holder): Promise<string> {
    return (await this.service.call('GET', `/v1/devices/${holder.agent.enrollment()?.device}`)).json().state;
  }

  /** Everything that must hold whatever has happened: what was acknowledged is there once, and every chain verifies. */
  async problems(): Promise<string[]> {
    const store = openStore(`sqlite:${this.file()}`);
    try {
      const keys = openKeys(this.serviceDir, () => this.serviceClockMs).jwks('audit').keys;
      const problems = [...auditStore(store, keys as never)].flatMap((audit) => audit.problems);
      const kept = store.devices().flatMap(({ id }) => [...store.audit(id)].flatMap((item) => ('evidence' in item ? [item.evidence.jws] : [])));
      if (new Set(kept).size !== kept.length) problems.push('an evidence is kept twice');
      const lost = [...this.acknowledged].filter((jws) => !kept.includes(jws));
      if (lost.length > 0) problems.push(`${lost.length} acknowledged evidences are lost`);
      return problems;
    } finally {
      store.close();
    }
  }

  async end(holders: readonly Holder[]): Promise<void> {
    for (const { agent } of holders) await agent.stop().catch(() => {});
    await this.service.close();
    for (const { dir } of holders) rmSync(dir, { recursive: true, force: true });
    rmSync(this.serviceDir, { recursive: true, force: true });
  }
}

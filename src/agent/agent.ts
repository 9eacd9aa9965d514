/** The agent: reads, appraises, reports, at an interval. One for a state folder; the tray, the command line and the demo are shells around it. */
import { digestReadings } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { CATALOGUE } from '../checks/index.ts';
import { createWatcher, describeDevice } from '../host/index.ts';
import { type Compliance, managedView, NOTHING_MANAGED, type Reading, StanceError } from '../model/index.ts';
import type { Agent, AgentOptions, Refreshed } from './agent-options.ts';
import { createClient } from './client.ts';
import { makeFolder, markAsCache } from './durable.ts';
import { enroll } from './enroll.ts';
import { createFollowing } from './following.ts';
import { keepOnlyKeys } from './keys/file-key.ts';
import { ownKeys } from './keys/own-keys.ts';
import { leave } from './leave.ts';
import { lockFolder } from './lock.ts';
import type { ManagedDoor } from './managed.ts';
import { openCatalog } from './os-catalog.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { trustFor } from './pin.ts';
import { createPulse } from './pulse.ts';
import { createReadingSource } from './reading-source.ts';
import { OVER, type Reporter, report } from './report.ts';
import { type Enrollment, openState } from './state.ts';
import { createView, NO_BASELINE, problemOf } from './view.ts';
import type { Wish } from './wish.ts';

const DEFAULT_INTERVAL_MS = 5 * 60 * 1000;
const UNMANAGED: ManagedDoor = { read: async () => NOTHING_MANAGED, watch: () => () => undefined };

export async function createAgent(options: AgentOptions): Promise<Agent> {
  const { stateDir, version } = options;
  const host = typeof options.host === 'function' ? options.host() : options.host;
  const checks = options.checks ?? CATALOGUE;
  const fetcher = options.fetch ?? fetch;
  // By the clock on the wall: a recorded machine's own stands still.
  const now = options.now ?? Date.now;
  makeFolder(stateDir);
  const unlock = lockFolder(stateDir);
  const state = openState(stateDir);
  const catalog = openCatalog(stateDir);
  const view = createView(state, host, checks, version, catalog);
  const source = createReadingSource({
    ...{ host: options.host, checks, stateDir, onRefreshed: () => pulse.beatSoon() },
    ...(options.merge === undefined ? {} : { merge: options.merge }),
  });
  let outbox: Outbox;
  try {
    markAsCache(stateDir);
    const identity = state.identity();
    if (identity?.enrollment.ca !== undefined) trustFor(identity.enrollment);
    outbox = openOutbox(stateDir, identity?.chain.observed ?? 0);
    view.show({});
  } catch (error) {
    unlock();
    throw error;
  }
  let intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS;
  /** The service takes nothing of this device any more. */
  let shutOut = false;
  let busy: Promise<unknown> = Promise.resolve();

  const keys = ownKeys(stateDir, state);

  /** One thing at a time: two reports at once would sign two evidences for one place. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = busy.then(work, work);
    busy = turn.catch(() => {});
    return turn;
  }

  async function join(wish: Wish): Promise<Enrollment> {
    // A key that joined before is another device's. The old one stays this device's until the new one has joined.
    const describe = options.recorded === true ? undefined : (options.describe ?? describeDevice);
    const about = { ...wish, platform: host.os, describe, observed: outbox.last, now };
    try {
      const enrollment = await enroll(state, fetcher, keys, about);
      outbox.drop(outbox.last);
      shutOut = false;
      return enrollment;
    } finally {
      keys.tidy();
      trustFor(state.identity()?.enrollment ?? {});
    }
  }
  const door = options.managed ?? UNMANAGED;
  const following = createFollowing({
    ...{ door, state, fetcher, join, root: host.user.uid === 0 },
    ...(options.chosenServer === undefined ? {} : { chosenServer: options.chosenServer }),
    ...options.following,
  });
  /** What stands in the way of what is managed; it keeps nobody from reading and, where the device has joined, from reporting. */
  async function follow(): Promise<StanceError | undefined> {
    try {
      await following.follow(shutOut);
      return undefined;
    } catch (error) {
      if (!(error instanceof StanceError)) throw error;
      return error;
    } finally {
      view.show({ managed: managedView(following.managed()) });
    }
  }

  async function observe(read: Promise<readonly Reading[]>): Promise<readonly Reading[]> {
    const readings = await read;
    view.show({ readings, appraisal: view.appraise(readings), readAt: new Date().toISOString() });
    return readings;
  }

  const reporterFor = (enrollment: Enrollment): Reporter => ({
    ...{ state, outbox, catalog, host, checks, version, now },
    client: createClient(enrollment.server, fetcher),
    signer: keys.open,
  });

  async function reportNow(read: () => Promise<readonly Reading[]>): Promise<Refreshed> {
    const enrollment = state.identity()?.enrollment;
    if (enrollment === undefined) {
      await observe(read());
      throw new StanceError('not-enrolled', NO_BASELINE);
    }
    const { answer, jws, seq } = await report(reporterFor(enrollment), () => observe(read()));
    keys.tidy();
    intervalMs = answer.reportIntervalMs;
    shutOut = false;
    const { readings } = view.current();
    return { readings, appraisal: view.appraise(readings), jws, seq, compliance: answer.compliance as Compliance, state: answer.state };
  }

  function refresh(read: () => Promise<readonly Reading[]>): Promise<Refreshed> {
    return inTurn(async () => {
      view.show({ checking: true });
      const obstacle = await follow();
      try {
        const refreshed = await reportNow(read);
        view.show({ checking: false, appraisal: refreshed.appraisal }, obstacle === undefined ? null : problemOf(obstacle));
        return refreshed;
      } catch (cause) {
        const code = cause instanceof StanceError ? cause.code : '';
        shutOut = OVER.has(code);
        const error = code === 'not-enrolled' ? (obstacle ?? cause) : cause;
        view.show({ checking: false }, problemOf(error));
        throw error;
      }
    });
  }

  /** Something was touched: what it may have changed is read again, and reported at once where it did. */
  async function lookAgain(ids: ReadonlySet<string>): Promise<void> {
    const known = view.current().readings;
    const readings = await inTurn(() => source.reread(ids));
    if (known.length > 0 && digestReadings(readings, sha256) === digestReadings(known, sha256)) return;
    await refresh(async () => readings);
  }

  /** Something moved where the organisation writes: what it says now is done at once, if it says anything else than before. */
  async function managedChanged(): Promise<boolean> {
    const before = JSON.stringify(following.managed());
    return JSON.stringify(await door.read()) !== before;
  }

  const pulse = createPulse({
    pace: () => ({ intervalMs, joined: state.identity() !== undefined }),
    beat: () => refresh(() => source.read({ slow: 'cache' })),
    lookAgain,
    watchManaged: (onChange) => door.watch(() => void managedChanged().then((changed) => changed && onChange())),
    // A recorded machine does not change, and this one is not it.
    ...(options.recorded === true ? {} : { watch: (onChange) => createWatcher({ platform: host.os, checks, env: host.env, onChange }) }),
  });

  return {
    enrollment: () => state.identity()?.enrollment ?? null,
    enroll: (wish) =>
      inTurn(async () => {
        await following.read();
        following.mayJoin(wish.server);
        try {
          const enrollment = await join(wish);
          following.joined();
          return enrollment;
        } finally {
          view.show({ managed: managedView(following.managed()) }, null);
        }
      }),
    moveTo(server) {
      const enrollment = state.identity()?.enrollment;
      if (enrollment !== undefined && enrollment.server !== server) state.update({ enrollment: { ...enrollment, server } });
    },
    refresh: ({ slow } = { slow: 'cache' }) => refresh(() => source.read({ slow })),
    rotateKey: () => inTurn(async () => state.update({ nextJwk: keys.create().publicJwk })),
    unenroll: ({ force } = { force: false }) =>
      inTurn(async () => {
        await following.read();
        following.mayLeave();
        const enrollment = state.identity()?.enrollment;
        if (enrollment !== undefined) await leave(enrollment, createClient(enrollment.server, fetcher), keys.open(enrollment.jwk), force);
        pulse.stop();
        await source.settle();
        state.remove();
        catalog.remove();
        outbox.remove();
        keepOnlyKeys(stateDir, []);
        if (enrollment !== undefined) following.left();
        view.show({}, null);
      }),
    state: view.current,
    onState: view.onState,
    start: pulse.start,
    touch: pulse.touch,
    unwatched: pulse.unwatched,
    async stop() {
      pulse.stop();
      await busy;
      await source.settle();
      unlock();
    },
  };
}

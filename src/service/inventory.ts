/** The devices in memory, in step with the store: what evidence is verified against and decisions are made by. */
import type { ChainHead, KnownDevice } from '../attest/index.ts';
import type { Appraisal, Assurance, CheckAppraisal, DeviceDescription, Platform, Reading } from '../model/index.ts';
import type { DeviceFacts } from '../policy/index.ts';
import type { DeviceState, EvidenceWrite, Store, StoredDevice } from './store/store.ts';

/** A device as it is held. `head` is the last accepted evidence, which may be a moment from durable. */
export interface HeldDevice {
  readonly id: string;
  readonly jwk: StoredDevice['jwk'];
  readonly platform: Platform;
  readonly assurance: Assurance;
  readonly enrolledAt: string;
  readonly description: DeviceDescription;
  readonly epoch: string;
  state: DeviceState;
  stateReason: string | null;
  head: ChainHead | null;
  facts: DeviceFacts | null;
  lastReceivedAt: string | null;
}

export interface Inventory {
  get(id: string): HeldDevice | undefined;
  /** In order of their ids, behind `after`. */
  list(after: string): Iterable<HeldDevice>;
  readonly size: number;
  add(device: StoredDevice): void;
  /** Fulfils once the evidence is durable. Everything accepted in one turn of the event loop is one commit. */
  commit(device: HeldDevice, write: EvidenceWrite): Promise<void>;
  /** Waits for what is under way. */
  settle(): Promise<void>;
}

export const knownDevice = (device: HeldDevice): KnownDevice => ({
  id: device.id,
  jwk: device.jwk,
  revoked: device.state === 'revoked',
  epoch: device.epoch,
  head: device.head,
});

/** What decisions need of an appraisal, and no more: there is one for each device in memory. */
export function factsOf(
  device: Pick<HeldDevice, 'id' | 'platform' | 'assurance'>,
  appraisal: Appraisal,
  readings: readonly Reading[],
  observedAt: number,
): DeviceFacts {
  const standing = (check: CheckAppraisal): boolean => check.required && (check.verdict === 'fail' || check.verdict === 'unknown');
  return {
    id: device.id,
    platform: device.platform,
    assurance: device.assurance,
    compliance: appraisal.compliance,
    verdicts: Object.fromEntries(appraisal.checks.map(({ check, verdict }) => [check, verdict])),
    problems: appraisal.checks.filter(standing).map(({ check, because, reason, verdict }) => {
      const reading = readings.find((candidate) => candidate.check === check);
      const why = because ?? (reason === undefined ? undefined : `not known: ${reason}`);
      return { check, ...(why === undefined ? {} : { because: why }), ...(verdict === 'fail' && reading?.status === 'known' ? { value: reading.value } : {}) };
    }),
    observedAt,
  };
}

interface Waiting {
  readonly device: HeldDevice;
  readonly write: EvidenceWrite;
  readonly before: Pick<HeldDevice, 'head' | 'facts' | 'lastReceivedAt'>;
  readonly done: PromiseWithResolvers<void>;
}

export function createInventory(store: Store): Inventory {
  const devices = new Map<string, HeldDevice>();
  const hold = (device: StoredDevice): void => void devices.set(device.id, { ...device });
  for (const device of store.devices()) hold(device);

  let waiting: Waiting[] = [];
  /** Group commit: one transaction for all that was accepted since the last; each is answered when all are durable. */
  function flush(): void {
    const batch = waiting;
    waiting = [];
    try {
      store.commitEvidence(batch.map(({ write }) => write));
      for (const { done } of batch) done.resolve();
    } catch (error) {
      // Nothing of the batch is durable, so nothing of it has happened: the newest first, each device goes back to where it was.
      for (const { device, before, done } of batch.toReversed()) {
        Object.assign(device, before);
        done.reject(error);
      }
    }
  }

  return {
    get: (id) => devices.get(id),
    *list(after) {
      // New devices get random ids, so the order is made when it is asked for.
      for (const id of [...devices.keys()].sort()) {
        const device = id > after ? devices.get(id) : undefined;
        if (device !== undefined) yield device;
      }
    },
    get size() {
      return devices.size;
    },
    add(device) {
      store.addDevice(device);
      hold(device);
    },
    commit(device, write) {
      const done = Promise.withResolvers<void>();
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ device, write, before: { head: device.head, facts: device.facts, lastReceivedAt: device.lastReceivedAt }, done });
      device.head = write.head;
      device.facts = write.facts;
      device.lastReceivedAt = write.receivedAt;
      return done.promise;
    },
    settle: async () => {
      await Promise.allSettled(waiting.map(({ done }) => done.promise));
    },
  };
}

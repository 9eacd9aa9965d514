/** The devices in memory, in step with the store: what evidence is verified against and decisions are made by. */
import { StanceError } from '../model/index.ts';
import type { DeviceWrite, Store, StoredDevice } from './store/store.ts';

/** A device as it is held: the same object for as long as the service runs. What it says may be a moment from durable. */
export type HeldDevice = { -readonly [K in keyof StoredDevice]: StoredDevice[K] } & { readonly id: string };

/** What a write changes. */
export type DeviceChange = Partial<Omit<StoredDevice, 'id' | 'revision' | 'platform' | 'enrolledAt' | 'description' | 'predecessor'>>;

export interface Inventory {
  get(id: string): HeldDevice | undefined;
  /** In order of their ids, behind `after`. */
  list(after: string): Iterable<HeldDevice>;
  all(): Iterable<HeldDevice>;
  readonly size: number;
  /** Adds the device that is made within, with whatever else is done there: both or neither. @throws StanceError `store-unavailable`, or what was thrown within. */
  add(make: () => StoredDevice): StoredDevice;
  /**
   * Changes a device at once, and fulfils once that is durable. Everything changed while the disk was busy with the commit before is one commit.
   * @throws StanceError `store-unavailable`: nothing has happened; or, where the disk took it and then failed, nobody knows. Trying again tells.
   */
  commit(device: HeldDevice, change: DeviceChange, brought?: Pick<DeviceWrite, 'evidence' | 'branch'>): Promise<void>;
  /** Forgets a device, in the store too. */
  erase(id: string): void;
  /** Waits for what is under way. */
  settle(): Promise<void>;
  /**
   * Waits for what is under way and looks again: what is held may be a moment from durable, and what is not durable is not acknowledged.
   * @throws StanceError `store-unavailable`: it does not hold.
   */
  confirm(holds: () => boolean): Promise<void>;
}

interface Waiting extends DeviceWrite {
  readonly device: HeldDevice;
  readonly done: PromiseWithResolvers<void>;
}

const unavailable = (cause?: unknown): StanceError =>
  new StanceError('store-unavailable', 'It could not be stored, so it has not happened. Send it again.', { cause });

/** Where the first id behind `after` stands in the order. */
function firstBehind(ids: readonly string[], after: string): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? '') > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

export interface InventoryEvents {
  /** After each commit, with how many writes it held and how long it took (ms). */
  readonly committed?: (writes: number, ms: number) => void;
}

export function createInventory(store: Store, { committed }: InventoryEvents = {}): Inventory {
  const devices = new Map<string, HeldDevice>();
  /** Ids in their order, made when they are asked for: new devices get random ones. */
  let ordered: readonly string[] | undefined;
  /** One text for all devices: comparing it, at each decision, is comparing a pointer, and a million of them take no memory. */
  const versions = new Map<string | null, string | null>();
  function hold(device: StoredDevice): void {
    const factsVersion = versions.get(device.factsVersion) ?? device.factsVersion;
    versions.set(factsVersion, factsVersion);
    devices.set(device.id, { ...device, factsVersion });
    ordered = undefined;
  }
  for (const device of store.devices()) hold(device);

  let waiting: Waiting[] = [];
  /** Written, and on its way to the disk. */
  let written: readonly Waiting[] = [];
  /** A commit is about to begin, or is not over. */
  let busy = false;
  /** Group commit: one transaction for all that was accepted since the last; each is answered when all are durable. */
  function flush(): void {
    const batch = waiting;
    waiting = [];
    const startedAt = performance.now();
    let conflicts: ReadonlySet<string>;
    try {
      conflicts = store.writeDevices(batch);
    } catch (error) {
      // Nothing of the batch is durable, so nothing of it has happened: the newest first, each device goes back to where it was.
      for (const { device, before, done } of batch.toReversed()) {
        Object.assign(device, before);
        done.reject(unavailable(error));
      }
      busy = false;
      return;
    }
    // Another process has moved these on: what it left is taken over, and the senders try again against that.
    for (const { device, before } of batch.toReversed()) if (conflicts.has(device.id)) Object.assign(device, before);
    for (const id of conflicts) takeOver(id);
    for (const { device, done } of batch) if (conflicts.has(device.id)) done.reject(unavailable());
    written = batch.filter(({ device }) => !conflicts.has(device.id));
    // Meanwhile the next are verified; they are written when this is over.
    store.flushed().then(
      () => {
        finish(({ done }) => done.resolve());
        committed?.(batch.length, performance.now() - startedAt);
      },
      (error) => finish(({ done }) => done.reject(unavailable(error))),
    );
  }

  function finish(tell: (one: Waiting) => void): void {
    const batch = written;
    written = [];
    busy = waiting.length > 0;
    for (const one of batch) tell(one);
    // The next commit keeps everybody waiting: answers to what is durable go out before it, in this turn of the event loop.
    if (busy) setImmediate(setImmediate, flush);
  }

  function flushSoon(): void {
    if (busy) return;
    busy = true;
    setImmediate(flush);
  }

  const settle = async (): Promise<void> => void (await Promise.allSettled([...written, ...waiting].map(({ done }) => done.promise)));

  function takeOver(id: string): void {
    try {
      const [held, stored] = [devices.get(id), store.device(id)];
      if (held !== undefined && stored !== undefined) Object.assign(held, stored);
    } catch {
      // It cannot be read now. What is held is of an older revision, so the next write to it conflicts and comes here again.
    }
  }

  return {
    get: (id) => devices.get(id),
    *list(after) {
      ordered ??= [...devices.keys()].sort();
      const ids = ordered;
      for (let index = firstBehind(ids, after); index < ids.length; index++) {
        // Erased meanwhile, perhaps.
        const device = devices.get(ids[index] ?? '');
        if (device !== undefined) yield device;
      }
    },
    all: () => devices.values(),
    get size() {
      return devices.size;
    },
    add(make) {
      try {
        const device = store.atOnce(() => {
          const made = make();
          store.addDevice(made);
          return made;
        });
        hold(device);
        return device;
      } catch (error) {
        throw error instanceof StanceError ? error : unavailable(error);
      }
    },
    commit(device, change, brought = {}) {
      const done = Promise.withResolvers<void>();
      const before = { ...device };
      Object.assign(device, change);
      device.revision++;
      waiting.push({ device, before, after: { ...device }, ...brought, done });
      flushSoon();
      return done.promise;
    },
    erase(id) {
      store.eraseDevice(id);
      devices.delete(id);
      ordered = undefined;
    },
    settle,
    async confirm(holds) {
      await settle();
      // What another process has written may be a moment from durable too.
      await store.flushed().catch((error) => {
        throw unavailable(error);
      });
      if (!holds()) throw unavailable();
    },
  };
}

/** An agent that keeps nothing: key, chain and what waits are in memory, and gone with the process. It joins and reports as every agent does; what it reports it is told. */
import { generateKeyPairSync } from 'node:crypto';
import { signerOf } from '../attest/node.ts';
import type { Check, DeviceDescription, EcPublicJwk, Host, Reading, Signer } from '../model/index.ts';
import { createClient } from './client.ts';
import { type DeviceKeys, enroll } from './enroll.ts';
import type { Fetch } from './http.ts';
import { type CatalogKeeper, catalogIn } from './os-catalog.ts';
import type { Observation, Outbox } from './outbox.ts';
import { type Report, report } from './report.ts';
import { type Enrollment, type Keep, stateIn } from './state.ts';
import type { Wish } from './wish.ts';

export interface TransientAgentOptions {
  readonly host: Pick<Host, 'os' | 'user'>;
  readonly description: DeviceDescription;
  readonly checks: readonly Check[];
  readonly version: string;
  readonly fetch: Fetch;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Many agents of one process may keep one catalogue together. */
  readonly catalog: CatalogKeeper;
}

export interface TransientAgent {
  /** @throws StanceError of the service */
  enroll(wish: Wish): Promise<Enrollment>;
  /** @throws StanceError `not-enrolled`, and of the service */
  report(readings: readonly Reading[]): Promise<Report>;
}

const keepInMemory: Keep = () => {
  let kept: Parameters<ReturnType<Keep>['write']>[0];
  return {
    read: () => kept as never,
    write: (value) => {
      kept = value;
    },
    remove: () => {
      kept = undefined;
    },
  };
};

export const createMemoryCatalog = (): CatalogKeeper => catalogIn(keepInMemory('os-catalog.json', {} as never));

function createMemoryOutbox(): Outbox {
  let waiting: Observation[] = [];
  let last = 0;
  return {
    add(observation) {
      waiting.push({ number: ++last, ...observation });
      return last;
    },
    next: (after) => waiting.find(({ number }) => number > after),
    drop(upTo) {
      waiting = waiting.filter(({ number }) => number > upTo);
    },
    get last() {
      return last;
    },
    remove() {
      waiting = [];
    },
    get size() {
      return waiting.length;
    },
  };
}

function createMemoryKeys(): DeviceKeys {
  const signers = new Map<string, Signer>();
  return {
    create() {
      const signer = signerOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
      signers.set(signer.publicJwk.x, signer);
      return signer;
    },
    has: ({ x }: EcPublicJwk) => signers.has(x),
    open: ({ x }: EcPublicJwk) => signers.get(x) as Signer,
  };
}

export function createTransientAgent({ host, description, checks, version, fetch, now, catalog }: TransientAgentOptions): TransientAgent {
  const [state, outbox, keys] = [stateIn(keepInMemory), createMemoryOutbox(), createMemoryKeys()];
  let reporter: Parameters<typeof report>[0] | undefined;
  return {
    enroll: (wish) => enroll(state, fetch, keys, { ...wish, platform: host.os, describe: async () => description, observed: outbox.last, now }),
    report(readings) {
      reporter ??= {
        ...{ state, outbox, catalog, host, checks, version, now },
        client: createClient(state.identity()?.enrollment.server ?? '', fetch),
        signer: keys.open,
      };
      return report(reporter, async () => readings);
    },
  };
}

/** `stance store backup | restore`, `stance audit verify`: the service's data, copied while it runs, put back, and checked without it. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { type EcPublicJwk, StanceError } from '../model/index.ts';
import { auditStore, openKeys, openStore, type Store } from '../service/index.ts';
import { say, sayJson, table, warn } from './output.ts';

const KEYS = 'service-keys.json';
const DATABASE = 'service.db';

interface Places {
  readonly store: string;
  readonly state: string;
  readonly json?: boolean;
}

const fileOf = (store: string): string => {
  const file = /^sqlite:(.+)$/.exec(store)?.[1];
  if (file === undefined) throw new StanceError('usage', `${store} is not sqlite:PATH.`);
  return file;
};

/** A store that is there already; opening makes none. @throws StanceError `store-unavailable`, `usage` */
export function openExisting(address: string): Store {
  const file = fileOf(address);
  if (!existsSync(file)) throw new StanceError('store-unavailable', `There is no ${file}. Name the service's database: --store sqlite:PATH.`);
  return openStore(address);
}

/** A copy as of one moment, made beside a service that goes on working. */
export async function backUp({ store: address, state, json, to }: Places & { readonly to: string }): Promise<number> {
  const file = fileOf(address);
  if (!existsSync(file)) throw new StanceError('store-unavailable', `There is no ${file}.`);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const target = path.join(to, DATABASE);
  if (existsSync(target)) throw new StanceError('usage', `${target} is there already. Name an empty folder.`);
  const store = openStore(address);
  try {
    await store.backup(`${target}.new`);
  } finally {
    store.close();
  }
  chmodSync(`${target}.new`, 0o600);
  // Keys first: a database without the keys that its devices were told of is worth nothing.
  copyFileSync(path.join(state, KEYS), path.join(to, KEYS));
  chmodSync(path.join(to, KEYS), 0o600);
  renameSync(`${target}.new`, target);
  if (json) sayJson({ database: target, keys: path.join(to, KEYS) });
  else say(`Backed up to ${to}. It holds the service's keys: keep it as you keep them.`);
  return 0;
}

/** Devices that have reported since the backup find their chain ahead of the service, and go on in a new epoch by themselves. */
export async function restore({ store: address, state, json, from }: Places & { readonly from: string }): Promise<number> {
  const file = fileOf(address);
  for (const [source, target] of [
    [path.join(from, DATABASE), file],
    [path.join(from, KEYS), path.join(state, KEYS)],
  ] as const) {
    if (!existsSync(source)) throw new StanceError('usage', `${source} is missing: ${from} is not a backup made by \`stance store backup\`.`);
    if (existsSync(target)) throw new StanceError('usage', `${target} is there. Stop the service and move it away first: nothing is written over.`);
  }
  mkdirSync(state, { recursive: true, mode: 0o700 });
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true, mode: 0o700 });
  copyFileSync(path.join(from, KEYS), path.join(state, KEYS));
  copyFileSync(path.join(from, DATABASE), file);
  chmodSync(path.join(state, KEYS), 0o600);
  const store = openStore(address);
  const devices = store.devices().length;
  store.close();
  if (json) sayJson({ database: file, devices });
  else say(`Restored ${devices} devices to ${file}. Start the service.`);
  return 0;
}

/** Exit 1 when anything does not hold. */
export async function verifyAudit({ store: address, state, json }: Places): Promise<number> {
  if (!existsSync(fileOf(address))) throw new StanceError('store-unavailable', `There is no ${fileOf(address)}.`);
  const store = openStore(address);
  try {
    const keys = openKeys(state, Date.now).jwks('audit').keys as readonly EcPublicJwk[];
    const devices = [...auditStore(store, keys)];
    const total = devices.reduce((sum, { evidence, folded }) => ({ evidence: sum.evidence + evidence, folded: sum.folded + folded }), {
      evidence: 0,
      folded: 0,
    });
    const broken = devices.filter(({ problems }) => problems.length > 0);
    if (json) sayJson({ valid: broken.length === 0, ...total, devices });
    else {
      for (const { device, problems } of broken) warn(table(problems.map((problem) => [device, problem])));
      say(
        `${devices.length} devices, ${total.evidence} evidences and ${total.folded} folded ones: ${broken.length === 0 ? 'every chain verifies' : `${broken.length} devices do not verify`}.`,
      );
    }
    return broken.length === 0 ? 0 : 1;
  } finally {
    store.close();
  }
}

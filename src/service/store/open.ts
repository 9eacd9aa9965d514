/** Opens the store that an address names. */
import { StanceError } from '../../model/index.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/** `memory:` or `sqlite:PATH`. @throws StanceError `usage`, `store-unavailable` */
export function openStore(address: string): Store {
  if (address === 'memory:') return openSqlite(':memory:');
  const file = /^sqlite:(.+)$/.exec(address)?.[1];
  if (file !== undefined) return openSqlite(file);
  if (/^postgres(ql)?:/.test(address)) throw new StanceError('usage', 'PostgreSQL is not supported yet. Use sqlite:PATH.');
  throw new StanceError('usage', `${address} names no store. Use memory: or sqlite:PATH.`);
}

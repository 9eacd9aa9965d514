/** What ZFS says of itself: the encryption of datasets, and the devices of a pool. Needs access to `/dev/zfs`, which users have by default. */
import { attempt, DoorError, type Host, UnparsableError } from '../../model/index.ts';

const ENCRYPTION = /^(?:off|on|aes-(?:128|192|256)-(?:ccm|gcm))$/;
const MAX_ROWS = 20_000;

/** Encryption by dataset, out of `zfs list -H -o name,encryption`. A dataset has its own, whatever its parent has. @throws UnparsableError */
export function parseDatasets(stdout: string): ReadonlyMap<string, string> {
  const rows = stdout.split('\n').filter((line) => line !== '');
  if (rows.length === 0 || rows.length > MAX_ROWS) throw new UnparsableError('zfs list shows no dataset');
  return new Map(
    rows.map((row) => {
      const [name = '', encryption = '', ...more] = row.split('\t');
      // `-`: a pool that cannot encrypt.
      if (name === '' || more.length > 0 || !(encryption === '-' || ENCRYPTION.test(encryption)))
        throw new UnparsableError('a row of zfs list is not of its form');
      return [name, encryption === '-' ? 'off' : encryption];
    }),
  );
}

/** `zfs get -H -o value encryption DATASET`. @throws UnparsableError */
export function parseEncryption(stdout: string): string {
  const value = stdout.trim();
  if (value === '-') return 'off';
  if (!ENCRYPTION.test(value)) throw new UnparsableError('zfs does not tell the encryption');
  return value;
}

async function answerOf(host: Host, program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, exit } = await host.run(program, args);
  if (exit !== 0) throw new DoorError(/permission denied/i.test(stderr) ? 'EACCES' : 'EIO', `run ${program} ${args.join(' ')}`.slice(0, 200));
  return stdout;
}

const listed = async (host: Host): Promise<ReadonlyMap<string, string>> => parseDatasets(await answerOf(host, 'zfs', ['list', '-H', '-o', 'name,encryption']));

/** `off`, `on` or the cipher of a dataset. */
export async function datasetEncryption(host: Host, dataset: string): Promise<string> {
  // One list serves all datasets of all checks; the single question is for machines on which it fails.
  const all = await attempt(listed(host)).catch((error: unknown) => {
    if (error instanceof UnparsableError) return undefined;
    throw error;
  });
  const found = all instanceof DoorError ? undefined : all?.get(dataset);
  if (found !== undefined) return found;
  return parseEncryption(await answerOf(host, 'zfs', ['get', '-H', '-o', 'value', 'encryption', dataset]));
}

/** `ZFS` where every dataset is encrypted: the names of its volumes (`zd0`) do not tell which one they are. @throws DoorError ENOTSUP */
export async function volumesEncryption(host: Host): Promise<string> {
  if ([...(await listed(host)).values()].every((encryption) => encryption !== 'off')) return 'ZFS';
  throw new DoorError('ENOTSUP', 'stack of a volume of ZFS, where not all datasets are encrypted');
}

/** Rows of `zpool status` that stand for others: the kinds of virtual devices (zpoolconcepts(7)). */
const GROUP = /^(?:mirror|raidz[123]?|draid\S*|replacing|spare|indirect|logs|cache|spares|special|dedup)(?:-\d+)?$/;

/**
 * Device nodes in `zpool status -P`: data, and log, cache and special devices, which hold copies of what is written. A spare that
 * waits holds nothing. @throws UnparsableError where a row is none of these: a device that is gone, or a file.
 */
export function parsePoolDevices(stdout: string): string[] {
  const table = /(?:^|\n)\s*NAME\s+STATE[^\n]*\n([\s\S]*?)(?:\n[ \t]*\n|$)/.exec(stdout)?.[1] ?? '';
  const [pool, ...rows] = table.split('\n').filter((row) => row.trim() !== '');
  const nodes: string[] = [];
  for (const row of rows) {
    const [name = '', state] = row.trim().split(/\s+/);
    if (name.startsWith('/dev/')) {
      if (state !== 'AVAIL') nodes.push(name);
    } else if (!GROUP.test(name)) throw new UnparsableError('zpool status shows a device that cannot be followed');
  }
  if (pool === undefined || pool.trim().startsWith('/') || nodes.length === 0) throw new UnparsableError('zpool status shows no device');
  return nodes;
}

export const poolDevices = async (host: Host, pool: string): Promise<string[]> => parsePoolDevices(await answerOf(host, 'zpool', ['status', '-P', pool]));

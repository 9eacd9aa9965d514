/** systemd units by `systemctl show`: one process for all units that are asked for in the same moment. */
import { DoorError, type RunResult, type UnitStatus, UnparsableError } from '../model/index.ts';

type Run = (program: string, args: readonly string[]) => Promise<RunResult>;
type Scope = 'system' | 'user';

/** Blocks of `Key=Value` lines, parted by empty lines, one for each unit asked, in that order. */
export function parseUnits(stdout: string, count: number): UnitStatus[] {
  const blocks = stdout.trim().split(/\n\s*\n/);
  if (blocks.length !== count) throw new UnparsableError(`systemctl answered for ${blocks.length} units of ${count}`);
  return blocks.map((block) => {
    const properties = new Map(block.split('\n').map((line) => [line.slice(0, Math.max(0, line.indexOf('='))), line.slice(line.indexOf('=') + 1)]));
    const [load, active, enabled] = ['LoadState', 'ActiveState', 'UnitFileState'].map((name) => properties.get(name));
    if (load === undefined || active === undefined || load === '') throw new UnparsableError('systemctl left out LoadState or ActiveState');
    return { load, active, enabled: enabled ?? '' };
  });
}

/** Unit names as systemd has them; anything else would be an option or a pattern to `systemctl`. */
const UNIT_NAME = /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\.[a-z]+$/;

/** A door that gathers what is asked in one turn of the event loop into one call. */
export function createUnitDoor(run: Run, bootedWithSystemd: () => Promise<boolean>): (name: string, scope: Scope) => Promise<UnitStatus> {
  const waiting: Record<Scope, Map<string, PromiseWithResolvers<UnitStatus>>> = { system: new Map(), user: new Map() };

  async function ask(scope: Scope): Promise<void> {
    const batch = waiting[scope];
    waiting[scope] = new Map();
    const names = [...batch.keys()];
    try {
      if (!(await bootedWithSystemd())) throw new DoorError('ENOSYSTEMD', `unit ${names.join(' ')}`);
      const { stdout, stderr, exit } = await run('systemctl', [
        ...(scope === 'user' ? ['--user'] : []),
        'show',
        '--property=LoadState,ActiveState,UnitFileState',
        '--',
        ...names,
      ]);
      if (exit !== 0)
        throw new DoorError(/access denied|permission denied/i.test(stderr) ? 'EACCES' : 'EIO', `unit ${names.join(' ')}: ${stderr.trim().slice(0, 100)}`);
      const units = parseUnits(stdout, names.length);
      names.forEach((name, index) => {
        const status = units[index];
        if (status !== undefined) batch.get(name)?.resolve(status);
      });
    } catch (error) {
      const failure = error instanceof UnparsableError ? new DoorError('EOUTPUT', `unit ${names.join(' ')}: ${error.message}`, { cause: error }) : error;
      for (const request of batch.values()) request.reject(failure);
    }
  }

  return (name, scope) => {
    if (!UNIT_NAME.test(name)) return Promise.reject(new DoorError('EINVAL', `unit ${name}`));
    const batch = waiting[scope];
    const known = batch.get(name);
    if (known !== undefined) return known.promise;
    const request = Promise.withResolvers<UnitStatus>();
    if (batch.size === 0) setImmediate(() => void ask(scope));
    batch.set(name, request);
    return request.promise;
  };
}

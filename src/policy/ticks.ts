/** What an assessment says to the clocks of a device: which checks failed, passed, or were neither. Pure. */
import type { Assessment, Judged } from './assess.ts';
import type { Tick } from './clocks.ts';

const counts = ({ verdict, demand }: Judged): boolean =>
  verdict === 'fail' || (verdict === 'unknown' && (demand.unknown === 'fail' || demand.unknown === 'grace'));

function tickOf(judged: readonly Judged[]): Tick {
  if (judged.some(counts)) return 'failing';
  return judged.length > 0 && judged.every(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable') ? 'passing' : 'neither';
}

/** What an assessment says to the clocks of a device. `named`: checks that any baseline of the device's system names, of which it may demand none now. */
export function ticksOf({ checks }: Assessment, named: ReadonlySet<string>): ReadonlyMap<string, Tick> {
  const ticks = new Map<string, Tick>();
  for (const id of named) ticks.set(id, 'neither');
  for (const { check, judged } of checks) if (judged.length > 0) ticks.set(check.id, tickOf(judged));
  return ticks;
}

/**
 * `npm run bench`: the numbers of DESIGN section 9 that exist so far, each as the ratio of its two sides within one run.
 * `--only ingest,decisions` picks; `--json` prints one document. Exit 1 when a number is not held.
 */
import { parseArgs } from 'node:util';

/** One number: ours against the yardstick that was measured beside it. */
export interface Measurement {
  readonly name: string;
  readonly ours: number;
  readonly yardstick: number;
  readonly unit: string;
  readonly ratio: number;
  /** The bound, as text (`>= 0.8`), and whether it held. */
  readonly must: string;
  readonly held: boolean;
  readonly notes?: string;
}

const BENCHES: Readonly<Record<string, () => Promise<{ run: () => Promise<Measurement | readonly Measurement[]> }>>> = {
  ingest: () => import('./ingest.ts'),
  decisions: () => import('./decisions.ts'),
  growth: () => import('./growth.ts'),
  replay: () => import('./replay.ts'),
  collection: () => import('./collection.ts'),
  storage: () => import('./storage.ts'),
  idle: () => import('./idle.ts'),
  change: () => import('./change.ts'),
};

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean', default: false } } });
const wanted = values.only?.split(',') ?? Object.keys(BENCHES);
const strange = wanted.filter((name) => BENCHES[name] === undefined);
if (strange.length > 0) {
  process.stderr.write(`There is no bench ${strange.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}.\n`);
  process.exit(2);
}

const measurements: Measurement[] = [];
for (const name of wanted) {
  process.stderr.write(`${name} …\n`);
  const bench = await BENCHES[name]?.();
  if (bench !== undefined) measurements.push(...[await bench.run()].flat());
}
if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, measurements }, null, 2)}\n`);
else {
  for (const m of measurements) {
    const round = (value: number): string => value.toPrecision(3);
    process.stdout.write(
      `${m.held ? '✓' : '✗'} ${m.name}: ${round(m.ours)} against ${round(m.yardstick)} ${m.unit} = ${round(m.ratio)} (must be ${m.must})${m.notes ? ` · ${m.notes}` : ''}\n`,
    );
  }
}
process.exitCode = measurements.every((m) => m.held) ? 0 : 1;

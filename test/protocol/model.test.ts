/**
 * The protocol under everything that happens to it (fast-check, model-based): nothing acknowledged is lost or counted twice,
 * no innocent device is quarantined or shut out, and no living copy goes unnoticed.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FAULTS, type Fault, type Holder, World } from './world.ts';

const HOUR_MS = 3600_000;

/** What the model knows: what may be done next, and what must come of it. */
interface Model {
  /** A disk from before a rotation has not got the key any more: such a device has to enroll again. */
  rotated: boolean;
  diskBackedUp: boolean;
  serviceBackedUp: boolean;
}
const newModel = (): Model => ({ rotated: false, diskBackedUp: false, serviceBackedUp: false });
interface Real {
  readonly world: World;
  readonly device: Holder;
  diskBackup?: string;
  serviceBackup?: Awaited<ReturnType<World['backUpService']>>;
}
type Command = fc.AsyncCommand<Model, Real>;

const command = (name: string, run: (real: Real, model: Model) => Promise<unknown>, check: (model: Readonly<Model>) => boolean = () => true): Command => ({
  check,
  run: async (model, real) => void (await run(real, model)),
  toString: () => name,
});

const report = (fault: Fault) => command(`report (${fault})`, ({ world, device }) => world.report(device, fault));
const commands = [
  fc.constantFrom(...FAULTS).map(report),
  fc.constant(report('none')),
  fc.constant(command('what was delayed arrives', ({ world }) => world.deliverDelayed())),
  fc.constant(
    command(
      'back up the disk',
      async (real, model) => {
        // One backup: restored from several in turn, a device cannot be told from two.
        real.diskBackup ??= real.world.backUpDisk(real.device);
        model.diskBackedUp = true;
      },
      ({ rotated }) => !rotated,
    ),
  ),
  fc.constant(
    command(
      'restore the disk',
      ({ world, device, diskBackup }) => world.restoreDisk(device, diskBackup ?? ''),
      ({ diskBackedUp }) => diskBackedUp,
    ),
  ),
  fc.constant(
    command('back up the service', async (real, model) => {
      real.serviceBackup = await real.world.backUpService();
      model.serviceBackedUp = true;
    }),
  ),
  fc.constant(
    command(
      'restore the service',
      ({ world, serviceBackup }) => world.restoreService(serviceBackup as NonNullable<typeof serviceBackup>),
      ({ serviceBackedUp }) => serviceBackedUp,
    ),
  ),
  fc.constant(command('restart the service', ({ world }) => world.restartService())),
  fc.constant(command('maintenance', ({ world }) => world.maintain())),
  fc
    .integer({ min: -2 * HOUR_MS, max: 12 * HOUR_MS })
    .map((ms) => command(`the service's clock moves by ${ms} ms`, async ({ world }) => world.moveServiceClock(ms))),
  fc.integer({ min: -48 * HOUR_MS, max: 48 * HOUR_MS }).map((ms) =>
    command(`the device's clock is ${ms} ms off`, async ({ device }) => {
      device.clockMs = ms;
    }),
  ),
];

/** A copy that is made while a key is on its way out is left without one: it is shut out, and there is nothing to quarantine. */
const rotate = fc.constant(
  command(
    'rotate the key',
    async ({ device }, model) => {
      model.rotated = true;
      await device.agent.rotateKey();
    },
    // Of two keys one is remembered: a service that is restored to before the last but one knows neither.
    ({ diskBackedUp, rotated }) => !diskBackedUp && !rotated,
  ),
);

const RUNS = Number(process.env.STANCE_MODEL_RUNS ?? 60);

test(
  'one device, whatever happens to it and to the service',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands([...commands, rotate], { maxCommands: 30 }), async (sequence) => {
        const world = new World();
        const device = await world.start();
        try {
          await fc.asyncModelRun(() => ({ model: newModel(), real: { world, device } }), sequence);
          await world.deliverDelayed();
          expect(await world.problems()).toEqual([]);
          expect(await world.stateOf(device)).not.toBe('quarantined');
          // When nothing goes wrong any more, it is well after its third report.
          const last = [await world.report(device), await world.report(device), await world.report(device)];
          expect(last.slice(1)).toEqual(['accepted', 'accepted']);
          expect(await world.stateOf(device)).toBe('active');
          expect(await world.problems()).toEqual([]);
        } finally {
          await world.end([device]);
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
  RUNS * 5_000,
);

describe('a copy of the state', () => {
  test(
    'is found by the second report of both, whatever happened before and however they take turns',
    async () => {
      const turns = fc.shuffledSubarray(['original', 'copy', 'original', 'copy'] as const, { minLength: 4 });
      const before = fc.commands(commands, { maxCommands: 12 });
      await fc.assert(
        fc.asyncProperty(before, turns, fc.boolean(), async (sequence, order, old) => {
          const world = new World();
          const device = await world.start();
          const holders = [device];
          try {
            const real: Real = { world, device };
            await fc.asyncModelRun(() => ({ model: newModel(), real }), sequence);
            const copy = await world.copy(device);
            holders.push(copy);
            if (old) await world.report(device);
            for (const who of order) await world.report(who === 'copy' ? copy : device);
            // One after the other, each once more: whoever was told of nothing has reported by then.
            for (const who of [device, copy]) await world.report(who);
            expect(await world.stateOf(device)).toBe('quarantined');
            expect(await world.problems()).toEqual([]);
          } finally {
            await world.end(holders);
          }
        }),
        { numRuns: Math.ceil(RUNS / 2), endOnFailure: true },
      );
    },
    RUNS * 5_000,
  );
});

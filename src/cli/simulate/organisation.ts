/** The made-up organisation: people, their groups, their devices. The same seed gives the same one. */
import { type Chance, chanceOf } from './chance.ts';
import { MODELS, type Model } from './machines.ts';
import { APPS, type App, BREAK_GLASS, DEPARTMENTS, DOMAIN, FIRST_NAMES, GUESTS_PER_HUNDRED, LAST_NAMES, SECOND_DEVICE } from './people.ts';

export interface Person {
  readonly id: string;
  readonly groups: readonly string[];
  /** What this person uses, with how often relative to each other. */
  readonly apps: readonly { readonly app: App; readonly weight: number }[];
}

export interface SimulatedDevice {
  /** From 0; what is drawn for it hangs on nothing else but the seed. */
  readonly number: number;
  readonly owner: Person;
  readonly model: Model;
  readonly tags: readonly string[];
}

export interface Organisation {
  readonly seed: number;
  readonly people: readonly Person[];
  readonly devices: readonly SimulatedDevice[];
}

/** All devices of a simulation bear it, and are found and removed by it. */
export const TAG = 'simulated';

function personOf(id: string, groups: readonly string[]): Person {
  const apps = APPS.flatMap((app) => {
    const weight = Math.max(0, ...groups.map((group) => app.usedBy[group] ?? 0));
    return weight === 0 ? [] : [{ app, weight }];
  });
  return { id, groups, apps };
}

/** `ada.berg@example.com`; the second of that name has a number. */
function createNames(chance: Chance): () => string {
  const taken = new Map<string, number>();
  return () => {
    const name = `${chance.pick(FIRST_NAMES)}.${chance.pick(LAST_NAMES)}`.toLowerCase();
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return `${name}${count === 1 ? '' : count}@${DOMAIN}`;
  };
}

export function createOrganisation(seed: number, count: number): Organisation {
  const chance = chanceOf(seed, 'organisation');
  const name = createNames(chance);
  const people: Person[] = [];
  const devices: SimulatedDevice[] = [];
  for (let number = 0; number < count; number++) {
    const before = devices.at(-1);
    const second = before !== undefined && devices.at(-2)?.owner !== before.owner && chance.yes(SECOND_DEVICE);
    const department = DEPARTMENTS.find(({ group }) => second && before.owner.groups.includes(group)) ?? chance.weighted(DEPARTMENTS, ({ weight }) => weight);
    const owner = second ? before.owner : personOf(name(), ['staff', department.group]);
    if (!second) people.push(owner);
    const platform = chance.weighted(['linux', 'darwin', 'win32'] as const, (one) => department.platforms[one]);
    const model = chance.weighted(
      MODELS.filter((one) => one.platform === platform),
      ({ weight }) => weight,
    );
    devices.push({ number, owner, model, tags: [TAG, department.group, second ? 'second-device' : 'first-device'] });
  }
  const guests = Array.from({ length: Math.max(1, Math.round((count * GUESTS_PER_HUNDRED) / 100)) }, () => personOf(name(), ['guests']));
  return { seed, people: [...people, ...guests, ...BREAK_GLASS.map((id) => personOf(id, ['break-glass']))], devices };
}

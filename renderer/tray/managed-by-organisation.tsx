/** "Managed by your organisation": what it sets, where that stands, and what is left to the person. */
import type { ManagedView } from '../../src/model/managed.ts';
import { Chevron } from './chevron.tsx';

const MAY: Readonly<Record<keyof ManagedView['may'], string>> = {
  changeServer: 'choose another posture service',
  changeInterval: 'change how often this device reports',
  unenroll: 'take this device out',
  quit: 'quit Stance',
};

/** "a, b and c". */
const listOf = (words: readonly string[]): string => [words.slice(0, -1).join(', '), words.at(-1) ?? ''].filter((part) => part !== '').join(' and ');

export function ManagedByOrganisation({ managed }: { readonly managed: ManagedView }) {
  const { settings, faults, may } = managed;
  const names = Object.keys(MAY) as (keyof typeof MAY)[];
  const allowed = names.filter((name) => may[name]).map((name) => MAY[name]);
  const kept = names.filter((name) => !may[name]).map((name) => MAY[name]);
  return (
    <section class="group reads managed" aria-labelledby="managed">
      <h2 id="managed">Managed by your organisation</h2>
      {faults.map((fault) => (
        <p key={fault} class="problem">
          {fault}
        </p>
      ))}
      <details>
        <summary>
          <span class="what">
            What it sets
            <small>{kept.length === 0 ? 'You may change all of it.' : `Only your administrator may ${listOf(kept)}.`}</small>
          </span>
          <Chevron />
        </summary>
        {allowed.length > 0 && <p class="not">You may {listOf(allowed)}.</p>}
        {settings.map(({ name, title, value, from }) => (
          <div key={name} class="reading">
            <h3>{title}</h3>
            <p>{value}</p>
            <p class="method">
              {name} from {from}
            </p>
          </div>
        ))}
      </details>
    </section>
  );
}

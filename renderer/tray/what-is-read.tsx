/** "What Stance reads": every value as it was read, so that nobody has to take our word for it. */
import type { Reading, TrayState } from '../../src/model/index.ts';
import { labelOf, reasonInWords, valueInWords } from '../ui/words.ts';

export function WhatIsRead({ state }: { readonly state: TrayState }) {
  const titles = new Map(state.appraisal?.checks.map((check) => [check.check, check.title]));
  const { enrolled, server } = state.report;
  return (
    <details class="reads">
      <summary>What Stance reads</summary>
      <p>
        {enrolled ? `These values, signed by this device, are what ${server ?? 'your organisation'} gets.` : 'These values stay on this device: it is not enrolled anywhere.'}{' '}
        No files, no browsing, no location; user names, serial numbers, network names and process lists are not sent.
      </p>
      <dl>
        {state.readings.map((reading) => (
          <div key={reading.check} class="value">
            <dt>{titles.get(reading.check) ?? reading.check}</dt>
            <dd>
              <Value reading={reading} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Value({ reading }: { readonly reading: Reading }) {
  if (reading.status !== 'known') return <p>{reading.detail ?? reasonInWords(reading.reason)}</p>;
  const { value } = reading;
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  return (
    <>
      {members === undefined ? (
        <p>{valueInWords(value)}</p>
      ) : (
        <ul>
          {members.map(([name, member]) => (
            <li key={name}>
              {labelOf(name)}: <b>{valueInWords(member)}</b>
            </li>
          ))}
        </ul>
      )}
      {reading.method !== undefined && <code>{reading.method}</code>}
    </>
  );
}

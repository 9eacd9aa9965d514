/** "What Stance reads": every value as it was read, so that nobody has to take our word for it. */
import type { Reading, TrayState } from '../../src/model/index.ts';
import { labelOf, reasonInWords, valueInWords } from '../ui/words.ts';
import { Chevron } from './chevron.tsx';

export function WhatIsRead({ state }: { readonly state: TrayState }) {
  const titles = new Map(state.appraisal?.checks.map((check) => [check.check, check.title]));
  const { enrolled, server, serialNumber } = state.report;
  return (
    <section class="group reads">
      <h2>Your data</h2>
      <details>
        <summary>
          <span class="what">
            What Stance reads
            <small>
              {enrolled ? `Signed by this device and sent to ${server ?? 'your organisation'}.` : 'It stays on this device, which is not enrolled anywhere.'}
            </small>
          </span>
          <Chevron />
        </summary>
        <p class="not">
          No files, no browsing, no location. {serialNumber === null ? 'Serial numbers, user names' : 'User names'}, network names and process lists are never
          sent.
        </p>
        {serialNumber !== null && (
          <p class="not">
            Your organisation asks for the serial number of this device. It was sent when the device joined: <b>{serialNumber}</b>
          </p>
        )}
        {state.readings.map((reading) => (
          <div key={reading.check} class="reading">
            <h3>{titles.get(reading.check) ?? reading.check}</h3>
            <Value reading={reading} />
          </div>
        ))}
      </details>
    </section>
  );
}

function Value({ reading }: { readonly reading: Reading }) {
  if (reading.status !== 'known') return <p>{reading.detail ?? reasonInWords(reading.reason)}</p>;
  const { value } = reading;
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [['value', value] as const];
  return (
    <>
      <dl>
        {members.map(([name, member]) => (
          <div key={name}>
            <dt>{labelOf(name)}</dt>
            <dd>{valueInWords(member)}</dd>
          </div>
        ))}
      </dl>
      {reading.method !== undefined && <p class="method">from {reading.method}</p>}
    </>
  );
}

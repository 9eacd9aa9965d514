/** One group of checks: those that ask something of the person unfold to the steps, the others are single lines. */
import type { CheckAppraisal } from '../../src/model/index.ts';
import { Glyph } from '../ui/glyph.tsx';
import { reasonInWords } from '../ui/words.ts';
import type { Group } from './groups.ts';

interface Props {
  readonly group: Group;
  readonly openSettings: (check: string) => void;
}

export function CheckGroup({ group, openSettings }: Props) {
  const heading = `group-${group.id}`;
  return (
    <section class={`group ${group.id}`} aria-labelledby={heading}>
      <h2 id={heading}>
        {group.title} <span class="count">{group.checks.length}</span>
      </h2>
      <ul>
        {group.checks.map((check, index) => (
          <li key={check.check}>
            {group.id === 'attention' || group.id === 'advice' ? (
              <Mendable check={check} open={group.id === 'attention' && index === 0} openSettings={openSettings} />
            ) : (
              <Line check={check} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A title says the healthy state. Where that is not so, the sentence that says what is wrong leads. */
function Mendable({ check, open, openSettings }: { readonly check: CheckAppraisal; readonly open: boolean; readonly openSettings: (check: string) => void }) {
  const { remedy } = check;
  return (
    <details open={open}>
      <summary>
        <Glyph shape="fail" />
        <span class="what">
          <strong>{check.because ?? `Not so: ${check.title}`}</strong>
          <small>Should be: {check.title}</small>
        </span>
        <Chevron />
      </summary>
      <div class="remedy">
        {remedy === undefined || remedy.steps.length === 0 ? (
          <p>Please ask whoever looks after this device.</p>
        ) : (
          <ol>
            {remedy.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        {remedy?.open !== undefined && (
          <button type="button" class="quiet" onClick={() => openSettings(check.check)}>
            Open settings
            <span class="said"> for {check.title}</span>
          </button>
        )}
      </div>
    </details>
  );
}

function Line({ check }: { readonly check: CheckAppraisal }) {
  return (
    <div class="line">
      <Glyph shape={check.verdict} />
      <span class="what">
        <span>{check.title}</span>
        <small>{explain(check)}</small>
      </span>
    </div>
  );
}

const explain = (check: CheckAppraisal): string | undefined => (check.verdict === 'pass' ? check.because : (check.because ?? reasonInWords(check.reason)));

const Chevron = () => (
  <svg class="chevron" width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" aria-hidden="true">
    <path d="M4 2.5 7.5 6 4 9.5" />
  </svg>
);

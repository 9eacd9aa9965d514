/** One group of checks: those that ask something of the person unfold to the steps, the others are single lines. */
import type { CheckAppraisal } from '../../src/model/index.ts';
import { Glyph } from '../ui/glyph.tsx';
import { LANGUAGE, reasonInWords } from '../ui/words.ts';
import { Chevron } from './chevron.tsx';
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
              <Mendable
                check={check}
                shape={group.id === 'attention' ? 'fail' : 'advice'}
                open={group.id === 'attention' && index === 0}
                openSettings={openSettings}
              />
            ) : (
              <Line check={check} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface MendableProps {
  readonly check: CheckAppraisal;
  readonly shape: 'fail' | 'advice';
  /** Unfolded when first shown. */
  readonly open: boolean;
  readonly openSettings: (check: string) => void;
}

/** A title says the healthy state. Where that is not so, the sentence that says what is wrong leads. */
function Mendable({ check, shape, open, openSettings }: MendableProps) {
  const { remedy } = check;
  return (
    <details open={open}>
      <summary>
        <Glyph shape={shape} />
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
              <li key={step.en} lang={LANGUAGE}>
                {step[LANGUAGE]}
              </li>
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

function explain({ verdict, because, reason }: CheckAppraisal): string | undefined {
  if (verdict === 'pass') return because;
  // What the doors said is exact, and for engineers: it stands under "What Stance reads".
  const why = reason === undefined ? because : reasonInWords(reason);
  // A title states the healthy state: beside a diamond it would read as if it were so.
  return verdict === 'unknown' ? `Not known. ${why ?? ''}` : why;
}

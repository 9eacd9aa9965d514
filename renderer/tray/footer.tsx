/** Always in sight: when the device was looked at, who was told, and the way to look again. */
import type { TrayState } from '../../src/model/index.ts';
import { When } from '../ui/when.tsx';

interface Props {
  readonly state: TrayState;
  readonly checkAgain: () => void;
}

export function Footer({ state, checkAgain }: Props) {
  return (
    <footer>
      <div class="told">
        <p>
          {state.readAt === null ? (
            'Not checked yet'
          ) : (
            <>
              Checked <When at={state.readAt} />
            </>
          )}
        </p>
        <Report state={state} />
      </div>
      {/* Not `disabled`: a button that loses the focus while it works leaves people on a keyboard nowhere. */}
      <button type="button" aria-disabled={state.checking} onClick={() => state.checking || checkAgain()}>
        {state.checking ? 'Checking…' : 'Check again'}
      </button>
    </footer>
  );
}

function Report({ state: { report, agent } }: { readonly state: TrayState }) {
  if (report.problem !== null) return <p class="warning">{report.problem}</p>;
  if (!report.enrolled) return <p>Not reported to anyone</p>;
  if (report.lastReportedAt === null) return <p>Not reported yet</p>;
  return (
    <p>
      Reported <When at={report.lastReportedAt} />
      {agent === 'system' && ' by the system agent'}
    </p>
  );
}

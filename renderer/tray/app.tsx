/** The whole window: how the device stands, the checks by what they ask of the person, and where the data goes. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { TrayApi, TrayState } from '../../src/model/ipc.ts';
import { summarise } from '../../src/model/standing.ts';
import { Glyph } from '../ui/glyph.tsx';
import { CheckGroup } from './check-group.tsx';
import { Footer } from './footer.tsx';
import { groupChecks } from './groups.ts';
import { ManagedByOrganisation } from './managed-by-organisation.tsx';
import { WhatIsRead } from './what-is-read.tsx';

export function App({ api }: { readonly api: TrayApi }) {
  const [state, setState] = useState<TrayState | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const off = api.on('state', setState);
    api.state().then(setState, (error: Error) => setProblem(error.message));
    return off;
  }, [api]);

  const checkAgain = useCallback(() => {
    setProblem(null);
    api.checkAgain().then(setState, (error: Error) => setProblem(error.message));
  }, [api]);
  const openSettings = useCallback(
    (check: string) => {
      api.openSettings(check).then(
        (opened) => setProblem(opened ? null : 'The settings could not be opened from here. Please follow the steps.'),
        (error: Error) => setProblem(error.message),
      );
    },
    [api],
  );

  if (state === null) return problem === null ? null : <p class="problem">{problem}</p>;
  const { standing, headline, detail } = summarise(state);
  return (
    <>
      <header class={`hero ${standing}`}>
        <Glyph shape={standing} size={44} />
        <div role="status">
          <h1>{headline}</h1>
          <p>{detail}</p>
        </div>
      </header>
      <main>
        {problem !== null && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {groupChecks(state).map((group) => (
          <CheckGroup key={group.id} group={group} openSettings={openSettings} />
        ))}
        {state.appraisal !== null && <WhatIsRead state={state} />}
        {state.managed !== null && <ManagedByOrganisation managed={state.managed} />}
      </main>
      <Footer state={state} checkAgain={checkAgain} />
    </>
  );
}

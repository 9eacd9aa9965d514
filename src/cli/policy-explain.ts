/** `stance policy explain DECISION`: why a decision was as it was, out of the service's database: by the policies of then, where they are kept. */
import { StanceError } from '../model/index.ts';
import { compileEngine, DEFAULT_REPORT_INTERVAL_MS, loadPolicies, type PolicySet } from '../policy/index.ts';
import { pastDecisions, type Store } from '../service/index.ts';
import { outcomeWord, say, sayJson, warn } from './output.ts';
import { readPolicyFolder } from './policy-files.ts';
import { showExplanation } from './policy-what-if.ts';
import { openExisting } from './store.ts';

interface ExplainOptions {
  readonly policies?: string;
  readonly store: string;
  readonly json?: boolean;
}

/** The set that decided, out of the versions that were applied, or out of a folder that says the same. */
function setOf(version: string, store: Store, folder: string | undefined): PolicySet | undefined {
  const kept = store.policyVersions().find((one) => one.version === version);
  const files = kept === undefined ? undefined : store.appliedPolicies(kept.number)?.files;
  if (files !== undefined) return loadPolicies(files);
  const set = folder === undefined ? undefined : loadPolicies(readPolicyFolder(folder));
  return set?.version === version ? set : undefined;
}

function findPast(store: Store, id: string) {
  for (const past of pastDecisions(store, 0)) if (past.id === id) return past;
  return undefined;
}

/** @throws StanceError `not-found` for a decision that is not kept, or policies that are not; `store-unavailable`, `policy-invalid` */
export async function explainDecision(id: string, { policies, store: address, json }: ExplainOptions): Promise<number> {
  const store = openExisting(address);
  try {
    const past = findPast(store, id);
    if (past === undefined)
      throw new StanceError('not-found', `There is no decision ${id} here: decisions are kept for 30 days. The id is context.id of the answer.`);
    const set = setOf(past.version, store, policies);
    if (set === undefined)
      throw new StanceError(
        'not-found',
        `The decision was ${past.outcome}, by policies of version ${past.version}, which are not kept here. Name the folder that holds them: --policies FOLDER`,
      );
    const explanation = compileEngine(set, { reportIntervalMs: DEFAULT_REPORT_INTERVAL_MS }).explain(past.input);
    const { subject, action, resource } = past.input.request;
    if (json)
      sayJson({
        decided: { id, at: new Date(past.at).toISOString(), outcome: past.outcome, version: past.version, request: past.input.request },
        ...explanation,
      });
    else {
      say(
        `${new Date(past.at).toISOString()}  ${subject.type} ${subject.id} would ${action.name} ${resource.type} ${resource.id}: ${outcomeWord(past.outcome)}\n`,
      );
      showExplanation(explanation);
    }
    // What a reading was worth in words is not kept, so a reason may be shorter; the outcome must be the same.
    if (explanation.decision.context.outcome !== past.outcome) warn(`Made again from what was kept, it would be ${explanation.decision.context.outcome}.`);
    return 0;
  } finally {
    store.close();
  }
}

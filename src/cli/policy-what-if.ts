/** `stance policy what-if FOLDER`: what every policy says to a question, and why not; on an imagined device, or on a real one out of a store. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { StanceError } from '../model/index.ts';
import {
  DEFAULT_REPORT_INTERVAL_MS,
  type Explanation,
  enforcing,
  loadPolicies,
  type PolicyExplanation,
  type PolicySet,
  parseQuestion,
  whatIf,
} from '../policy/index.ts';
import { catalogIn, draftedDevice } from '../service/index.ts';
import { faint, heading, outcomeWord, say, sayJson, table, verdictWord } from './output.ts';
import { readPolicyFolder } from './policy-files.ts';
import { openExisting } from './store.ts';

interface WhatIfOptions {
  readonly ask?: string;
  readonly subject?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly check?: readonly string[];
  readonly compliance?: string;
  readonly device?: string;
  readonly enforce?: readonly string[];
  readonly store: string;
  readonly state: string;
  readonly json?: boolean;
}

/** `app:payroll`, or `payroll`, which is an app. */
function resourceOf(text: string): { type?: string; id: string } {
  const colon = text.indexOf(':');
  return colon < 0 ? { id: text } : { type: text.slice(0, colon), id: text.slice(colon + 1) };
}

function checksOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((one) => {
      const [, id, verdict] = /^([a-z_.]+)=([a-z-]+)$/.exec(one) ?? [];
      if (id === undefined || verdict === undefined) throw new StanceError('usage', `--check ${one}: write it as disk.encryption=fail.`);
      return [id, verdict];
    }),
  );
}

/** What the flags say, laid over the file; as a text again, so that one parser finds every error. */
function questionText({ ask, subject, resource, action, check, compliance, device }: WhatIfOptions): { readonly text: string; readonly name: string } {
  const changes = {
    ...(subject === undefined ? {} : { subject }),
    ...(resource === undefined ? {} : { resource: resourceOf(resource) }),
    ...(action === undefined ? {} : { action }),
    ...(device === 'none' ? { device } : {}),
    ...(check === undefined && compliance === undefined
      ? {}
      : { device: { ...(compliance === undefined ? {} : { compliance }), ...(check === undefined ? {} : { checks: checksOf(check) }) } }),
  };
  if (ask === undefined) return { text: JSON.stringify(changes), name: 'the question' };
  let text: string;
  try {
    text = readFileSync(ask, 'utf8');
  } catch (cause) {
    throw new StanceError('usage', `${ask} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, { cause });
  }
  if (Object.keys(changes).length > 0) throw new StanceError('usage', 'Either --ask with the whole question in a file, or the flags.');
  return { text, name: path.basename(ask) };
}

function realDevice(set: PolicySet, { store: address, state, device }: WhatIfOptions) {
  if (device === undefined || device === 'none') return undefined;
  const store = openExisting(address);
  try {
    return draftedDevice(store, device, set, catalogIn(state), Date.now());
  } finally {
    store.close();
  }
}

function why({ condition, controls, any, result }: PolicyExplanation): string {
  if (condition !== undefined) return `${condition.path}: ${condition.because}`;
  if (result === 'blocked') return 'it blocks';
  const unmet = controls.filter(({ met }) => !met);
  if (unmet.length === 0) return controls.length === 0 ? '' : `has ${controls.map(({ control }) => control).join(any ? ' or ' : ' and ')}`;
  return unmet.map(({ control, because }) => `lacks ${control}${because === undefined ? '' : `: ${because.en}`}`).join(any ? ' — or ' : '; ');
}

export function showExplanation({ decision: { context }, protected: closed, policies }: Explanation): void {
  const obligations = context.obligations.length === 0 ? '' : `  with ${context.obligations.join(', ')}`;
  say(`${heading('Decision')}  ${outcomeWord(context.outcome)}${obligations}${closed ? faint('  (protected: a policy must grant it)') : ''}`);
  for (const { policy, admin, user } of context.reasons)
    say(`  ${admin.en}${policy === '' ? '' : faint(` (${policy})`)}\n  ${faint(`The person is told: ${user.en}`)}`);
  if (context.required_actions.length > 0) say(`  Asked for: ${context.required_actions.join(', ')}`);
  if (context.device !== undefined) say(`  Device: ${context.device.compliance}, ${context.device.assurance}, evidence ${context.device.evidence_age} s old`);
  say();
  say(
    table([
      ['POLICY', 'STATE', 'APPLIES', 'RESULT', 'WHY'].map(heading),
      ...policies.map((policy) => [policy.id, policy.state, policy.applies, policy.result ?? '–', why(policy)]),
    ]),
  );
  if (context.checks.length > 0) {
    say();
    say(table(context.checks.map(({ check, verdict, standing, because }) => [check, verdictWord(verdict), standing ?? '', because ?? ''])));
  }
  for (const { title, remedy } of context.to_do) say(`\n${title}: ${remedy.steps.map(({ en }) => en).join(' ')}`);
}

/** Exit 0 where the decision is true, 1 where it is not. @throws StanceError `policy-invalid`, `question-invalid`, `device-unknown`, `usage` */
export async function whatIfPolicies(folder: string, options: WhatIfOptions): Promise<number> {
  const set = enforcing(loadPolicies(readPolicyFolder(folder)), options.enforce ?? []);
  const { text, name } = questionText(options);
  const question = parseQuestion(text, name);
  const explanation = whatIf(set, question, { reportIntervalMs: DEFAULT_REPORT_INTERVAL_MS, at: Date.now() }, realDevice(set, options));
  if (options.json) sayJson({ version: set.version, ...explanation });
  else showExplanation(explanation);
  return explanation.decision.decision ? 0 : 1;
}

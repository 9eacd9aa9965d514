/** Tries policies on cases. Pure. */
import type { Decision } from '../model/index.ts';
import { compileEngine, type EngineOptions } from './engine.ts';
import type { Explanation } from './explain.ts';
import { imagineDevice } from './imagine.ts';
import type { PolicySet } from './policy-set.ts';
import { requestOf } from './question.ts';
import type { Case, ExpectedResult, PolicyTests } from './test-cases.ts';

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** What came out otherwise than expected, a sentence each. */
  readonly differences: readonly string[];
  readonly explanation: Explanation;
}

const DEFAULT_AT = '2026-11-24T08:00:00Z';

/** The set as a file of cases wants it. */
function setFor(set: PolicySet, { policies, directory }: PolicyTests): PolicySet {
  const accessPolicies =
    policies === undefined
      ? set.accessPolicies
      : set.accessPolicies
          .filter(({ document }) => policies.includes(document.id))
          .map(({ document, version }) => ({ version, document: { ...document, state: 'enforced' as const } }));
  return { ...set, accessPolicies, ...(directory === undefined ? {} : { directory: { kind: 'directory', ...directory } }) };
}

function resultOf(policy: string, { context: { policies } }: Decision): ExpectedResult {
  const result = (['satisfied', 'unmet', 'blocked', 'unknown'] as const).find((one) => policies[one].includes(policy));
  return result ?? policies.report_only.find(({ id }) => id === policy)?.result ?? 'not-applied';
}

function differencesOf(expected: Case['expect'], decision: Decision): string[] {
  const { outcome, actions, obligations, policies = {} } = typeof expected === 'string' ? { outcome: expected } : expected;
  const { context } = decision;
  const sorted = (names: readonly string[]): string => [...names].sort().join(', ') || 'none';
  const differences: string[] = [];
  const compare = (what: string, wanted: string | undefined, found: string): void => {
    if (wanted !== undefined && wanted !== found) differences.push(`${what}: expected ${wanted}, found ${found}.`);
  };
  compare('outcome', outcome, context.outcome);
  compare(
    'actions',
    actions === undefined ? undefined : sorted(actions),
    sorted([...new Set([...context.required_actions, ...(context.required_any ?? []).flat()])]),
  );
  compare('obligations', obligations === undefined ? undefined : sorted(obligations), sorted(context.obligations));
  for (const [policy, wanted] of Object.entries(policies)) compare(`policy ${policy}`, wanted, resultOf(policy, decision));
  return differences;
}

/** Tries every case of a file on a set of policies. */
export function runTests(set: PolicySet, tests: PolicyTests, options: EngineOptions): CaseResult[] {
  const own = setFor(set, tests);
  const engine = compileEngine(own, options);
  return tests.cases.map((one) => {
    const request = requestOf(one);
    const at = Date.parse(one.at ?? tests.at ?? DEFAULT_AT);
    const device = imagineDevice(one.device ?? 'none', request.subject.id, own, at);
    const explanation = engine.explain({ id: one.name, request, ...device, at, trustProperties: one.believed ?? true });
    const differences = differencesOf(one.expect, explanation.decision);
    return { name: one.name, passed: differences.length === 0, differences, explanation };
  });
}

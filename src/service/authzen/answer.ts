/**
 * A decision as JSON. What `JSON.stringify` would make of it, but for the order of members, put together from parts, because an
 * answer is mostly the ids of policies and empty lists, and writing it took longer than deciding it.
 */
import type { Decision, DecisionContext } from '../../model/index.ts';
import { listJson, plainJson, rememberText, reportedJson, wordJson, wordsJson } from '../json-text.ts';

const isEmpty = (record: object): boolean => {
  for (const _ in record) return false;
  return true;
};

const policiesJson = rememberText<DecisionContext['policies']>(
  ({ satisfied, unmet, blocked, unknown, first_unmet, report_only }) =>
    `{"satisfied":${wordsJson(satisfied)},"unmet":${wordsJson(unmet)},"blocked":${wordsJson(blocked)},"unknown":${wordsJson(unknown)},"first_unmet":${
      isEmpty(first_unmet) ? '{}' : JSON.stringify(first_unmet)
    },"report_only":${reportedJson(report_only)}}`,
);

function deviceJson({ id, compliance, deadline, assurance, evidence_age }: NonNullable<DecisionContext['device']>): string {
  const until = deadline === undefined ? '' : `"deadline":${JSON.stringify(deadline)},`;
  return `{"id":${plainJson(id)},"compliance":"${compliance}",${until}"assurance":${wordJson(assurance)},"evidence_age":${evidence_age}}`;
}

export function decisionJson({ decision, context }: Decision): string {
  const { required_any: any, sign_in_frequency: signIn, exemptions, device } = context;
  return `{"decision":${decision},"context":{"id":${plainJson(context.id)},"outcome":"${context.outcome}","reasons":${listJson(
    context.reasons,
  )},"required_actions":${wordsJson(context.required_actions)}${any === undefined ? '' : `,"required_any":${JSON.stringify(any)}`},"obligations":${wordsJson(
    context.obligations,
  )}${signIn === undefined ? '' : `,"sign_in_frequency":${signIn}`},"policy_version":${wordJson(context.policy_version)},"policies":${policiesJson(
    context.policies,
  )},"checks":${listJson(context.checks)},"to_do":${listJson(context.to_do)}${exemptions === undefined ? '' : `,"exemptions":${JSON.stringify(exemptions)}`}${
    device === undefined ? '' : `,"device":${deviceJson(device)}`
  }${context.degraded === undefined ? '' : `,"degraded":${context.degraded}`},"max_age":${context.max_age}}}`;
}

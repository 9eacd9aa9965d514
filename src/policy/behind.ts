/** What a decision stands on of the device: checks, what the person can mend, exemptions, age of the evidence. Pure. */
import { checkById } from '../checks/index.ts';
import type { CheckBehind, CheckStanding, DecisionContext, ExemptionNote, Outcome, ToDo } from '../model/index.ts';
import { type Asked, verdictNow } from './asked.ts';
import type { DeviceFacts } from './decision-input.ts';
import { type Exemption, noteOf } from './exemption.ts';
import { exemptionOf, type Span } from './timeline.ts';

const MAX_TO_DO = 10;

export interface Bearing {
  readonly outcome: Outcome;
  /** Checks that the conditions of policies which block name. */
  readonly checks: readonly string[];
  /** Whether any policy that matches speaks of the device. */
  readonly aboutDevice: boolean;
}

type About = NonNullable<DecisionContext['device']>;
type Behind = Pick<DecisionContext, 'checks' | 'to_do' | 'exemptions' | 'device'>;

const STANDS_IN_THE_WAY: ReadonlySet<CheckStanding> = new Set(['failing', 'unknown', 'grace'] as const);
const NONE: Pick<Behind, 'checks' | 'to_do'> = { checks: [], to_do: [] };

function checkBehind(check: string, device: DeviceFacts, span: Span): CheckBehind {
  const standing = span.checks[check];
  const because = span.stale.includes(check) ? 'It was read too long ago to count.' : device.problems.find((problem) => problem.check === check)?.because;
  const verdict = verdictNow(check, span, device.verdicts);
  return { check, verdict, ...(standing === undefined ? {} : { standing }), ...(because === undefined ? {} : { because }) };
}

/** What can be mended is told with the steps, from the value that was read where there is one. */
const toDoOf = (checks: readonly CheckBehind[], device: DeviceFacts): ToDo[] =>
  checks
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown')
    .slice(0, MAX_TO_DO)
    .flatMap(({ check: id, because }) => {
      const check = checkById(id);
      const value = device.problems.find((problem) => problem.check === id)?.value;
      return check === undefined
        ? []
        : [{ check: id, title: check.title, ...(because === undefined ? {} : { because }), remedy: check.remedy(value, device.platform) }];
    });

const NO_NOTES: readonly ExemptionNote[] = [];
function exemptionsOf({ input: { device, request, at }, span }: Asked, exemptions: readonly Exemption[]): readonly ExemptionNote[] {
  if (device === null || span === undefined) return NO_NOTES;
  const app = request.resource.type === 'app' ? request.resource.id : undefined;
  const own = exemptions.filter(({ devices }) => devices.includes(device.id));
  if (own.length === 0) return NO_NOTES;
  const holding = Object.entries(span.checks).flatMap(([check, standing]) => (standing === 'exempt' ? (exemptionOf(check, own, at, app) ?? []) : []));
  return [...new Set(holding)].map(noteOf);
}

export function behind(asked: Asked, { outcome, checks: named, aboutDevice }: Bearing, exemptions: readonly Exemption[]): Behind {
  const { input, span } = asked;
  const { device, at } = input;
  if (device === null) return NONE;
  const about: { -readonly [member in keyof About]: About[member] } = {
    id: device.id,
    compliance: span?.compliance ?? 'unknown',
    assurance: device.assurance,
    evidence_age: Math.max(0, Math.floor((at - device.observedAt) / 1000)),
  };
  if (span?.deadline !== undefined) about.deadline = new Date(span.deadline).toISOString();
  if (span === undefined || !aboutDevice) return { ...NONE, device: about };
  let checks: CheckBehind[] | undefined;
  for (const check in span.checks) {
    const standing = span.checks[check];
    if (standing !== undefined && STANDS_IN_THE_WAY.has(standing)) checks = [...(checks ?? []), checkBehind(check, device, span)];
  }
  for (const check of named) if (checks?.some((one) => one.check === check) !== true) checks = [...(checks ?? []), checkBehind(check, device, span)];
  const notes = exemptionsOf(asked, exemptions);
  // Whoever gets in on grace is told what to mend before it ends.
  const mend = span.compliance === 'grace' || (outcome !== 'allow' && outcome !== 'restrict');
  const behind = { checks: checks ?? NONE.checks, to_do: mend && checks !== undefined ? toDoOf(checks, device) : NONE.to_do, device: about };
  return notes.length === 0 ? behind : { ...behind, exemptions: notes };
}

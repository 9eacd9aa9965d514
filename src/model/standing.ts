/** How a device stands, in one line for people: what the tray's tooltip and the head of its window both say. Pure. */
import type { CheckAppraisal } from './appraisal.ts';
import type { TrayState } from './ipc.ts';

/** `checking` only while there is nothing to show yet: an icon that changes with every check would be noise. */
export type Standing = 'ok' | 'attention' | 'unknown' | 'checking';

export interface Summary {
  readonly standing: Standing;
  readonly headline: string;
  readonly detail: string;
  /** Required checks that fail. */
  readonly failing: number;
}

/** `1 thing needs attention`, `3 things need attention`. */
const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Checks that the baseline asks for and that fail: what stands between the person and a device in good order. */
export const needsAttention = (check: CheckAppraisal): boolean => check.required && check.verdict === 'fail';

export function summarise(state: TrayState): Summary {
  const { appraisal } = state;
  if (appraisal === null) {
    return state.checking
      ? { standing: 'checking', headline: 'Looking at your device', detail: 'The first check takes a moment.', failing: 0 }
      : { standing: 'unknown', headline: 'Nothing has been checked yet', detail: 'Choose “Check again” to look at this device.', failing: 0 };
  }
  const required = appraisal.checks.filter((check) => check.required);
  const failing = required.filter(needsAttention).length;
  const unread = appraisal.checks.filter((check) => check.verdict === 'unknown').length;
  if (appraisal.baseline === null) {
    return { standing: 'unknown', headline: 'No rules for this system', detail: 'The checks are shown below and judged by nobody.', failing };
  }
  if (failing > 0) {
    const headline = plural(failing, 'thing needs attention', 'things need attention');
    const detail = appraisal.compliance === 'grace' ? 'There is still time: you keep access meanwhile.' : 'The steps to mend it are below.';
    return { standing: 'attention', headline, detail, failing };
  }
  if (appraisal.compliance === 'compliant') {
    const passing = required.filter((check) => check.verdict === 'pass').length;
    const also = unread === 0 ? '' : ` ${plural(unread, 'other', 'others')} could not be read.`;
    return {
      standing: 'ok',
      headline: 'Your device is in good order',
      detail: `${plural(passing, 'required check passes', 'required checks pass')}.${also}`,
      failing,
    };
  }
  return {
    standing: 'unknown',
    headline: 'Some things could not be read',
    detail: `${plural(unread, 'check has', 'checks have')} no answer; that is neither good nor bad.`,
    failing,
  };
}

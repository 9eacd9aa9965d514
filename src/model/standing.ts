/** How a device stands, in one line for people: what the tray's tooltip and the head of its window both say. Pure. */
import type { Appraisal, CheckAppraisal } from './appraisal.ts';
import type { TrayState } from './ipc.ts';

/** `checking` only while there is nothing to show yet: an icon that changes with every check would be noise. */
export type Standing = 'ok' | 'attention' | 'unknown' | 'checking';

export interface Summary {
  readonly standing: Standing;
  readonly headline: string;
  readonly detail: string;
}

/** Whether a check weighs: the baseline asks for it. Where nobody has given a baseline, each does. */
export const counts = ({ baseline }: Appraisal, { required }: CheckAppraisal): boolean => required || baseline === null;

export function summarise({ appraisal, checking }: TrayState): Summary {
  if (appraisal === null) {
    return checking
      ? { standing: 'checking', headline: 'Looking at your device', detail: 'The first check takes a moment.' }
      : { standing: 'unknown', headline: 'Nothing has been checked yet', detail: 'Choose “Check again” to look at this device.' };
  }
  const { checks, compliance, baseline } = appraisal;
  const count = (verdict: CheckAppraisal['verdict']): number => checks.filter((check) => check.verdict === verdict && counts(appraisal, check)).length;
  const failing = count('fail');
  const passing = count('pass');
  const unread = checks.filter(({ verdict }) => verdict === 'unknown').length;

  if (failing > 0) {
    return {
      standing: 'attention',
      headline: failing === 1 ? '1 thing needs attention' : `${failing} things need attention`,
      detail: compliance === 'grace' ? 'There is still time: you keep access meanwhile.' : 'The steps to mend it are below.',
    };
  }
  // Without a baseline nobody has said which answers may be lacking: then none may.
  const good = baseline === null ? passing > 0 && unread === 0 : compliance === 'compliant';
  if (good) {
    const passes = `${passing} ${baseline === null ? '' : 'required '}${passing === 1 ? 'check passes' : 'checks pass'}.`;
    return { standing: 'ok', headline: 'Your device is in good order', detail: unread === 0 ? passes : `${passes} ${unread} could not be read.` };
  }
  return {
    standing: 'unknown',
    headline: 'Some things could not be read',
    detail: `${unread} ${unread === 1 ? 'check has' : 'checks have'} no answer; that is neither good nor bad.`,
  };
}

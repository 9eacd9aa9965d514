/** Whether a device may be used at all, by where it stands with the service. */
import type { RequiredAction } from '../model/index.ts';
import type { DecisionInput } from './decision-input.ts';

export interface Unmet {
  readonly outcome: 'challenge' | 'block';
  readonly action?: RequiredAction;
  readonly admin: string;
  readonly user: string;
}
/** A claim about the session, believed only from a caller that may be believed. */
export const claims = (input: DecisionInput, name: string): unknown => (input.trustProperties ? input.request.context?.[name] : undefined);

/** RFC 8176: authentication method references. */
export function hasSecondFactor(input: DecisionInput): boolean {
  const amr = claims(input, 'amr');
  return Array.isArray(amr) && amr.includes('mfa');
}

/** What a device that may not be used is told; undefined for one that may. Suspicion is a challenge: a second factor is asked of the person. */
export function standing(input: DecisionInput): Unmet | undefined {
  const { state, device, owner, request } = input;
  const name = device?.id ?? 'of this request';
  if (owner !== null && owner !== request.subject.id)
    return {
      outcome: 'block',
      admin: `The device ${name} belongs to somebody else.`,
      user: 'This device belongs to somebody else. Use your own, or ask your administrator.',
    };
  switch (state) {
    case null:
      return {
        outcome: 'block',
        action: 'enroll-device',
        admin: 'The request names no device that is enrolled here.',
        user: 'This device is not known here. Install Stance on it and enroll it.',
      };
    case 'pending':
      return {
        outcome: 'block',
        admin: `The device ${name} waits for approval.`,
        user: 'This device waits for the approval of your administrator.',
      };
    case 'quarantined':
      return {
        outcome: 'block',
        admin: `The device ${name} is quarantined: two report with its key.`,
        user: 'Somebody else reports as this device. Tell your administrator; the device has to be enrolled again.',
      };
    case 'revoked':
      return { outcome: 'block', admin: `The device ${name} is revoked.`, user: 'This device may not be used any more. Ask your administrator.' };
    case 'retired':
      return {
        outcome: 'block',
        action: 'enroll-device',
        admin: `The device ${name} is retired.`,
        user: 'This device has left. Enroll it again to use it here.',
      };
    case 'suspect':
      return hasSecondFactor(input)
        ? undefined
        : {
            outcome: 'challenge',
            action: 'mfa',
            admin: `The device ${name} is suspect: it was restored from a backup, or its key is held twice.`,
            user: 'Something about this device changed. Confirm that it is you with a second factor.',
          };
    case 'active':
      return undefined;
  }
}

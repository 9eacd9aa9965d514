/** What an access policy requires: its controls, compiled to closures that say what is unmet, to the admin and to the person. */
import { ASSURANCES, type RequiredAction } from '../model/index.ts';
import type { Control } from './access.ts';
import type { DecisionInput } from './decision-input.ts';

export interface Unmet {
  readonly outcome: 'challenge' | 'block';
  readonly action?: RequiredAction;
  readonly admin: string;
  readonly user: string;
}
export type Requirement = (input: DecisionInput) => Unmet | undefined;

const minutes = (ms: number): string => `${Math.max(1, Math.round(ms / 60_000))} minutes`;

function requireCompliance(staleMs: number): Requirement {
  return ({ device, revoked, at }) => {
    if (device === null) {
      return {
        outcome: 'block',
        action: 'enroll-device',
        admin: 'The request names no device that is enrolled here.',
        user: 'This device is not known here. Install Stance on it and enroll it.',
      };
    }
    if (revoked) return { outcome: 'block', admin: `Device ${device.id} is revoked.`, user: 'This device may not be used any more. Ask your administrator.' };
    if (at - device.observedAt > staleMs) {
      const age = minutes(at - device.observedAt);
      return {
        outcome: 'challenge',
        action: 'fix-device',
        admin: `Device ${device.id} has not reported for ${age}.`,
        user: `This device has not reported for ${age}. Open Stance on it and choose "Check again".`,
      };
    }
    if (device.compliance === 'compliant' || device.compliance === 'grace') return undefined;
    const unknown = device.compliance === 'unknown';
    return {
      outcome: 'challenge',
      action: 'fix-device',
      admin: `Device ${device.id} is ${device.compliance}: ${device.problems.map(({ check, because }) => (because === undefined ? check : `${check} (${because})`)).join('; ') || 'nothing was appraised'}.`,
      user: unknown
        ? 'Some things about this device could not be read, so it cannot be told whether it is healthy.'
        : 'This device needs attention before it may open this.',
    };
  };
}

/** A claim about the session, believed only from a caller that may be believed. */
const claims = (input: DecisionInput, name: string): unknown => (input.trustProperties ? input.request.context?.[name] : undefined);

export function compileControl(control: Control, staleMs: number): Requirement {
  if (control === 'compliant-device') return requireCompliance(staleMs);
  if (control === 'mfa') {
    const unmet: Unmet = {
      outcome: 'challenge',
      action: 'mfa',
      admin: 'No multi-factor authentication is claimed for this session (context.amr).',
      user: 'Confirm that it is you with a second factor.',
    };
    return (input) => {
      // RFC 8176: authentication method references.
      const amr = claims(input, 'amr');
      return Array.isArray(amr) && amr.includes('mfa') ? undefined : unmet;
    };
  }
  if (control === 'terms-of-use') {
    const unmet: Unmet = {
      outcome: 'challenge',
      action: 'terms-of-use',
      admin: 'The terms of use are not accepted (context.terms_of_use).',
      user: 'Read and accept the terms of use.',
    };
    return (input) => (claims(input, 'terms_of_use') === true ? undefined : unmet);
  }
  const wanted = ASSURANCES.indexOf(control.assurance);
  return ({ device, revoked }) => {
    if (device !== null && !revoked && ASSURANCES.indexOf(device.assurance) <= wanted) return undefined;
    return {
      outcome: 'block',
      admin: `The assurance of the device is ${device?.assurance ?? 'not known'}; ${control.assurance} is required.`,
      user: 'This needs a device with a security chip that is enrolled with it.',
    };
  };
}

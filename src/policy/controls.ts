/** What an access policy requires: its controls, compiled to closures that say what is unmet, to the admin and to the person. */
import { ASSURANCES } from '../model/index.ts';
import type { Control } from './access.ts';
import type { DecisionInput } from './decision-input.ts';
import { claims, hasSecondFactor, standing, type Unmet } from './standing.ts';

export type Requirement = (input: DecisionInput) => Unmet | undefined;

const minutes = (ms: number): string => `${Math.max(1, Math.round(ms / 60_000))} minutes`;

function requireCompliance(staleMs: number): Requirement {
  return (input) => {
    const unmet = standing(input);
    if (unmet !== undefined) return unmet;
    const { device, at } = input;
    if (device === null) {
      return {
        outcome: 'challenge',
        action: 'fix-device',
        admin: 'The device has not reported yet.',
        user: 'This device has not reported yet. Open Stance on it and choose "Check again".',
      };
    }
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

export function compileControl(control: Control, staleMs: number): Requirement {
  if (control === 'compliant-device') return requireCompliance(staleMs);
  if (control === 'mfa') {
    const unmet: Unmet = {
      outcome: 'challenge',
      action: 'mfa',
      admin: 'No multi-factor authentication is claimed for this session (context.amr).',
      user: 'Confirm that it is you with a second factor.',
    };
    return (input) => (hasSecondFactor(input) ? undefined : unmet);
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
  return (input) => {
    const { device } = input;
    if (device !== null && standing(input) === undefined && ASSURANCES.indexOf(device.assurance) <= wanted) return undefined;
    return {
      outcome: 'block',
      admin: `The assurance of the device is ${device?.assurance ?? 'not known'}; ${control.assurance} is required.`,
      user: 'This needs a device with a security chip that is enrolled with it.',
    };
  };
}

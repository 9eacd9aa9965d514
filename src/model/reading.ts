/** What a check found on a device, and what a judge makes of it. DESIGN section 1; RFC 9334 for the words. */
import { type Static, Type } from 'typebox';
import type { JsonValue } from './json.ts';

/** `process.platform` of the systems that Stance reads. */
export type Platform = 'linux' | 'darwin' | 'win32';
export const PLATFORMS: readonly Platform[] = ['linux', 'darwin', 'win32'];

/** Why a value is not known. Unknown is not no, and never yes. */
export const UNKNOWN_REASONS = [
  'permission', // the system refused
  'timeout', // no answer within the bound
  'missing-tool', // the program or file that would tell is not there
  'unparsable', // an answer that we do not understand, or too much of it
  'unsupported', // this system cannot be asked, or not by us
  'service-not-running', // what would tell is installed, and does not run
  'no-data', // the source answered that it does not know, or has nothing recent enough
  'not-read', // skipped on request, or nothing cached yet
  'not-recorded', // a recording lacks the call
  'stale', // read too long ago to count
  'missing', // required, and not in the evidence
  'unjustified', // claimed not applicable, and the catalogue does not grant it
  'unproven', // passes as far as the system says, and the baseline wants better proof than that
  'internal', // a defect of ours
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/** Why a check does not apply to a device. `platform`: there is no such thing on this system. */
export const NOT_APPLICABLE_REASONS = [
  'platform',
  'container', // the host owns it
  'wsl', // Windows owns it
  'virtual-machine',
  'no-uefi',
  'rolling-release',
  'image-based',
  'headless', // no graphical session, so nobody to lock out
  'not-required', // policy asks for nothing here
  'account-elsewhere', // the directory owns it
  'nothing-there', // there is none of what is looked at: no second disk
] as const;
export type NotApplicableReason = (typeof NOT_APPLICABLE_REASONS)[number];

/** What a reader says; the runner adds the check's id, the time and the cost. */
export type Finding<V> =
  | { readonly status: 'known'; readonly value: V; readonly method: string }
  | { readonly status: 'unknown'; readonly reason: UnknownReason; readonly detail?: string }
  | { readonly status: 'not-applicable'; readonly reason: NotApplicableReason; readonly detail?: string };

const common = {
  check: Type.String({ minLength: 1, maxLength: 64, description: 'Id of the check, as in the catalogue.' }),
  method: Type.Optional(Type.String({ maxLength: 200, description: 'Where the value was read.' })),
  detail: Type.Optional(Type.String({ maxLength: 500, description: 'For people: what exactly was not known, or why not applicable.' })),
  readAt: Type.String({ maxLength: 30, description: 'When it was read: ISO 8601, UTC.' }),
  tookMs: Type.Number({ minimum: 0, description: 'How long reading took, in milliseconds.' }),
};

/** A reading: a fact, never an opinion. `value` has the type that the check declares. */
export const Reading = Type.Union([
  Type.Object({ ...common, status: Type.Literal('known'), value: Type.Unknown() }),
  Type.Object({ ...common, status: Type.Literal('unknown'), reason: Type.Enum(UNKNOWN_REASONS) }),
  Type.Object({ ...common, status: Type.Literal('not-applicable'), reason: Type.Enum(NOT_APPLICABLE_REASONS) }),
]);
export type Reading = Static<typeof Reading>;

export const VERDICTS = ['pass', 'fail', 'unknown', 'not-applicable'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A verdict with its reason in one plain sentence ("/home on sdb2 is not encrypted"). */
export interface Judgement {
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly because?: string;
}

export const known = <V>(value: V, method: string): Finding<V> => ({ status: 'known', value, method });
export const unknown = (reason: UnknownReason, detail?: string): Finding<never> => ({ status: 'unknown', reason, ...(detail === undefined ? {} : { detail }) });
export const notApplicable = (reason: NotApplicableReason, detail?: string): Finding<never> => ({
  status: 'not-applicable',
  reason,
  ...(detail === undefined ? {} : { detail }),
});

export const pass = (because?: string): Judgement => ({ verdict: 'pass', ...(because === undefined ? {} : { because }) });
export const fail = (because: string): Judgement => ({ verdict: 'fail', because });
export const undecided = (because: string): Judgement => ({ verdict: 'unknown', because });

/** What two readings must agree on to be the same posture: status, value, reason. No times, no costs. */
export function essence(reading: Reading): JsonValue {
  switch (reading.status) {
    case 'known':
      return { check: reading.check, status: 'known', value: reading.value as JsonValue };
    case 'unknown':
    case 'not-applicable':
      return { check: reading.check, status: reading.status, reason: reading.reason };
  }
}

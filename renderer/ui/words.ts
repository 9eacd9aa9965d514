/** Codes as words for people who are not engineers. */
import type { NotApplicableReason, UnknownReason } from '../../src/model/reading.ts';
import { languageOf } from '../../src/model/words.ts';

/** The language of this person's system, as far as Stance speaks it. */
export const LANGUAGE = languageOf(navigator.language);

const UNKNOWN: Readonly<Record<UnknownReason, string>> = {
  permission: 'The system does not let this user read it.',
  timeout: 'The system did not answer in time.',
  'missing-tool': 'What would tell it is not installed.',
  unparsable: 'The system’s answer could not be understood.',
  unsupported: 'This system cannot be asked about it.',
  'service-not-running': 'The service that would tell it is not running.',
  'no-data': 'The system itself does not know, or its data is too old.',
  'not-read': 'It has not been read yet.',
  'not-recorded': 'The recording of this machine does not hold it.',
  stale: 'It was read too long ago to count.',
  missing: 'It is required, and nothing was read.',
  unjustified: 'It was said not to apply here, which is not accepted.',
  unproven: 'It passes as far as the system says, and your organisation wants better proof than that.',
  internal: 'Stance itself made a mistake while reading it.',
};

const NOT_APPLICABLE: Readonly<Record<NotApplicableReason, string>> = {
  platform: 'There is no such thing on this system.',
  container: 'This is a container; the machine around it decides.',
  wsl: 'This is Linux inside Windows; Windows decides.',
  'virtual-machine': 'This is a virtual machine.',
  'no-uefi': 'This machine starts without UEFI.',
  'rolling-release': 'This system has no versions that end.',
  'image-based': 'This system is replaced as a whole.',
  headless: 'Nobody sits in front of this machine.',
  'not-required': 'Nothing is asked for here.',
  'account-elsewhere': 'The account is managed elsewhere.',
  'nothing-there': 'There is none of what is looked at.',
};

const ALL = { ...UNKNOWN, ...NOT_APPLICABLE };

/** Why a value is not known or does not apply, in one sentence. */
export const reasonInWords = (reason: UnknownReason | NotApplicableReason): string => ALL[reason];

/** `lockEnabled` and `lock_enabled` → `Lock enabled`. */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_.-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A raw value as one short text. */
export function valueInWords(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueInWords).join('; ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, member]) => `${name} ${valueInWords(member)}`)
      .join(', ');
  }
  return String(value);
}

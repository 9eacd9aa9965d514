/** How long a new password must be on Linux: the modules of PAM that a change of password goes through. */
import { UnparsableError } from '../../model/index.ts';
import type { Ini } from './ini.ts';

export interface PasswordModule {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Modules that look at a new password, and the shortest one that each lets through where nothing else is said. */
const DEFAULT_LENGTHS: Readonly<Record<string, number>> = { pam_pwquality: 8, pam_cracklib: 9, pam_unix: 6 };
/** pwquality and cracklib let nothing shorter through, whatever is said. */
const QUALITY_FLOOR = 6;
const CREDITS = ['dcredit', 'ucredit', 'lcredit', 'ocredit'];

/** The `password` lines of a PAM configuration, pam.conf(5): `-password [success=1 default=ignore] pam_unix.so obscure minlen=8`. */
export function parsePasswordModules(text: string): PasswordModule[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, name, rest = ''] = /^\s*-?password\s+(?:\[[^\]]*\]|\w+)\s+(?:\S*\/)?(pam_\w+)\.so(?:\s+([^#]*))?/.exec(line) ?? [];
      if (name === undefined) return [];
      const options = rest
        .split(/\s+/)
        .filter((option) => option !== '')
        .map((option) => [option.split('=', 1)[0] ?? '', option.includes('=') ? option.slice(option.indexOf('=') + 1) : ''] as const);
      return [{ name, options: new Map(options) }];
    });
}

/** @throws UnparsableError */
function integerOf(text: string, name: string): number {
  if (!/^-?\d{1,4}$/.test(text)) throw new UnparsableError(`${name} is not a number`);
  return Number(text);
}

/** What one module asks for; undefined for one that looks at no length. `quality`: pwquality.conf, which arguments go over. @throws UnparsableError */
export function lengthOf({ name, options }: PasswordModule, quality: Ini): number | undefined {
  const otherwise = DEFAULT_LENGTHS[name];
  if (otherwise === undefined) return undefined;
  const settings = new Map([...(name === 'pam_pwquality' ? (quality.get('') ?? []) : []), ...options]);
  const number = (key: string, absent: number): number => {
    const text = settings.get(key);
    return text === undefined ? absent : integerOf(text, key);
  };
  const length = number('minlen', otherwise);
  if (name === 'pam_unix') return length;
  // Digits, capitals and the like may count for length; cracklib gives one for each kind where nothing is said.
  const credit = CREDITS.map((key) => Math.max(0, number(key, name === 'pam_cracklib' ? 1 : 0))).reduce((sum, each) => sum + each, 0);
  return Math.max(QUALITY_FLOOR, length - credit);
}

/** A password must pass every module. @throws UnparsableError where none looks at its length */
export function shortestPassword(modules: readonly PasswordModule[], quality: Ini): number {
  const lengths = modules.flatMap((module) => lengthOf(module, quality) ?? []);
  if (lengths.length === 0) throw new UnparsableError('no module that is known looks at the length of a password');
  return Math.max(...lengths);
}

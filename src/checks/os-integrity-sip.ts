/** Whether System Integrity Protection keeps macOS from being changed, even by root. */
import { Type } from 'typebox';
import { defineCheck, fail, known, pass, UnparsableError } from '../model/index.ts';
import { turnOnSip } from './remedies/os-integrity-sip.ts';

interface Protection {
  /** `custom`: parts of it are switched off, or were put together by hand. */
  readonly status: 'enabled' | 'disabled' | 'custom';
  /** The parts that are off, where the system lists them. */
  readonly off?: string[];
}

/** A part that only Apple's own machines have on. */
const INTERNAL = 'Apple Internal';

/** The answer of `csrutil status`: one sentence, and for a custom configuration a list of its parts. @throws UnparsableError */
export function parseSip(stdout: string): Protection {
  const status = /^System Integrity Protection status: (enabled|disabled|unknown|enabled \(Custom Configuration\)|unknown \(Custom Configuration\))\.$/m.exec(
    stdout,
  )?.[1];
  if (status === 'enabled' || status === 'disabled') return { status };
  if (status === undefined || status === 'unknown') throw new UnparsableError('csrutil does not say whether System Integrity Protection is on');
  const off = [...stdout.matchAll(/^\s+([A-Z][A-Za-z -]{1,40}): disabled$/gm)].map((match) => match[1] ?? '').filter((part) => part !== INTERNAL);
  return { status: 'custom', off: off.slice(0, 20) };
}

export default defineCheck({
  id: 'os.integrity.sip',
  title: 'System Integrity Protection is on',
  why: 'Without it, a program with administrator rights can change the system itself, and hide there.',
  group: 'system',
  owner: 'admin',
  cost: 'process',
  value: Type.Object({
    status: Type.Enum(['enabled', 'disabled', 'custom'], { description: 'custom: put together by hand, so that it protects less than Apple means it to.' }),
    off: Type.Optional(Type.Array(Type.String({ maxLength: 50 }), { maxItems: 20, description: 'The parts that are off, where it is custom.' })),
  }),
  params: Type.Object({}),
  read: {
    darwin: async (host) => {
      const { stdout, exit } = await host.run('csrutil', ['status']);
      if (exit !== 0) throw new UnparsableError(`csrutil ended with ${exit}`);
      return known(parseSip(stdout), 'csrutil status');
    },
  },
  judge: ({ status, off = [] }) => {
    if (status === 'enabled') return pass('System Integrity Protection is on.');
    if (status === 'disabled') return fail('System Integrity Protection is off.');
    return fail(`System Integrity Protection has a custom configuration${off.length === 0 ? '.' : `: ${off.join(', ')} off.`}`);
  },
  remedy: turnOnSip,
  controls: ['CIS macOS 5.1.2', 'NIST 800-53 SI-7', 'NIST 800-53 CM-5(6)'],
});

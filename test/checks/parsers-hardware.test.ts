/** Parsers of firmware, integrity and management answers: an answer or a coded refusal, whatever text comes. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEnrollment } from '../../src/checks/device-mdm.ts';
import { parseKernBoottime } from '../../src/checks/device-uptime.ts';
import { parseTpmVersion } from '../../src/checks/hw-tpm.ts';
import { parseAssessments } from '../../src/checks/os-integrity-gatekeeper.ts';
import { parseEnforce, parseModules, parseProfiles } from '../../src/checks/os-integrity-mac.ts';
import { parseSip } from '../../src/checks/os-integrity-sip.ts';
import { parseHypervisorPresent } from '../../src/checks/sources/environment-mac.ts';
import { parseBootPolicy, parseController, parseT2Policy } from '../../src/checks/sources/startup-security-mac.ts';
import { UnparsableError } from '../../src/model/index.ts';

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  ...{ parseEnrollment, parseKernBoottime, parseTpmVersion, parseAssessments, parseEnforce, parseModules, parseProfiles, parseSip, parseHypervisorPresent },
  ...{ parseBootPolicy, parseController, parseT2Policy: (text: string) => parseT2Policy(text, text, text.length % 2) },
};
/** Pieces of true answers in any order, so that the fuzzing gets past the first words. */
const pieces = fc
  .array(
    fc.constantFrom(
      ...[
        'System Integrity Protection status: ',
        'enabled',
        'disabled',
        'unknown',
        ' (Custom Configuration)',
        '.',
        '\n',
        '\t',
        'Kext Signing: ',
        'assessments ',
      ],
      ...[
        'MDM enrollment: ',
        'Enrolled via DEP: ',
        'Yes',
        'No',
        ' (User Approved)',
        '{"SPiBridgeDataType":',
        '[',
        ']',
        '{',
        '}',
        '"ibridge_secure_boot":',
        'null',
      ],
      ...[
        '"Full Security"',
        ',',
        'Security Mode: ',
        'Full',
        'AppleSecureBootPolicy\t',
        '%02',
        '%',
        ' (enforce)',
        '1',
        '0',
        'apparmor',
        '{ sec = ',
        ', usec = ',
      ],
    ),
    { maxLength: 30 },
  )
  .map((words) => words.join(''));
const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary', maxLength: 300 }), pieces);

test.each(Object.entries(parsers))('%s gives an answer or says that it does not understand', (_name, parse) => {
  fc.assert(
    fc.property(text, (input) => {
      try {
        parse(input);
      } catch (error) {
        expect(error).toBeInstanceOf(UnparsableError);
      }
    }),
    { numRuns: 500 },
  );
});

test('ten megabytes of nearly the right thing are refused in no time', () => {
  const long = `System Integrity Protection status: ${'enabled '.repeat(1_300_000)}`;
  const startedAt = Date.now();
  for (const parse of Object.values(parsers)) {
    try {
      parse(long);
    } catch (error) {
      expect(error).toBeInstanceOf(UnparsableError);
    }
  }
  expect(Date.now() - startedAt).toBeLessThan(30_000);
});

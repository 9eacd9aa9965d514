/** Attestation results say only what stands on something. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { statusOf, TIERS, tierOf, trustworthinessVector } from '../../src/attest/index.ts';
import { type Appraisal, ASSURANCES, COMPLIANCES, type Compliance, VERDICTS, type Verdict } from '../../src/model/index.ts';

const appraisal = (compliance: Compliance, disk?: Verdict): Appraisal => ({
  compliance,
  baseline: { id: 'b', version: 'v' },
  baselines: [{ id: 'b', version: 'v' }],
  platform: 'linux',
  appraisedAt: '2026-11-24T08:00:00.000Z',
  checks: disk === undefined ? [] : [{ check: 'disk.encryption', title: 'Disk is encrypted', verdict: disk, required: true, proof: 'reported' }],
  reasons: [],
});

test('an encrypted disk is 32 (no hardware measured), a plain one 96, an unread one nothing', () => {
  expect(trustworthinessVector(appraisal('compliant', 'pass'), 'software')).toEqual({ configuration: 2, 'storage-opaque': 32 });
  expect(trustworthinessVector(appraisal('not-compliant', 'fail'), 'software')).toEqual({ configuration: 96, 'storage-opaque': 96 });
  expect(trustworthinessVector(appraisal('unknown', 'unknown'), 'software')).toEqual({ configuration: 36 });
});

test('a software key never affirms, however healthy the device', () => {
  expect(statusOf(trustworthinessVector(appraisal('compliant'), 'software'))).toBe('warning');
  expect(statusOf(trustworthinessVector(appraisal('compliant'), 'hardware-attested'))).toBe('affirming');
});

test('the tiers are those of AR4SI section 2.3.2', () => {
  expect([0, 1, -1, 2, 31, 32, 95, 96, 127, -2, -32, -33, -96, -97, -128].map(tierOf)).toEqual([
    ...['none', 'none', 'none', 'affirming', 'affirming', 'warning', 'warning', 'contraindicated', 'contraindicated'],
    ...['affirming', 'affirming', 'warning', 'warning', 'contraindicated', 'contraindicated'],
  ]);
});

test('the status is never better than the worst member of the vector', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COMPLIANCES), fc.constantFrom(...VERDICTS), fc.constantFrom(...ASSURANCES), (compliance, disk, assurance) => {
      const vector = trustworthinessVector(appraisal(compliance, disk), assurance);
      const worst = Math.max(...Object.values(vector).map((value) => TIERS.indexOf(tierOf(value))));
      expect(TIERS.indexOf(statusOf(vector))).toBeGreaterThanOrEqual(worst);
    }),
  );
});

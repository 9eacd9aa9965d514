/** The policies that come with Stance: each with cases beside it, all of which pass. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadPolicies, runTests } from '../../src/policy/index.ts';
import { REPORT_INTERVAL_MS } from './policies.ts';

const folder = path.resolve(import.meta.dirname, '../../src/policy/templates');
const read = (names: readonly string[]) => names.map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
const names = readdirSync(folder).sort();
const templates = names.filter((name) => !name.endsWith('.test.yaml'));

test('there is one for each of what administrators start with', () => {
  expect(loadPolicies(read(names)).accessPolicies.map(({ document }) => document.id)).toEqual(
    expect.arrayContaining([
      'compliant-device-for-everything',
      'mfa-from-unmanaged-devices',
      'block-legacy-protocols',
      'block-unsupported-os',
      'hardware-attested-devices-for-admins',
      'no-downloads-from-unmanaged-devices',
      'confidential-data-only-from-encrypted-devices',
      'terms-of-use-for-guests',
      'step-up-on-medium-risk',
      'block-on-high-risk',
    ]),
  );
});

describe.each(templates)('%s', (name) => {
  const set = loadPolicies(read([name, name.replace('.yaml', '.test.yaml')]));
  test('only reports', () => {
    expect(set.accessPolicies.length).toBeGreaterThan(0);
    for (const { document } of set.accessPolicies) expect(document.state).toBe('report-only');
  });
  const results = set.tests.flatMap(({ document }) => runTests(set, document, { reportIntervalMs: REPORT_INTERVAL_MS }));
  test.each(results)('$name', ({ differences }) => expect(differences).toEqual([]));
  test('its cases can fail: without the policy, some do', () => {
    const without = { ...set, accessPolicies: [] };
    const failed = set.tests.flatMap(({ document }) => runTests(without, document, { reportIntervalMs: REPORT_INTERVAL_MS })).filter(({ passed }) => !passed);
    expect(failed.length).toBeGreaterThan(0);
  });
});

/** From readings to compliance, and from files to policies: unknown is not no, and never yes; and every error has a place. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CATALOGUE } from '../../src/checks/index.ts';
import { type Reading, StanceError } from '../../src/model/index.ts';
import { appraise, loadPolicies } from '../../src/policy/index.ts';
import { policyJsonSchemas } from '../../src/policy/schema.ts';
import { AT } from './policies.ts';

const readAt = new Date(AT).toISOString();
const known = (check: string, value: unknown): Reading => ({ check, status: 'known', value, method: 'm', readAt, tookMs: 1 });
const unread = (check: string): Reading => ({ check, status: 'unknown', reason: 'permission', readAt, tookMs: 1 });
const excused = (check: string, reason: 'container' | 'virtual-machine' | 'rolling-release'): Reading => ({
  check,
  status: 'not-applicable',
  reason,
  readAt,
  tookMs: 1,
});
const encrypted = known('disk.encryption', { volumes: [{ mount: '/', state: 'encrypted', by: ['LUKS2'], plain: [] }] });
const plain = known('disk.encryption', { volumes: [{ mount: '/', state: 'plain', by: [], plain: ['sda2'] }] });
const on = (container: string | null): Reading => known('device.virtual', { container, wsl: false, hypervisor: null });

const baselines = (rule: object = {}) =>
  loadPolicies([{ name: 'b.yaml', text: JSON.stringify({ kind: 'baseline', id: 'b', platforms: ['linux'], checks: { 'disk.encryption': rule } }) }]).baselines;
const judge = (readings: readonly Reading[], rule: object = {}) =>
  appraise(readings, { baselines: baselines(rule), platform: 'linux', catalogue: CATALOGUE, at: AT });

describe('compliance', () => {
  test.each<[string, readonly Reading[], object, string, string]>([
    ['a required check that passes', [encrypted], {}, 'compliant', 'pass'],
    ['one that fails', [plain], {}, 'not-compliant', 'fail'],
    ['one that is not known', [unread('disk.encryption')], {}, 'unknown', 'unknown'],
    ['not known, and that is to count as failing', [unread('disk.encryption')], { unknown: 'fail' }, 'not-compliant', 'unknown'],
    ['not known, and that is to be ignored', [unread('disk.encryption')], { unknown: 'ignore' }, 'compliant', 'unknown'],
    ['missing from the evidence', [], {}, 'unknown', 'unknown'],
    ['there twice, once good and once bad', [encrypted, plain], {}, 'unknown', 'unknown'],
    ['of a type that the check does not have', [known('disk.encryption', { volumes: 'all fine' })], {}, 'unknown', 'unknown'],
    ['excused by being in a container, and it is in one', [excused('disk.encryption', 'container'), on('docker')], {}, 'compliant', 'not-applicable'],
    ['excused by being in a container, and it says that it is not', [excused('disk.encryption', 'container'), on(null)], {}, 'unknown', 'unknown'],
    ['excused by being in a container, and nothing tells', [excused('disk.encryption', 'container')], {}, 'unknown', 'unknown'],
    ['excused by what this check does not excuse', [excused('disk.encryption', 'rolling-release')], {}, 'unknown', 'unknown'],
  ])('%s', (_name, readings, rule, compliance, verdict) => {
    const appraisal = judge(readings, rule);
    expect({ compliance: appraisal.compliance, verdict: appraisal.checks.find(({ check }) => check === 'disk.encryption')?.verdict }).toEqual({
      compliance,
      verdict,
    });
    expect(appraisal.reasons).toHaveLength(compliance === 'compliant' ? 0 : 1);
  });

  test('a system without a baseline is not compliant', () => {
    expect(appraise([encrypted], { baselines: [], platform: 'linux', catalogue: CATALOGUE, at: AT }).compliance).toBe('not-compliant');
  });

  test('whatever a device sends as a value, the answer is a verdict, and rubbish never passes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CATALOGUE.map(({ id }) => id)), fc.jsonValue(), (id, value) => {
        const [check] = appraise([known(id, value)], {
          baselines: [],
          platform: 'linux',
          catalogue: CATALOGUE.filter((other) => other.id === id),
          at: AT,
        }).checks;
        expect(check?.verdict).toBe('unknown');
      }),
    );
  });
});

describe('policy files', () => {
  const errorsIn = (...texts: string[]): string => {
    try {
      loadPolicies(texts.map((text, index) => ({ name: `${index}.yaml`, text })));
    } catch (error) {
      if (error instanceof StanceError) return error.message;
      throw error;
    }
    return 'none';
  };
  test.each<[string, string, RegExp]>([
    [
      'a check that does not exist',
      'kind: baseline\nid: x\nplatforms: [linux]\nchecks:\n  disk.encyption: {}\n',
      /^0\.yaml:5:3: .*did you mean "disk\.encryption"/,
    ],
    [
      'a parameter that does not exist',
      'kind: baseline\nid: x\nplatforms: [linux]\nchecks:\n  screen.lock:\n    params: { maxIdle: 3 }\n',
      /^0\.yaml:6:15: .*did you mean "maxIdleMs"/,
    ],
    [
      'a parameter of the wrong type',
      'kind: baseline\nid: x\nplatforms: [linux]\nchecks:\n  screen.lock:\n    params: { maxIdleMs: long }\n',
      /^0\.yaml:6:15: /,
    ],
    [
      'a member that does not exist',
      'kind: access-policy\nid: a\nstate: enforced\nwen: {}\nwhen: {}\ngrant: { block: true }\n',
      /^0\.yaml:4:1: .*did you mean "when"/,
    ],
    ['a member that is missing', 'kind: access-policy\nid: a\nwhen: {}\ngrant: { block: true }\n', /^0\.yaml:1:1: "state" is missing/],
    [
      'a condition that is not CEL',
      'kind: access-policy\nid: a\nstate: enforced\nwhen: { cel: "a b" }\ngrant: { block: true }\n',
      /^0\.yaml:4:9: The condition/,
    ],
    [
      'a condition over a name that does not exist',
      'kind: access-policy\nid: a\nstate: enforced\nwhen: { cel: "devise.id == 1" }\ngrant: { block: true }\n',
      /^0\.yaml:4:9: .*devise/,
    ],
    ['what is not YAML', 'kind: [baseline\n', /^0\.yaml:\d+:\d+: /],
    ['a key that stands twice', 'kind: baseline\nkind: baseline\n', /^0\.yaml:2:1: /],
    ['no kind', 'id: x\n', /^0\.yaml:1:1: "kind" is missing/],
  ])('%s: file, line, column, and what is meant', (_name, text, expected) => {
    expect(errorsIn(text)).toMatch(expected);
  });

  test('all errors of all files are told at once', () => {
    expect(errorsIn('kind: nonsense', 'id: x').split('\n')).toHaveLength(2);
  });

  test('two policies of one name', () => {
    const policy = 'kind: access-policy\nid: a\nstate: off\nwhen: {}\ngrant: { block: true }\n';
    expect(errorsIn(policy, policy)).toContain('stands in 0.yaml already');
  });

  test('whatever text comes, it is a policy or a list of errors; bombs of aliases do not go off', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[ \n:\-[\]{}&*!|>'"a-z]*$/)), (text) => expect(typeof errorsIn(text)).toBe('string')),
      { numRuns: 500 },
    );
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 8 }, (_, index) => `${'bcdefghi'[index]}: &${'bcdefghi'[index]} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`),
    ].join('\n');
    expect(errorsIn(bomb)).not.toBe('none');
  });
});

test('the schemas that editors use are the ones that are checked', () => {
  for (const [name, text] of Object.entries(policyJsonSchemas())) {
    expect({ name, text: readFileSync(path.resolve(import.meta.dirname, '../../docs/schema', name), 'utf8') }).toEqual({ name, text });
  }
});

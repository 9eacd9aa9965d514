/** A device as it was, judged by a draft: by what was read, as time goes by, and never better than what is known. */
import { expect, test } from '@jest/globals';
import { BUNDLED_CATALOG } from '../../src/checks/index.ts';
import { loadPolicies, spanOf } from '../../src/policy/index.ts';
import { createRejudging } from '../../src/policy/rejudge.ts';
import { AT, laptop } from './policies.ts';

const DAY_MS = 86_400_000;
const ABOUT = { owner: null, tags: [] };
const rejudging = (checks: object) =>
  createRejudging(loadPolicies([{ name: 'b.yaml', text: JSON.stringify({ kind: 'baseline', id: 'laptop', platforms: ['linux'], checks }) }]), BUNDLED_CATALOG);
const SINCE = { 'os.reboot_pending': { required: true, since: new Date(AT - 2 * DAY_MS).toISOString() } };

test('the same posture grows worse where a draft counts days', () => {
  const rejudge = rejudging({ 'os.reboot_pending': { params: { maxDays: 3 } } });
  const on = (day: number) => {
    const at = AT + day * DAY_MS;
    return spanOf(rejudge(laptop({ verdicts: { 'os.reboot_pending': 'pass' }, values: SINCE, observedAt: at }), 'the same', ABOUT).timeline, at).compliance;
  };
  expect([on(0), on(2)]).toEqual(['compliant', 'not-compliant']);
});

test('what was not known then is not known to a draft, and what did not apply does not', () => {
  const rejudge = rejudging({ 'boot.secure_boot': {}, 'firewall.enabled': { unknown: 'ignore' } });
  const { verdicts } = rejudge(laptop({ verdicts: { 'boot.secure_boot': 'not-applicable', 'firewall.enabled': 'unknown' }, values: SINCE }), 'a', ABOUT);
  expect([verdicts['boot.secure_boot'], verdicts['firewall.enabled']]).toEqual(['not-applicable', 'unknown']);
});

test('"nobody requires it" is no excuse towards a draft that does: whether that was the reason is not known', () => {
  const facts = laptop({ verdicts: { 'malware.protection': 'not-applicable' }, values: SINCE });
  const verdictBy = (params: object) => rejudging({ 'malware.protection': { params } })(facts, 'a', ABOUT).verdicts['malware.protection'];
  expect([verdictBy({}), verdictBy({ requireOnLinux: true })]).toEqual(['not-applicable', 'unknown']);
});

test('what failed then because the baseline required it goes on failing by the same, and not by one that does not', () => {
  const failed = { verdicts: { 'malware.protection': 'fail' as const } };
  const verdictBy = (params: object, values: object) =>
    rejudging({ 'malware.protection': { params } })(laptop({ ...failed, values: { ...values } }), 'a', ABOUT).verdicts['malware.protection'];
  expect([verdictBy({ requireOnLinux: true }, SINCE), verdictBy({}, SINCE)]).toEqual(['fail', 'not-applicable']);
  // Where no value was kept at all, nobody knows why it failed.
  expect(verdictBy({ requireOnLinux: true }, {})).toBe('unknown');
});

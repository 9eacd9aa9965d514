/** What holds for all policies and all requests. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OUTCOMES } from '../../src/model/index.ts';
import type { DecisionInput, DeviceFacts } from '../../src/policy/index.ts';
import { AT, engineOf, type File, failing, inputOf, laptop, policyFile, request } from './policies.ts';

const when = fc.constantFrom(
  {},
  { users: { include: ['bob'] } },
  { users: { include: ['group:admins'] } },
  { users: { exclude: ['bob'] } },
  { actions: ['other'] },
  { resources: [{ id: 'wiki' }] },
  { sensitivity: ['internal'] },
  { sensitivity: ['secret'] },
  { device: { managed: false } },
  { device: { compliance: ['not-compliant'] } },
  { device: { compliance: ['unknown'] } },
  { device: { checks: { 'disk.encryption': { verdict: ['fail'] } } } },
  { risk: { user: ['high'] } },
  { risk: { session: ['none', 'low'] } },
  { network: { include: ['location:office'] } },
  { network: { exclude: ['location:office'] } },
  { cel: 'context.x == 1' },
  { cel: 'subject.properties.role == "clerk"' },
);
const grant = fc.constantFrom(
  { block: true },
  { require: [] },
  { require: ['compliant-device'] },
  { require: ['mfa'] },
  { require: [{ assurance: 'hardware' }] },
  { require: { any: ['mfa', 'compliant-device'] } },
  { require: { any: ['terms-of-use', { assurance: 'hardware' }] } },
);
const session = fc.constantFrom({}, { session: ['limit-downloads'] }, { session: [{ 'sign-in-frequency': 'PT1H' }, 'read-only'] });
const body = fc
  .tuple(fc.constantFrom('enforced', 'enforced', 'report-only', 'off'), when, grant, session)
  .map(([state, condition, control, obligations]) => ({ state, when: condition, grant: control, ...('block' in control ? {} : obligations) }));
const set = fc.array(body, { maxLength: 7 }).map((bodies) => bodies.map((one, index) => policyFile(`p${index}`, one)));

const device = fc.constantFrom<DeviceFacts | null>(
  null,
  laptop(),
  failing,
  laptop({ compliance: 'unknown' }),
  laptop({ compliance: 'grace' }),
  laptop({ observedAt: AT - 3_600_000 }),
  laptop({ assurance: 'hardware-attested', verdicts: { 'disk.encryption': 'pass' } }),
);
const context = fc.record(
  {
    amr: fc.constantFrom(['pwd'], ['pwd', 'mfa']),
    risk: fc.record({ user: fc.constantFrom('low', 'high'), session: fc.constantFrom('none', 'high') }, { requiredKeys: [] }),
    ip: fc.constantFrom('192.0.2.7', '198.51.100.7', 'nonsense'),
    x: fc.constantFrom(1, 2),
    terms_of_use: fc.boolean(),
    auth_time: fc.constantFrom(AT / 1000 - 60, AT / 1000 - 86_400),
  },
  { requiredKeys: [] },
);
const input = fc
  .record({
    device,
    context,
    resource: fc.constantFrom('wiki', 'lunch-menu', 'unheard-of'),
    trustProperties: fc.boolean(),
    owner: fc.constantFrom(null, 'bob', 'ann'),
    state: fc.constantFrom<DecisionInput['state']>('active', 'active', 'active', 'suspect', 'revoked', 'pending', 'unknown'),
  })
  .map((one) =>
    inputOf(one.device, {
      request: request({ resource: { type: 'app', id: one.resource }, context: one.context }),
      trustProperties: one.trustProperties,
      ...(one.device === null ? {} : { owner: one.owner, state: one.state }),
    }),
  );

const rank = (outcome: string): number => OUTCOMES.indexOf(outcome as (typeof OUTCOMES)[number]);
const outcomeOf = (files: readonly File[], asked: DecisionInput): number => rank(engineOf(files).decide(asked).context.outcome);

describe('for all policies and requests', () => {
  test('one more policy that blocks never opens', () => {
    fc.assert(
      fc.property(set, input, when, (files, asked, condition) => {
        const more = policyFile('more', { when: condition, grant: { block: true } });
        expect(outcomeOf([...files, more], asked)).toBeGreaterThanOrEqual(outcomeOf(files, asked));
      }),
    );
  });

  test('one more policy that asks for something opens nothing but what a policy must grant', () => {
    fc.assert(
      fc.property(set, input, body, (files, asked, extra) => {
        const [before, after] = [engineOf(files), engineOf([...files, policyFile('more', extra)])];
        const [was, is] = [before.decide(asked), after.decide(asked)];
        const granted = before.explain(asked).policies.some(({ state, applies, result }) => state === 'enforced' && applies === 'yes' && result !== 'blocked');
        // Where nothing was granted before, the new one may be what grants; everywhere else it can only take away.
        if (granted || !before.explain(asked).protected) expect(rank(is.context.outcome)).toBeGreaterThanOrEqual(rank(was.context.outcome));
      }),
    );
  });

  test('the order of policies does not matter, for the outcome nor for anything that is told', () => {
    fc.assert(
      fc.property(
        set.chain((files) => fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length }))),
        input,
        ([files, shuffled], asked) => expect(engineOf(shuffled).decide(asked)).toEqual(engineOf(files).decide(asked)),
      ),
    );
  });

  test('what was decided before changes nothing: an engine that remembers what policies come to decides as one that has just been made', () => {
    // More policies than are remembered by their places, some of which say nothing and some of which only report.
    const many = fc
      .tuple(set, fc.integer({ min: 0, max: 40 }))
      .map(([files, more]) => [
        ...Array.from({ length: more }, (_, index) => policyFile(`a${index}`, { state: index % 3 === 0 ? 'report-only' : 'enforced', grant: { require: [] } })),
        ...files,
      ]);
    fc.assert(
      fc.property(many, fc.array(input, { minLength: 2, maxLength: 8 }), (files, all) => {
        const engine = engineOf(files);
        const told = all.map((one) => JSON.stringify(engine.decide(one)));
        expect(told).toEqual(all.map((one) => JSON.stringify(engineOf(files).decide(one))));
        expect(all.toReversed().map((one) => JSON.stringify(engine.decide(one)))).toEqual(told.toReversed());
      }),
    );
  });

  test('a policy that only reports changes nothing but what is reported', () => {
    fc.assert(
      fc.property(set, input, body, (files, asked, extra) => {
        const strip = ({ decision, context: { policy_version: _version, policies, ...context } }: ReturnType<ReturnType<typeof engineOf>['decide']>) => ({
          decision,
          context: { ...context, policies: { ...policies, report_only: [] } },
        });
        const reporting = policyFile('more', { ...extra, state: 'report-only' });
        expect(strip(engineOf([...files, reporting]).decide(asked))).toEqual(strip(engineOf(files).decide(asked)));
      }),
    );
  });

  test('what is not known never gives a better outcome than each of what it might be', () => {
    const knowable = fc.constantFrom<[string, readonly unknown[]]>(
      ['amr', [['pwd'], ['pwd', 'mfa']]],
      ['risk', ['none', 'low', 'medium', 'high'].flatMap((user) => ['none', 'low', 'medium', 'high'].map((of) => ({ user, session: of })))],
      ['ip', ['192.0.2.7', '198.51.100.7']],
      ['x', [1, 2]],
      ['terms_of_use', [true, false]],
    );
    fc.assert(
      fc.property(set, input, knowable, (files, asked, [name, values]) => {
        const engine = engineOf(files);
        const { [name]: _left, ...rest } = asked.request.context ?? {};
        const withContext = (told: object): DecisionInput => ({ ...asked, trustProperties: true, request: { ...asked.request, context: { ...told } } });
        const unknown = rank(engine.decide(withContext(rest)).context.outcome);
        // Claims such as a second factor are no conditions: not told, they are not there, which is one of the things that they might be.
        for (const value of values.slice(0, name === 'amr' || name === 'terms_of_use' ? 1 : undefined))
          expect(unknown).toBeGreaterThanOrEqual(rank(engine.decide(withContext({ ...rest, [name]: value })).context.outcome));
      }),
      { numRuns: 300 },
    );
  });

  test('a device of which it is not known how it stands never gives a better outcome than one of which it is', () => {
    const known = (['compliant', 'grace', 'not-compliant'] as const).map((compliance) => laptop({ compliance }));
    // A policy that asks for `unknown` by its name is about nothing else.
    const others = set.filter((files) => !files.some(({ text }) => text.includes('"unknown"')));
    fc.assert(
      fc.property(others, (files) => {
        const unknown = outcomeOf(files, inputOf(laptop({ compliance: 'unknown' })));
        for (const facts of known) expect(unknown).toBeGreaterThanOrEqual(outcomeOf(files, inputOf(facts)));
      }),
    );
  });

  test('a yes is an allow, or a restriction of which the caller enforces every obligation', () => {
    fc.assert(
      fc.property(set, input, fc.subarray(['limit-downloads', 'read-only', 'sign-in-frequency'] as const), (files, asked, enforces) => {
        const { decision, context: said } = engineOf(files).decide({ ...asked, enforces });
        const enforced = said.obligations.every((obligation) => (enforces as readonly string[]).includes(obligation));
        expect(decision).toBe(said.outcome === 'allow' || (said.outcome === 'restrict' && enforced));
        expect(said.obligations.length > 0).toBe(said.outcome === 'restrict');
        if (said.outcome === 'block' || said.outcome === 'challenge') expect(said.reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  test('an answer may be kept no longer than what it stands on', () => {
    fc.assert(
      fc.property(set, input, fc.integer({ min: 0, max: 200 }), (files, asked, seconds) => {
        const engine = engineOf(files);
        const { outcome, max_age } = engine.decide(asked).context;
        if (outcome !== 'allow' && outcome !== 'restrict') expect(max_age).toBe(0);
        else if (seconds < max_age) expect(engine.decide({ ...asked, at: asked.at + seconds * 1000 }).context.outcome).toBe(outcome);
      }),
    );
  });

  test('an explanation is of the same decision, and speaks of every policy', () => {
    fc.assert(
      fc.property(set, input, (files, asked) => {
        const engine = engineOf(files);
        const { decision, policies } = engine.explain(asked);
        expect(decision).toEqual(engine.decide(asked));
        expect(policies.map(({ id }) => id)).toEqual(files.map((_, index) => `p${index}`));
        for (const { id, state, applies, result } of policies) {
          const told = [
            ...decision.context.policies.report_only.map((one) => one.id),
            ...(['satisfied', 'unmet', 'blocked', 'unknown'] as const).flatMap((name) => decision.context.policies[name]),
          ];
          expect(told.includes(id)).toBe(state !== 'off' && applies !== 'no');
          if (state === 'enforced' && applies !== 'no') expect(decision.context.policies[result ?? 'satisfied']).toContain(id);
        }
      }),
    );
  });
});

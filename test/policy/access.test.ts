/** What access policies mean: all that match apply, block wins, controls add up, and where none grants nobody gets in. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OUTCOMES } from '../../src/model/index.ts';
import { compileGlob } from '../../src/policy/conditions/request.ts';
import { decide, directoryFile, engineOf, type File, failing, inputOf, laptop, policyFile, request } from './policies.ts';

const needsCompliance = policyFile('compliant', { grant: { require: ['compliant-device'] } });
const anybody = policyFile('anybody', {});

describe('outcomes', () => {
  test.each<[string, Parameters<typeof decide>, string, string[]]>([
    ['a compliant device', [[needsCompliance], laptop()], 'allow', []],
    ['a failing one', [[needsCompliance], failing], 'challenge', ['fix-device']],
    ['one of which too little is known', [[needsCompliance], laptop({ compliance: 'unknown' })], 'challenge', ['fix-device']],
    ['one that has not reported for 11 minutes', [[needsCompliance], laptop({ observedAt: Date.parse('2026-11-24T07:49:00Z') })], 'challenge', ['fix-device']],
    ['none', [[needsCompliance], null], 'block', ['enroll-device']],
    ['a revoked one', [[needsCompliance], laptop(), undefined, false, 'revoked'], 'block', []],
    ['a quarantined one', [[needsCompliance], laptop(), undefined, true, 'quarantined'], 'block', []],
    ['one that waits for approval', [[needsCompliance], laptop(), undefined, true, 'pending'], 'block', []],
    ['one that has left', [[needsCompliance], laptop(), undefined, true, 'retired'], 'block', ['enroll-device']],
    ['a suspect one', [[needsCompliance], laptop(), undefined, true, 'suspect'], 'challenge', ['mfa']],
    [
      'a suspect one, the person with a second factor',
      [[needsCompliance], laptop(), request({ context: { amr: ['pwd', 'mfa'] } }), true, 'suspect'],
      'allow',
      [],
    ],
    ['one that has joined and not reported', [[needsCompliance], null, undefined, false, 'active'], 'challenge', ['fix-device']],
    ["the person's own", [[needsCompliance], laptop(), undefined, false, 'active', 'bob'], 'allow', []],
    ["somebody else's", [[needsCompliance], laptop(), undefined, true, 'active', 'ann'], 'block', []],
    ['no policy at all', [[], laptop()], 'block', []],
    ['only a policy that is off', [[policyFile('off', { state: 'off' })], laptop()], 'block', []],
    ['a policy that blocks beside one that grants', [[anybody, policyFile('no', { grant: { block: true } })], laptop()], 'block', []],
    [
      'two policies whose controls add up',
      [[needsCompliance, policyFile('mfa', { grant: { require: ['mfa'] } })], failing],
      'challenge',
      ['fix-device', 'mfa'],
    ],
    ['an obligation', [[policyFile('careful', { session: ['limit-downloads'] })], laptop()], 'restrict', []],
    ['too little assurance', [[policyFile('hw', { grant: { require: [{ assurance: 'hardware-attested' }] } })], laptop()], 'block', []],
    ['enough assurance', [[policyFile('hw', { grant: { require: [{ assurance: 'os-keystore' }] } })], laptop({ assurance: 'hardware' })], 'allow', []],
  ])('%s', (_name, args, outcome, actions) => {
    const { decision, context } = decide(...args);
    expect({ outcome: context.outcome, actions: context.required_actions, decision }).toEqual({ outcome, actions, decision: outcome === 'allow' });
    if (outcome === 'block' || outcome === 'challenge') expect(context.reasons.length).toBeGreaterThan(0);
  });
});

test('a resource is known by type and id, and by nothing that only looks like both', () => {
  const open = directoryFile({ resources: [{ type: 'a', id: 'b c' }] });
  const outcome = (type: string, id: string) => decide([open], null, request({ resource: { type, id } })).context.outcome;
  expect(outcome('a', 'b c')).toBe('allow');
  for (const [type, id] of [
    ['a b', 'c'],
    ['a', 'b'],
    ['a', 'constructor'],
    ['__proto__', 'b c'],
  ] as const)
    expect(outcome(type, id)).toBe('block');
});

describe('who and what a policy is about', () => {
  const matches = (when: object, asked = request()): boolean => decide([policyFile('p', { when })], laptop(), asked).decision;
  test.each<[object, boolean]>([
    [{ users: { include: ['bob'] } }, true],
    [{ users: { include: ['group:staff'] } }, true],
    [{ users: { include: ['group:admins'] } }, false],
    [{ users: { include: ['*'], exclude: ['bob'] } }, false],
    [{ users: { exclude: ['group:staff'] } }, false],
    [{ resources: [{ type: 'app' }] }, true],
    [{ resources: [{ type: 'record' }, { id: 'wi*' }] }, true],
    [{ resources: [{ type: 'app', id: 'wiki-*' }] }, false],
    [{ actions: ['open', 'close'] }, true],
    [{ actions: ['close'] }, false],
    [{ cel: 'resource.id == "wiki" && device.platform == "linux"' }, true],
    [{ cel: 'resource.properties.secret == true' }, false],
  ])('%j → %s', (when, expected) => {
    expect(matches(when)).toBe(expected);
  });

  test('groups come from the directory: one that the caller claims opens nothing', () => {
    const asked = request({ subject: { type: 'user', id: 'bob', properties: { groups: ['admins'] } } });
    expect(matches({ users: { include: ['group:admins'] } }, asked)).toBe(false);
    expect(matches({ cel: '"admins" in subject.properties.groups' }, asked)).toBe(false);
  });
});

test('a condition that cannot be known blocks where the policy blocks, and asks for its controls where it does not grant', () => {
  const unknowable = { cel: 'resource.properties.secrecy == "confidential"' };
  expect(decide([anybody, policyFile('no', { when: unknowable, grant: { block: true } })], laptop()).context.outcome).toBe('block');
  expect(decide([anybody, policyFile('c', { when: unknowable, grant: { require: ['compliant-device'] } })], failing).context.outcome).toBe('challenge');
});

test('what a caller says of the session is believed only where it may be', () => {
  const mfa = policyFile('mfa', { grant: { require: ['mfa', 'terms-of-use'] } });
  const asked = request({ context: { amr: ['pwd', 'mfa'], terms_of_use: true } });
  expect(decide([mfa], laptop(), asked, false).context.required_actions).toEqual(['mfa', 'terms-of-use']);
  expect(decide([mfa], laptop(), asked, true).context.outcome).toBe('allow');
});

test('the person is told what to do, check by check', () => {
  const [todo] = decide([needsCompliance], failing).context.to_do;
  expect(todo).toMatchObject({ check: 'disk.encryption', because: expect.stringContaining('sda2'), remedy: { steps: expect.any(Array) } });
});

describe('for all policies', () => {
  const policy = fc.record({
    state: fc.constantFrom('enforced', 'report-only', 'off'),
    grant: fc.constantFrom({ block: true }, { require: [] }, { require: ['compliant-device'] }, { require: ['mfa'] }, { require: [{ assurance: 'hardware' }] }),
    when: fc.constantFrom({}, { users: { include: ['bob'] } }, { actions: ['other'] }, { cel: 'context.x == 1' }),
  });
  const files = fc.array(policy, { maxLength: 6 }).map((policies) => policies.map((body, index) => policyFile(`p${index}`, body)));
  const rank = (outcome: string): number => OUTCOMES.indexOf(outcome as (typeof OUTCOMES)[number]);

  test('a device that fails is never better off than one that passes', () => {
    fc.assert(
      fc.property(files, (set) => expect(rank(decide(set, failing).context.outcome)).toBeGreaterThanOrEqual(rank(decide(set, laptop()).context.outcome))),
    );
  });
  test('a policy that only reports changes no outcome', () => {
    fc.assert(
      fc.property(files, policy, (set, extra) => {
        const reporting = policyFile('extra', { ...extra, state: 'report-only' });
        expect(decide([...set, reporting], failing).context.outcome).toBe(decide(set, failing).context.outcome);
      }),
    );
  });
  test('one more policy that blocks or asks never opens what was closed, unless it grants', () => {
    fc.assert(fc.property(files, (set) => expect(decide([...set, policyFile('no', { grant: { block: true } })], laptop()).context.outcome).toBe('block')));
  });
});

test('globs: `*` stands for any text, everything else for itself, and nothing backtracks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', '*', '.', '+'), { maxLength: 6 }),
      fc.array(fc.constantFrom('a', 'b', '.', '+'), { maxLength: 8 }),
      (parts, text) => {
        const pattern = parts.join('');
        const expression = new RegExp(`^${parts.map((part) => (part === '*' ? '.*' : part.replace(/[.+]/g, '\\$&'))).join('')}$`, 's');
        expect(compileGlob(pattern)(text.join(''))).toBe(expression.test(text.join('')));
      },
    ),
    { numRuns: 1000 },
  );
});

describe('what is no person is not the person who is called like it', () => {
  const robot = request({ subject: { type: 'robot', id: 'bob' } });
  const outcome = (files: readonly File[], asked = robot, owner: string | null = null) =>
    decide(files, laptop(), asked, false, 'active', owner).context.outcome;

  test('policies for the person, or for groups, do not open for it; those for everybody do', () => {
    for (const [include, person, other] of [
      [['bob'], 'allow', 'block'],
      [['group:staff'], 'allow', 'block'],
      [['*'], 'allow', 'allow'],
    ] as const) {
      const files = [policyFile('in', { when: { users: { include } } })];
      expect([outcome(files, request()), outcome(files)]).toEqual([person, other]);
    }
    expect(outcome([policyFile('in', { when: { users: { include: ['bob'] } } })], request({ subject: { type: 'identity', id: 'bob' } }))).toBe('allow');
  });
  test('an exclusion of the person is none of it', () => {
    const files = [policyFile('all', {}), policyFile('no', { when: { users: { exclude: ['bob'] } }, grant: { block: true } })];
    expect([outcome(files, request()), outcome(files)]).toEqual(['allow', 'block']);
  });
  test('whether it is meant where the person is named cannot be known: it is blocked with the person, and what is open is not opened by it', () => {
    const open = policyFile('all', {});
    const blocked = [
      policyFile('all', { when: { users: { exclude: ['bob'] } } }),
      policyFile('all', { when: { users: { exclude: ['group:staff'] } } }),
      policyFile('no', { when: { users: { include: ['bob'] } }, grant: { block: true } }),
      policyFile('no', { when: { users: { include: ['group:staff'] } }, grant: { block: true } }),
    ];
    for (const file of blocked) {
      const files = file.name === 'no.yaml' ? [open, file] : [file];
      expect([file.text, outcome(files), outcome(files, request({ subject: { type: 'User', id: 'bob' } }))]).toEqual([file.text, 'block', 'block']);
      expect(outcome(files, request({ subject: { type: 'robot', id: 'r2' } }))).toBe('allow');
    }
  });
  test('and an explanation says so, instead of that it is none of those whom it is called like', () => {
    const explain = (type: string) => {
      const [told] = engineOf([policyFile('in', { when: { users: { include: ['bob'] } } })]).explain(
        inputOf(laptop(), { request: request({ subject: { type, id: 'bob' } }) }),
      ).policies;
      return [told?.applies, told?.condition?.because];
    };
    expect(explain('robot')).toEqual(['unknown', 'whether the robot bob, no person, is meant is not known']);
    expect(explain('user')).toEqual(['yes', undefined]);
  });
  test('the device of the person is not its device', () => {
    const files = [policyFile('own', { grant: { require: ['compliant-device'] } })];
    expect([outcome(files, request(), 'bob'), outcome(files, robot, 'bob')]).toEqual(['allow', 'block']);
  });
});

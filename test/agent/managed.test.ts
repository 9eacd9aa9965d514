/** Managed configuration put together: order, errors with their place, and nothing of a secret in what is said. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonError, parseMembers } from '../../src/agent/json-places.ts';
import { mergeManaged } from '../../src/agent/managed.ts';
import { isManaged, isWhole, type ManagedSource, managedView, personMay } from '../../src/model/index.ts';

const file = (name: string, text: string): ManagedSource => ({ name, text });
const faultsOf = (...sources: ManagedSource[]): string[] => mergeManaged(sources).faults.map(({ kind, says }) => `${kind}: ${says}`);

test('later files win, member by member, and each value knows its file', () => {
  const { values, from, faults } = mergeManaged([
    file('10', '{"server": "https://one.example", "intervalMs": 60000, "userMayUnenroll": true}'),
    file('20', '{"server": "https://two.example", "userMayUnenroll": false}'),
  ]);
  expect(values).toEqual({ server: 'https://two.example', intervalMs: 60_000, userMayUnenroll: false });
  expect(from).toEqual({ server: '20', intervalMs: '10', userMayUnenroll: '20' });
  expect(faults).toEqual([]);
});

describe('what cannot be understood is said with its place, never guessed at, and what can be is used', () => {
  test.each([
    ['broken JSON', '{\n  "server": "https://a.example",\n  "intervalMs": 60000,\n}', 'broken: line 4, column 1: a name in double quotes should be here.'],
    ['a text that ends too early', '{"server": ', 'broken: line 1, column 12: the text ends where a value should be.'],
    [
      'a member twice',
      '{"server": "https://a.example",\n "server": "https://b.example"}',
      'broken: line 2, column 2: "server" stands here for the second time.',
    ],
    ['a list', '[]', 'broken: line 1, column 1: an object, { … }, should be here.'],
    ['an empty file', '', 'broken: line 1, column 1: an object, { … }, should be here.'],
    ['a name that is nearly one', '{\n "caPni": "00"}', 'broken: line 2, column 2: there is no "caPni"; did you mean "caPin"?'],
    ['a wrong type', '{"intervalMs": "60000"}', 'broken: line 1, column 2: "intervalMs" is not what it has to be: a whole number from 10000 to 86400000.'],
    ['a wrong form', '{"server": "posture.example.com"}', 'broken: line 1, column 2: "server" is not what it has to be: a text of the form ^https?://\\S+$.'],
    ['a number for a yes', '{"userMayQuit": 1}', 'broken: line 1, column 2: "userMayQuit" is not what it has to be: true or false.'],
  ])('%s', (_what, text, says) => {
    expect(faultsOf(file('x', text))).toEqual([says]);
  });

  test('a name that is none says which there are', () => {
    expect(faultsOf(file('x', '{"proxy": true}'))).toEqual([expect.stringContaining('there is no "proxy"; there are: server, enrollmentToken, ')]);
  });

  test('the other members of the file, and the other files, count; but the whole is not whole', () => {
    const managed = mergeManaged([file('10', '{"server": "https://a.example", "sever": 1}'), file('20', 'rubbish'), file('30', '{"userMayUnenroll": true}')]);
    expect(managed.values).toEqual({ server: 'https://a.example', userMayUnenroll: true });
    expect([isManaged(managed), isWhole(managed)]).toEqual([true, false]);
  });

  test('a secret is in no message and no view', () => {
    const secret = 'stance_enroll_abcdefgh';
    const texts = [
      `{"enrollmentToken": "${secret}"`,
      `{"enrollmentToken": ["${secret}"]}`,
      `{"enrollmentToken": "${secret}", "enrollmentToken": 1}`,
      `{"enrollmentToken": ${secret}}`,
    ];
    const managed = mergeManaged([...texts.map((text, index) => file(String(index), text)), file('good', `{"enrollmentToken": "${secret}"}`)]);
    expect(managed.faults).toHaveLength(4);
    expect(managed.values.enrollmentToken).toBe(secret);
    expect(JSON.stringify([managed.faults, managedView(managed)])).not.toContain(secret);
  });
});

test('a file that somebody else could have written is as if it were not there; one that may not be read is not', () => {
  const ignored = mergeManaged([{ name: 'x', kind: 'ignored', says: 'it is owned by user 1000.' }]);
  expect([isManaged(ignored), isWhole(ignored), personMay(ignored).unenroll]).toEqual([false, true, true]);
  expect(managedView(ignored)?.faults).toEqual(['x is ignored: it is owned by user 1000.']);
  const unreadable = mergeManaged([{ name: 'x', kind: 'unreadable', says: 'it is for the administrator only.' }]);
  expect([isManaged(unreadable), isWhole(unreadable), personMay(unreadable).unenroll]).toEqual([true, false, false]);
});

test('the registry says yes and no as numbers', () => {
  const registry = (members: Record<string, unknown>) => mergeManaged([{ name: 'HKLM', members }]);
  expect(registry({ userMayQuit: 0, collectSerialNumber: 1, intervalMs: 60_000 }).values).toEqual({
    userMayQuit: false,
    collectSerialNumber: true,
    intervalMs: 60_000,
  });
  expect(registry({ userMayQuit: 2 }).faults).toHaveLength(1);
});

test('what people may: what is not set is theirs, and leaving is not where the organisation let the device join', () => {
  const may = (members: object) => personMay(mergeManaged([file('x', JSON.stringify(members))]));
  expect(may({})).toEqual({ changeServer: true, changeInterval: true, unenroll: true, quit: true });
  expect(may({ server: 'https://a.example', intervalMs: 20_000 })).toEqual({ changeServer: false, changeInterval: false, unenroll: false, quit: true });
  expect(may({ server: 'https://a.example', userMayUnenroll: true, userMayChangeServer: true, userMayQuit: false })).toEqual({
    ...{ changeServer: true, changeInterval: true, unenroll: true, quit: false },
  });
});

describe('JSON with places', () => {
  /** As `JSON.parse` has it, or undefined. */
  const plain = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  const placed = (text: string): unknown => {
    try {
      return Object.fromEntries(parseMembers(text).map(({ name, value }) => [name, value]));
    } catch (error) {
      expect(error).toBeInstanceOf(JsonError);
      return undefined;
    }
  };
  const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

  test('takes every object that JSON.parse takes, and means the same', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2, '\t'), (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        expect(placed(text)).toEqual(Object.fromEntries(Object.entries(plain(text) as object)));
      }),
      { numRuns: 300 },
    );
  });

  test('takes nothing that JSON.parse does not take, whatever comes', () => {
    const near = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', ':', '0', 'x', '\n', '{')).map(([text, at, more]) => {
      const place = at % (text.length + 1);
      return `{"a": ${text.slice(0, place)}${more}${text.slice(place + 1)}}`;
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), near), (text) => {
        if (placed(text) !== undefined) expect(isObject(plain(text))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('is bounded in depth, and takes a byte order mark', () => {
    expect(placed(`{"a": ${'['.repeat(100_000)}`)).toBeUndefined();
    expect(placed('\uFEFF{"a": 1}')).toEqual({ a: 1 });
  });
});

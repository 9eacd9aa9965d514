/** Decisions are kept, also those that were made while the store took nothing. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyBaseLogger } from 'fastify';
import type { Decision } from '../../src/model/index.ts';
import type { DecisionInput, DeviceFacts } from '../../src/policy/index.ts';
import { createDecisionLog } from '../../src/service/decision-log.ts';
import { createLines } from '../../src/service/lines.ts';
import type { DecisionBatch, NewDecisions, Store, StoredPosture } from '../../src/service/store/store.ts';
import { laptop } from '../policy/policies.ts';
import { NOW } from './service.ts';

const REQUEST = { subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } };
const ALLOWED = { context: { id: 'x', outcome: 'allow', policy_version: 'v', policies: { unmet: [], blocked: [], report_only: [] } } } as unknown as Decision;
const input = (device: DeviceFacts): DecisionInput => ({ id: 'x', request: REQUEST, device, state: 'active', owner: null, at: NOW, trustProperties: false });

test('a store that takes nothing for a while is told them afterwards, once each, and the log says so once', () => {
  const [kept, said] = [[] as DecisionBatch[], [] as string[]];
  let failing = true;
  const store = {
    addDecisions(batch: NewDecisions) {
      if (failing) throw new Error('database is locked');
      // The bytes are used again.
      kept.push({ ...batch, lines: Buffer.from(batch.lines).toString() });
    },
    flushed: async () => undefined,
  } as unknown as Store;
  const say = (_about: object, text: string): void => void said.push(text);
  const decisions = createDecisionLog({ store, now: () => NOW, log: { warn: say, error: say } as unknown as FastifyBaseLogger });
  const decide = (id: string): void =>
    decisions.add(
      '{"subject":{}}',
      { decision: false, context: { id, outcome: 'block', policy_version: 'v', policies: { unmet: [], blocked: [], report_only: [] } } } as unknown as Decision,
      { device: null, state: null, owner: null } as DecisionInput,
      undefined,
    );
  decide('a');
  decisions.flush();
  decide('b');
  decisions.flush();
  failing = false;
  decisions.close();
  expect(kept.map(({ count, lines }) => [count, lines.split('\n').map((line) => JSON.parse(line).id)])).toEqual([[2, ['a', 'b']]]);
  expect(said).toEqual([expect.stringContaining('wait for the store')]);
});

test('evidence that cannot be read any more keeps no decision from being kept', () => {
  const [kept, said] = [[] as number[], [] as string[]];
  const postures: string[] = [];
  const store = {
    evidence: () => 'no.evidence.at-all',
    addDecisions(batch: NewDecisions, made: readonly StoredPosture[]) {
      kept.push(batch.count);
      postures.push(...made.map(({ posture }) => posture));
    },
    flushed: async () => undefined,
  } as unknown as Store;
  const log = { warn: (_about: object, text: string) => void said.push(text) } as unknown as FastifyBaseLogger;
  const decisions = createDecisionLog({ store, now: () => NOW, log });
  decisions.add(JSON.stringify(REQUEST), ALLOWED, input(laptop({ readings: 'gone' })), undefined);
  decisions.close();
  expect(kept).toEqual([1]);
  expect(postures.map((posture) => JSON.parse(posture).values)).toEqual([{}]);
  expect(said).toEqual([expect.stringContaining('cannot be read')]);
});

test('a service that ends writes down what every device was like at its last decisions, however many wait', () => {
  const kept = new Set<string>();
  const store = {
    evidence: () => null,
    addDecisions: (_batch: NewDecisions, postures: readonly StoredPosture[]) => postures.forEach(({ device }) => void kept.add(device)),
    flushed: async () => undefined,
  } as unknown as Store;
  const decisions = createDecisionLog({ store, now: () => NOW, log: { warn: () => undefined } as unknown as FastifyBaseLogger });
  for (let index = 0; index < 450; index++) {
    decisions.add(JSON.stringify(REQUEST), ALLOWED, input(laptop({ id: `d${index}` })), undefined);
  }
  decisions.close();
  expect(kept.size).toBe(450);
});

test('lines wait as they are, whatever is in them and however many they are', () => {
  const lines = createLines();
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 200 }), (some, times) => {
      const all = Array.from({ length: times }, () => some).flat();
      for (const line of all) lines.add(line);
      expect(lines.count).toBe(all.length);
      expect(Buffer.from(lines.written()).toString()).toBe(all.join('\n'));
      lines.clear();
      expect([lines.count, lines.written().length]).toEqual([0, 0]);
    }),
  );
});

/** Decisions are kept, also those that were made while the store took nothing. */
import { expect, test } from '@jest/globals';
import type { FastifyBaseLogger } from 'fastify';
import type { Decision } from '../../src/model/index.ts';
import type { DecisionInput } from '../../src/policy/index.ts';
import { createDecisionLog } from '../../src/service/decision-log.ts';
import type { DecisionBatch, Store, StoredPosture } from '../../src/service/store/store.ts';
import { laptop } from '../policy/policies.ts';
import { NOW } from './service.ts';

const REQUEST = { subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } };

test('a store that takes nothing for a while is told them afterwards, once each, and the log says so once', () => {
  const [kept, said] = [[] as DecisionBatch[], [] as string[]];
  let failing = true;
  const store = {
    addDecisions(batch: DecisionBatch) {
      if (failing) throw new Error('database is locked');
      kept.push(batch);
    },
  } as unknown as Store;
  const say = (_about: object, text: string): void => void said.push(text);
  const decisions = createDecisionLog({ store, now: () => NOW, log: { warn: say, error: say } as unknown as FastifyBaseLogger });
  const decide = (id: string): void =>
    decisions.add(
      '{"subject":{}}',
      { decision: false, context: { id, outcome: 'block', policies: { unmet: [], blocked: [], report_only: [] } } } as unknown as Decision,
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

test('a service that ends writes down what every device was like at its last decisions, however many wait', () => {
  const kept = new Set<string>();
  const store = {
    evidence: () => null,
    addDecisions: (_batch: DecisionBatch, postures: readonly StoredPosture[]) => postures.forEach(({ device }) => void kept.add(device)),
  } as unknown as Store;
  const decisions = createDecisionLog({ store, now: () => NOW, log: { warn: () => undefined } as unknown as FastifyBaseLogger });
  for (let index = 0; index < 450; index++) {
    const device = laptop({ id: `d${index}` });
    const input = { ...{ id: 'x', device, state: 'active' as const, owner: null, at: NOW, trustProperties: false }, request: REQUEST };
    decisions.add(
      JSON.stringify(REQUEST),
      { context: { id: 'x', outcome: 'allow', policies: { unmet: [], blocked: [], report_only: [] } } } as unknown as Decision,
      input,
      undefined,
    );
  }
  decisions.close();
  expect(kept.size).toBe(450);
});

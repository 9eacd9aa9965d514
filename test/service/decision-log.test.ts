/** Decisions are kept, also those that were made while the store took nothing. */
import { expect, test } from '@jest/globals';
import type { FastifyBaseLogger } from 'fastify';
import type { Decision } from '../../src/model/index.ts';
import type { DecisionInput } from '../../src/policy/index.ts';
import { createDecisionLog } from '../../src/service/decision-log.ts';
import type { DecisionBatch, Store } from '../../src/service/store/store.ts';
import { NOW } from './service.ts';

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

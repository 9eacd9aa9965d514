/**
 * The real agent as a process of its own that reports without a pause, made to be killed: `agent-process.ts STATE COUNT`. Every
 * observation has a number of its own, which its reading carries. It ends once COUNT observations wait in the outbox; with 0 it
 * reports once, with -1 it goes on for ever. A line on stdout for each observation that the agent has taken on.
 */
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import { createAgent } from '../../src/agent/index.ts';
import { leanFetch } from '../../src/cli/lean-fetch.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { defineCheck, known, pass, StanceError } from '../../src/model/index.ts';

const [stateDir = '', wanted = '0'] = process.argv.slice(2);
const count = Number(wanted);
/** A byte for each observation that was begun, by whichever process. */
const begun = path.join(stateDir, '..', 'begun');
let number = 0;

const check = defineCheck({
  ...{ id: 'device.uptime', title: 'Counter', why: 'To tell observations apart.', group: 'device', owner: 'user', cost: 'cheap' },
  value: Type.Object({ bootedAt: Type.String() }),
  params: Type.Object({}),
  read: {
    linux: async () => {
      appendFileSync(begun, '.');
      number = statSync(begun).size;
      return known({ bootedAt: new Date(number * 1000).toISOString() }, 'the test');
    },
  },
  judge: () => pass(),
  remedy: () => ({ steps: [] }),
  controls: [],
});
const host = createRecordedHost({ os: 'linux', release: '', user: { uid: 1000, admin: false, groups: [] }, env: {}, now: new Date().toISOString(), calls: [] });
const agent = await createAgent({ stateDir, host, checks: [check], recorded: true, version: '1', fetch: leanFetch });
const waiting = (): number => readdirSync(path.join(stateDir, 'outbox')).filter((name) => name.endsWith('.json')).length;

while (count <= 0 || waiting() < count) {
  try {
    await agent.refresh();
  } catch (error) {
    // The service is away, or was killed and is not ready: what was observed waits.
    if (!(error instanceof StanceError && ['service-unreachable', 'store-unavailable'].includes(error.code))) throw error;
  }
  process.stdout.write(`${number}\n`);
  if (count === 0) break;
}
await agent.stop();

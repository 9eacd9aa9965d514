/** Asking again and again whether the service is ready does not keep its store busy, least of all while somebody else holds it. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from '@jest/globals';
import { folder } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';

const file = path.join(folder(), 'service.db');

export default defineAttack({
  gets: '503 store-unavailable',
  service: { store: `sqlite:${file}` },
  async run({ attacked, send, decide, service }) {
    service.pass(5_000);
    const hog = new DatabaseSync(file);
    hog.exec('BEGIN IMMEDIATE');
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 40 }, () => send('GET', '/readyz')));
    expect((await decide(attacked.id)).status).toBe(200);
    // Each question to a store that is held takes a quarter of a second.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    hog.exec('ROLLBACK');
    hog.close();
    return answers;
  },
});

/** A body over the bound of its route is refused by its length, before it is read or where it goes beyond. */
import { MAX_EVIDENCE_BYTES } from '../../../../src/model/index.ts';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '413 body-too-large',
  async run({ attacked, wire, post, report }) {
    const announced = (path: string, type: string, bytes: number) =>
      wire(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${bytes}\r\n\r\n`);
    return Promise.all([
      report('x'.repeat(MAX_EVIDENCE_BYTES + 1)),
      announced('/v1/evidence', 'application/eat+jwt', 2 ** 40),
      announced('/v1/nonces', 'application/json', 64 * 1024 + 1),
      announced(`/v1/devices/${attacked.id}/retirement`, 'application/jwt', 4097),
      post('/v1/enrollments', JSON.stringify({ token: 'x'.repeat(70_000), proof: 'x' })),
    ]);
  },
});

/** Claims of wrong types, beyond their bounds, or from nowhere on the number line are malformed, however well they are signed. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned, withStance } from '../../forge.ts';

export default defineAttack({
  gets: '400 claims-malformed',
  run({ attacked, report }) {
    const claims = attacked.claims(HEALTHY);
    const [first] = HEALTHY;
    const stances = [
      ...[{ seq: 0 }, { seq: -1 }, { seq: 1.5 }, { seq: 2 ** 53 }, { seq: '3' }, { epoch: '' }, { prev: 'short' }, { prev: undefined }, { digest: 1 }],
      ...[{ readings: {} }, { readings: Array(257).fill(first) }, { readings: [{ ...first, status: 'certainly' }] }, { readings: [{ ...first, tookMs: -1 }] }],
      ...[{ kind: 'both' }, { platform: 'templeos' }, { privilege: 'god' }, { waited: false }, { observedAt: 0 }, { readings: [null] }],
    ].map((change) => withStance(claims, change));
    const others = [
      { iat: 1.5 },
      { iat: -1 },
      { iat: '1' },
      { jti: '' },
      { iss: ['x'] },
      { iss: 'x'.repeat(65) },
      { eat_nonce: [] },
      { swversion: 'x' },
      { stance: null },
    ];
    const texts = [...stances, ...others.map((change) => ({ ...claims, ...change }))].map((value) => JSON.stringify(value));
    const infinite = JSON.stringify(claims).replace(/"iat":\d+/, '"iat":1e999');
    return Promise.all([...texts, infinite].map(async (payload) => report(await forgeSigned(attacked.signer, payload))));
  },
});

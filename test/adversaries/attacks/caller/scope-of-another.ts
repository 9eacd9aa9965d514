/** A token opens the routes of its scope and no others, whatever it is asked with. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 forbidden',
  async run({ attacked, token, send, post, decide }) {
    const [decider, reader, asserter] = [await token('decide', 'assert'), await token('read'), await token('assert')];
    const rule = (verb: string, headers: Readonly<Record<string, string>>) => post(`/v1/devices/${attacked.id}/${verb}`, { reason: 'because' }, headers);
    await decide(attacked.id);
    return [
      await send('GET', '/v1/devices', { headers: decider }),
      await send('GET', `/v1/devices/${attacked.id}/attestation-result`, { headers: decider }),
      await send('GET', '/metrics', { headers: decider }),
      await post('/access/v1/evaluation', {}, reader),
      await post('/access/v1/evaluation', {}, asserter),
      await rule('approve', reader),
      await rule('revoke', decider),
      await rule('retire', reader),
      await send('DELETE', `/v1/devices/${attacked.id}`, { headers: reader }),
      await post('/v1/erasures', { subject: 'you@example.com' }, reader),
      await post('/v1/tokens', { name: 'more', scopes: ['admin'] }, reader),
      await post('/v1/enrollment-tokens', { approves: true }, decider),
      await send('DELETE', '/v1/tokens/decide', { headers: reader }),
      await send('GET', '/v1/tokens', { headers: reader }),
    ];
  },
});

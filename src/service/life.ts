/** A device from joining to leaving: approved, revoked, retired, erased; and a person's data taken out on request. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { verifyRetirement } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { type DeviceState, RETIREMENT_MEDIA_TYPE, StanceError } from '../model/index.ts';
import type { Context } from './context.ts';
import { summaryOf } from './devices.ts';
import type { HeldDevice } from './inventory.ts';
import { addressOf } from './rate-limits.ts';

const MAX_RETIREMENT_BYTES = 4096;

export function registerLife(app: FastifyInstance, context: Context): void {
  const { inventory, store, tokens, nonces, audience, limiter, now, log } = context;
  const security = [{ bearer: [] }];
  const admin = tokens.guard('admin');
  const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
  const Reason = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) });
  type Ruled = { Params: { id: string }; Body: { reason: string } };

  const find = (id: string): HeldDevice => {
    const device = inventory.get(id);
    if (device === undefined) throw new StanceError('not-found', `There is no device ${id}.`);
    return device;
  };

  async function rule(request: FastifyRequest<Ruled>, state: DeviceState, from: readonly DeviceState[]): Promise<ReturnType<typeof summaryOf>> {
    const device = find(request.params.id);
    if (!from.includes(device.state))
      throw new StanceError('wrong-state', `The device ${device.id} is ${device.state}; only one that is ${from.join(' or ')} can become ${state}.`);
    const { reason } = request.body;
    await inventory.commit(device, { state, stateReason: reason });
    log.warn({ device: device.id, state, by: request.caller?.name, reason }, 'device ruled on');
    return summaryOf(device, now());
  }

  app.post<Ruled>(
    '/v1/devices/:id/approve',
    { ...admin, schema: { summary: 'A device that joined may report from now on. Scope: admin.', params: Id, body: Reason, security } },
    (request) => rule(request, 'active', ['pending']),
  );
  app.post<Ruled>(
    '/v1/devices/:id/revoke',
    {
      ...admin,
      schema: { summary: 'From now on nothing of this device is taken, and nothing granted on it. Scope: admin.', params: Id, body: Reason, security },
    },
    (request) => rule(request, 'revoked', ['pending', 'active', 'suspect', 'quarantined', 'revoked']),
  );
  app.post<Ruled>(
    '/v1/devices/:id/retire',
    { ...admin, schema: { summary: 'A device leaves in good order; its history stays. Scope: admin.', params: Id, body: Reason, security } },
    (request) => rule(request, 'retired', ['pending', 'active', 'suspect']),
  );

  app.addContentTypeParser(RETIREMENT_MEDIA_TYPE, { parseAs: 'string', bodyLimit: MAX_RETIREMENT_BYTES }, (_request, body, done) => done(null, body));
  app.post<{ Params: { id: string } }>(
    '/v1/devices/:id/retirement',
    { bodyLimit: MAX_RETIREMENT_BYTES, schema: { summary: 'A device says itself that it leaves.', consumes: [RETIREMENT_MEDIA_TYPE], params: Id } },
    async (request) => {
      limiter.take('address', addressOf(request));
      if (typeof request.body !== 'string') throw new StanceError('unsupported-media-type', `A retirement is sent as ${RETIREMENT_MEDIA_TYPE}.`);
      const device = inventory.get(request.params.id);
      if (device === undefined) throw new StanceError('device-unknown', 'No such device.');
      const claims = verifyRetirement(request.body.trim(), audience, device.jwk, { sha256, verifySignature });
      if (claims.iss !== device.id) throw new StanceError('claims-malformed', 'It was signed for another device.');
      if (device.state === 'retired') {
        // The first of two may be on its way to the disk, and a device that is told it has left forgets its key.
        await inventory.confirm(() => device.state === 'retired');
        return { state: device.state };
      }
      if (device.state === 'revoked' || device.state === 'quarantined')
        throw new StanceError(`device-${device.state}`, `This device is ${device.state}, and stays so.`);
      const nonce = nonces.open(claims.eat_nonce, audience, device.id, 'retirement', device.nonceFloor);
      if (typeof nonce === 'string') throw new StanceError(nonce, 'Ask for a new nonce and sign again.');
      await inventory.commit(device, { state: 'retired', stateReason: 'It left by itself.' });
      log.info({ device: device.id }, 'device retired');
      return { state: device.state };
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/v1/devices/:id',
    { ...admin, schema: { summary: 'Erases a device with its evidence and the decisions on it, for good. Scope: admin.', params: Id, security } },
    async (request, reply) => {
      const device = find(request.params.id);
      await inventory.settle();
      inventory.erase(device.id);
      log.warn({ device: device.id, by: request.caller?.name }, 'device erased');
      return reply.code(204).send();
    },
  );

  const Erasure = Type.Object({ subject: Type.String({ minLength: 1, maxLength: 1024, description: 'The id of the person, as decisions name them.' }) });
  app.post<{ Body: { subject: string } }>(
    '/v1/erasures',
    {
      ...admin,
      schema: { summary: "Erases a person's devices, and takes the person out of the decisions that are kept. Scope: admin.", body: Erasure, security },
    },
    async (request) => {
      const { subject } = request.body;
      await inventory.settle();
      context.decisions.flush();
      const devices = [...inventory.all()].filter(({ owner }) => owner === subject);
      for (const { id } of devices) inventory.erase(id);
      const decisions = store.eraseSubject(subject);
      log.warn({ devices: devices.length, decisions, by: request.caller?.name }, 'person erased');
      return { devices: devices.map(({ id }) => id), decisions };
    },
  );
}

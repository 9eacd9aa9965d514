/** Whose a device is, and its tags: what policies know it by besides its posture. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { StanceError } from '../model/index.ts';
import type { Context } from './context.ts';
import { summaryOf } from './devices.ts';
import type { DeviceChange, HeldDevice } from './inventory.ts';

export const Owner = Type.String({ minLength: 1, maxLength: 256, description: 'Whose device it is: a user id as policies name it, or `group:NAME`.' });
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\w.:-]+$' }), {
  maxItems: 50,
  uniqueItems: true,
  description: 'What policies know it by.',
});

export function registerAssignment(app: FastifyInstance, { inventory, store, tokens, rules, now, log }: Context): void {
  /** Other baselines may be for it now: it is judged again by what it reported last. */
  function judgedAs(device: HeldDevice): DeviceChange {
    const { appraiser } = rules();
    if (device.facts === null) return {};
    const { facts, factsVersion, clocks } = appraiser.judge(device, store.readings(device.id), { ...device.facts, at: now(), as: 'again' });
    return { facts, factsVersion, clocks };
  }

  const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
  const Assignment = Type.Object({ owner: Type.Optional(Type.Union([Owner, Type.Null()])), tags: Type.Optional(Tags) }, { minProperties: 1 });
  app.post<{ Params: { id: string }; Body: { owner?: string | null; tags?: string[] } }>(
    '/v1/devices/:id/assignment',
    {
      ...tokens.guard('admin'),
      schema: { summary: 'Whose a device is, and its tags; what is left out stays. Scope: admin.', params: Id, body: Assignment, security: [{ bearer: [] }] },
    },
    async (request) => {
      const device = inventory.get(request.params.id);
      if (device === undefined) throw new StanceError('not-found', `There is no device ${request.params.id}.`);
      const { owner = device.owner, tags = device.tags } = request.body;
      await inventory.commit(device, { owner, tags, ...judgedAs({ ...device, owner, tags }) });
      rules().appraiser.forget(device);
      log.info({ device: device.id, by: request.caller?.name, owner, tags }, 'device assigned');
      return summaryOf(device, now());
    },
  );
}

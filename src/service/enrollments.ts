/** A device joins: a token, and a proof that it holds the key which it brings. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { thumbprint, verifyEnrollment } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { EnrollmentAnswer, EnrollmentRequest, NonceAnswer, NonceRequest, StanceError } from '../model/index.ts';
import { Owner, Tags } from './assignment.ts';
import { type Context, instant } from './context.ts';
import type { HeldDevice } from './inventory.ts';
import { newDevice } from './new-device.ts';
import { addressOf } from './rate-limits.ts';
import type { StoredDevice } from './store/store.ts';

/** Before it has an id, a device is nobody in particular. */
const NOBODY = '';

export function registerEnrollments(app: FastifyInstance, context: Context): void {
  const { inventory, store, nonces, tokens, rules, audience, limiter, now } = context;

  app.post<{ Body: NonceRequest }>(
    '/v1/nonces',
    { schema: { summary: 'A nonce to sign; unknown devices are answered like known ones.', body: NonceRequest, response: { 200: NonceAnswer } } },
    async (request) => {
      const { purpose, device } = request.body;
      limiter.take('address', addressOf(request));
      const id = purpose === 'enrollment' ? NOBODY : (device ?? NOBODY);
      return { nonce: nonces.mint(audience, id, purpose, inventory.get(id)?.nonceFloor), audience, serviceTime: instant(now()) };
    },
  );

  /**
   * The device that this machine says it was: the last with the same hash of its machine id. A link for people, and nothing good is
   * inherited: what was quarantined does not come back without an administrator, and what failed goes on failing since then.
   */
  function predecessorOf(machineHash: string | undefined): HeldDevice | undefined {
    if (machineHash === undefined) return undefined;
    const same = [...inventory.all()].filter(({ description }) => description.machineHash === machineHash);
    return same.find(({ state }) => state === 'quarantined') ?? same.sort((a, b) => (a.enrolledAt < b.enrolledAt ? -1 : 1)).at(-1);
  }

  /**
   * The device that this key joined as, where it has not reported yet: the answer was lost, and asking again brings it. A token is not
   * asked for again; it was used up. What somebody recorded brings nothing: its nonce is that of the first time.
   */
  function joinedBefore(key: string, mintedAt: number): HeldDevice | undefined {
    const id = store.deviceOfKey(key);
    if (id === undefined) return undefined;
    const device = inventory.get(id);
    if (device === undefined || device.head !== null || !['active', 'pending'].includes(device.state) || mintedAt <= device.nonceFloor)
      throw new StanceError('key-in-use', 'This key has joined before. Remove the state folder of the agent and enroll again.');
    return device;
  }

  const answerTo = (device: StoredDevice): EnrollmentAnswer => ({
    device: device.id,
    state: device.state,
    assurance: device.assurance,
    audience,
    epoch: device.epoch,
    nonce: nonces.mint(audience, device.id, 'evidence', device.nonceFloor),
    serviceTime: instant(now()),
    reportIntervalMs: context.reportIntervalMs,
    baseline: rules().appraiser.bundle(device),
  });

  app.post<{ Body: EnrollmentRequest }>(
    '/v1/enrollments',
    {
      schema: {
        summary: 'A device joins. Asked again with the same key before the first report, it gets the same answer.',
        body: EnrollmentRequest,
        response: { 201: EnrollmentAnswer },
      },
    },
    async (request, reply) => {
      const { body, log } = request;
      // Every try counts: tokens could be guessed at.
      limiter.take('address', addressOf(request));
      const claims = verifyEnrollment(body.proof, audience, { verifySignature, sha256 });
      const nonce = nonces.open(claims.eat_nonce, audience, NOBODY, 'enrollment');
      if (typeof nonce === 'string')
        throw new StanceError(nonce, 'Ask for a new nonce and sign again.', { extra: { nonce: nonces.mint(audience, NOBODY, 'enrollment') } });
      // A key is one device's for ever.
      const same = joinedBefore(thumbprint(claims.jwk, sha256), nonce.mintedAt);
      if (same !== undefined) {
        await inventory.commit(same, { nonceFloor: nonce.mintedAt });
        log.info({ device: same.id }, 'device asked again how it is enrolled');
        return reply.code(201).send(answerTo(same));
      }
      const predecessor = predecessorOf(body.description?.machineHash);
      // Together: a token must not be used up for a device that could not be stored.
      const device = inventory.add(() => {
        const grant = tokens.useEnrollment(body.token, instant(now()));
        const approved = grant.approves && predecessor?.state !== 'quarantined';
        return newDevice({
          id: randomUUID(),
          jwk: claims.jwk,
          platform: claims.platform,
          state: approved ? 'active' : 'pending',
          stateReason: approved ? null : grant.approves ? 'This machine was quarantined before.' : 'A token alone lets nobody in.',
          enrolledAt: instant(now()),
          description: body.description ?? {},
          owner: grant.owner,
          tags: grant.tags,
          clocks: predecessor?.clocks ?? {},
          nonceFloor: nonce.mintedAt,
          predecessor: predecessor?.id ?? null,
        });
      });
      log.info({ device: device.id, platform: device.platform, state: device.state, predecessor: device.predecessor }, 'device enrolled');
      return reply.code(201).send(answerTo(device));
    },
  );

  const EnrollmentTokenRequest = Type.Object({
    uses: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
    expiresInSeconds: Type.Integer({ minimum: 60, maximum: 365 * 86_400, default: 86_400 }),
    approves: Type.Boolean({ default: false, description: 'Devices that join with it need no approval. Who steals it gets in.' }),
    owner: Type.Optional(Owner),
    tags: Type.Optional(Tags),
  });
  app.post<{ Body: { uses: number; expiresInSeconds: number; approves: boolean; owner?: string; tags?: string[] } }>(
    '/v1/enrollment-tokens',
    {
      ...tokens.guard('admin'),
      schema: { summary: 'A token that lets devices join. Scope: admin.', body: EnrollmentTokenRequest, security: [{ bearer: [] }] },
    },
    async (request, reply) => {
      const by = request.caller?.name;
      const { uses, expiresInSeconds, approves, owner = null, tags = [] } = request.body;
      const expiresAt = instant(now() + expiresInSeconds * 1000);
      const token = tokens.issueEnrollment(uses, expiresAt, { approves, owner, tags });
      request.log.info({ by, uses, approves, expiresAt }, 'enrollment token issued');
      return reply.code(201).send({ token, uses, approves, owner, tags, expiresAt });
    },
  );
}

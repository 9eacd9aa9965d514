/** A device joins: a token, and a proof that it holds the key which it brings. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { thumbprint, verifyEnrollment } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { EnrollmentAnswer, EnrollmentRequest, NonceAnswer, NonceRequest, StanceError } from '../model/index.ts';
import { baselineFor } from '../policy/index.ts';
import { type Context, instant } from './context.ts';

/** Before it has an id, a device is nobody in particular. */
const NOBODY = '';

export function registerEnrollments(app: FastifyInstance, context: Context): void {
  const { inventory, nonces, tokens, policies, audience, now } = context;

  app.post<{ Body: NonceRequest }>(
    '/v1/nonces',
    { schema: { summary: 'A nonce to sign; unknown devices are answered like known ones.', body: NonceRequest, response: { 200: NonceAnswer } } },
    async ({ body }) => ({
      nonce: nonces.mint(audience, body.purpose === 'enrollment' ? NOBODY : (body.device ?? NOBODY), body.purpose),
      audience,
      serviceTime: instant(now()),
    }),
  );

  /** Keys that joined before: a key is one device's for ever. */
  const taken = new Set([...inventory.list('')].map(({ jwk }) => thumbprint(jwk, sha256)));

  app.post<{ Body: EnrollmentRequest }>(
    '/v1/enrollments',
    { schema: { summary: 'A device joins.', body: EnrollmentRequest, response: { 201: EnrollmentAnswer } } },
    async ({ body, log }, reply) => {
      const claims = verifyEnrollment(body.proof, audience, verifySignature, sha256);
      const nonce = nonces.open(claims.eat_nonce, audience, NOBODY, 'enrollment');
      if (typeof nonce === 'string')
        throw new StanceError(nonce, 'Ask for a new nonce and sign again.', { extra: { nonce: nonces.mint(audience, NOBODY, 'enrollment') } });
      const key = thumbprint(claims.jwk, sha256);
      if (taken.has(key)) throw new StanceError('key-in-use', 'This key has joined before. Remove the state folder of the agent and enroll again.');
      tokens.useEnrollment(body.token, instant(now()));
      const device = {
        id: randomUUID(),
        jwk: claims.jwk,
        platform: claims.platform,
        // A key that a program made and keeps. Nothing a device says of itself makes it more.
        assurance: 'software' as const,
        state: 'active' as const,
        stateReason: null,
        enrolledAt: instant(now()),
        description: body.description ?? {},
        epoch: randomBytes(16).toString('base64url'),
        head: null,
        facts: null,
        factsVersion: null,
        lastReceivedAt: null,
      };
      inventory.add(device);
      taken.add(key);
      log.info({ device: device.id, platform: device.platform }, 'device enrolled');
      const baseline = baselineFor(policies, device.platform);
      return reply.code(201).send({
        device: device.id,
        state: device.state,
        assurance: device.assurance,
        audience,
        epoch: device.epoch,
        nonce: nonces.mint(audience, device.id, 'evidence'),
        serviceTime: instant(now()),
        reportIntervalMs: context.reportIntervalMs,
        baseline: baseline === null ? null : { id: baseline.document.id, version: baseline.version, document: baseline.document },
      });
    },
  );

  const EnrollmentTokenRequest = Type.Object({
    uses: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
    expiresInSeconds: Type.Integer({ minimum: 60, maximum: 365 * 86_400, default: 86_400 }),
  });
  app.post<{ Body: { uses: number; expiresInSeconds: number } }>(
    '/v1/enrollment-tokens',
    {
      ...tokens.guard('admin'),
      schema: { summary: 'A token that lets devices join. Scope: admin.', body: EnrollmentTokenRequest, security: [{ bearer: [] }] },
    },
    async (request, reply) => {
      const by = request.caller?.name;
      const expiresAt = instant(now() + request.body.expiresInSeconds * 1000);
      const token = tokens.issueEnrollment(request.body.uses, expiresAt);
      request.log.info({ by, uses: request.body.uses, expiresAt }, 'enrollment token issued');
      return reply.code(201).send({ token, uses: request.body.uses, expiresAt });
    },
  );
}

/** The yardsticks: bare fastify routes that do the least that any such service must. */
import { createPublicKey, verify } from 'node:crypto';
import fastify from 'fastify';
import { fromBase64url, utf8 } from '../../src/attest/index.ts';
import type { EcPublicJwk } from '../../src/model/index.ts';
import { EVIDENCE_MEDIA_TYPE } from '../../src/model/index.ts';
import { listening, received } from './server.ts';

const { keys } = await received<{ keys: Readonly<Record<string, EcPublicJwk>> }>();
const imported = new Map(Object.entries(keys).map(([device, key]) => [device, createPublicKey({ key, format: 'jwk' })]));
const app = fastify({ bodyLimit: 256 * 1024 });
app.addContentTypeParser(EVIDENCE_MEDIA_TYPE, { parseAs: 'string' }, (_request, body, done) => done(null, body));

/** Reads the same body and verifies it with `crypto.verify` as Node's manual has it for such signatures, under the key that a header names. */
app.post('/v1/evidence', async (request, reply) => {
  const [head = '', payload = '', signature = ''] = (request.body as string).split('.');
  const key = imported.get(String(request.headers['x-device']));
  const valid =
    key !== undefined && verify('sha256', utf8(`${head}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, fromBase64url(signature) ?? new Uint8Array());
  return reply.code(valid ? 200 : 403).send({ result: 'accepted' });
});

/** Parses the same body and answers. */
app.post('/access/v1/evaluation', async (request) => ({ decision: (request.body as { subject?: { id?: string } }).subject?.id !== '' }));

await app.listen({ host: '127.0.0.1', port: 0 });
listening((app.server.address() as { port: number }).port);

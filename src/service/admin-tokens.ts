/** Bearer tokens for callers: made, listed and taken back by administrators. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { StanceError } from '../model/index.ts';
import { type Context, instant } from './context.ts';
import { SCOPES, type Scope } from './store/store.ts';

const TokenRequest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, description: 'For people: who uses it.' }),
  scopes: Type.Array(Type.Enum([...SCOPES]), { minItems: 1, uniqueItems: true }),
  expiresInSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 3 * 365 * 86_400 })),
});

export function registerAdminTokens(app: FastifyInstance, { tokens, now }: Context): void {
  const security = [{ bearer: [] }];
  app.post<{ Body: { name: string; scopes: Scope[]; expiresInSeconds?: number } }>(
    '/v1/tokens',
    { ...tokens.guard('admin'), schema: { summary: 'A bearer token for a caller; shown once. Scope: admin.', body: TokenRequest, security } },
    async (request, reply) => {
      const by = request.caller?.name;
      const { name, scopes, expiresInSeconds } = request.body;
      const expiresAt = expiresInSeconds === undefined ? null : instant(now() + expiresInSeconds * 1000);
      const token = tokens.issue(name, scopes, expiresAt);
      request.log.info({ by, name, scopes, expiresAt }, 'token issued');
      return reply.code(201).send({ token, name, scopes, expiresAt });
    },
  );

  app.get(
    '/v1/tokens',
    { ...tokens.guard('admin'), schema: { summary: 'Names, scopes and ends of all tokens; never the tokens. Scope: admin.', security } },
    async () => ({ tokens: tokens.list() }),
  );

  const Name = Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) });
  app.delete<{ Params: { name: string } }>(
    '/v1/tokens/:name',
    { ...tokens.guard('admin'), schema: { summary: 'Takes every token of that name back, at once. Scope: admin.', params: Name, security } },
    async (request, reply) => {
      const by = request.caller?.name;
      if (tokens.revoke(request.params.name) === 0) throw new StanceError('not-found', `There is no token named ${request.params.name}.`);
      request.log.warn({ by, name: request.params.name }, 'tokens taken back');
      return reply.code(204).send();
    },
  );
}

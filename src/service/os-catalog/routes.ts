/** The catalogue of releases over HTTP: for anybody to check, for administrators to replace. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { OsCatalog } from '../../model/index.ts';
import type { Context } from '../context.ts';
import { readCatalog } from './build.ts';

/** A catalogue of some hundred releases is about 200 KiB. */
const MAX_BYTES = 2 * 1024 * 1024;

export function registerOsCatalog(app: FastifyInstance, { osCatalog, tokens }: Context): void {
  app.get(
    '/v1/os-catalog',
    { schema: { summary: 'Releases, ends of support and builds, signed: a JWS of type stance-os-catalog+jwt.' } },
    async (_request, reply) => reply.type('application/jwt').send(await osCatalog.signed()),
  );
  app.put<{ Body: OsCatalog }>(
    '/v1/os-catalog',
    {
      ...tokens.guard('admin'),
      bodyLimit: MAX_BYTES,
      schema: { summary: 'Puts a newer catalogue into force. Scope: admin.', body: Type.Unknown(), security: [{ bearer: [] }] },
    },
    async (request) => {
      osCatalog.activate(readCatalog(request.body));
      return { version: osCatalog.version, generatedAt: osCatalog.catalog.generatedAt, rows: osCatalog.catalog.rows.length };
    },
  );
}

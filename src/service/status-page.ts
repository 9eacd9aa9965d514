/** A read-only page for people: devices, compliance, verdicts. It has no more rights than the token it is given. */
import type { FastifyInstance } from 'fastify';
import { readAsset } from './assets.ts';

/** Nothing from elsewhere, nothing inline (CSP Level 3). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['status.html', 'text/html; charset=utf-8'],
  '/status.css': ['status.css', 'text/css; charset=utf-8'],
  '/status.js': ['status.js', 'text/javascript; charset=utf-8'],
};

export function registerStatusPage(app: FastifyInstance): void {
  for (const [route, [file, type]] of Object.entries(FILES)) {
    const text = readAsset(`service/page/${file}`);
    app.get(route, { schema: { hide: true } }, async (_request, reply) =>
      reply.header('content-security-policy', POLICY).header('referrer-policy', 'no-referrer').header('cache-control', 'no-cache').type(type).send(text),
    );
  }
}

/** Decisions: OpenID AuthZEN Authorization API 1.0. A "no" is an answer (200), not an error. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Compile } from 'typebox/compile';
import { EvaluationRequest, StanceError } from '../model/index.ts';
import type { DecisionInput } from '../policy/index.ts';
import type { Context } from './context.ts';
import type { HeldDevice } from './inventory.ts';
import { parseJsonBody } from './json-body.ts';
import { FROM_MEMORY_MS } from './store-watch.ts';
import { hasScope } from './tokens.ts';

const schema = Compile(EvaluationRequest);
const EVALUATION = '/access/v1/evaluation';

/** `context.device.id`, else `subject.properties.device_id` (DESIGN section 6). A session on a device that is named, and is none, is not on another. */
function deviceIdOf({ context, subject }: EvaluationRequest): string | undefined {
  const device = context?.device;
  const named = typeof device === 'object' && device !== null && 'id' in device ? device.id : subject.properties?.device_id;
  return typeof named === 'string' ? named : undefined;
}

/** @throws StanceError `bad-request`, `json-ambiguous` */
function parseRequest(text: unknown): EvaluationRequest {
  const body = parseJsonBody(String(text));
  if (schema.Check(body)) return body;
  const [error] = schema.Errors(body);
  throw new StanceError('bad-request', `The evaluation request is not of its form: ${error?.instancePath || '/'} ${error?.message ?? ''}.`);
}

export function registerAccess(app: FastifyInstance, { inventory, rules, storeWatch, tokens, decisions, metrics, now, url }: Context): void {
  // Section 10.1.4: a request id is echoed.
  app.addHook('onRequest', (request, reply, done) => {
    const id = request.headers['x-request-id'];
    if (typeof id === 'string' && id.length <= 200 && /^[\x21-\x7e]+$/.test(id)) void reply.header('x-request-id', id);
    done();
  });
  // The text is kept for the log, so that nothing is written out a second time.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text));

  app.post(
    EVALUATION,
    { ...tokens.guard('decide'), schema: { summary: 'May this subject do this to that? AuthZEN 1.0. Scope: decide.', security: [{ bearer: [] }] } },
    (request, reply) => {
      const text = request.body;
      const body = parseRequest(text);
      const id = deviceIdOf(body);
      const device: HeldDevice | undefined = id === undefined ? undefined : inventory.get(id);
      const awayMs = storeWatch.awayMs();
      const input: DecisionInput = {
        id: randomUUID(),
        request: body,
        device: device?.facts ?? null,
        // What was revoked since is not known here.
        state: device === undefined ? null : awayMs > FROM_MEMORY_MS ? 'unknown' : device.state,
        owner: device?.owner ?? null,
        ...(device === undefined ? {} : { tags: device.tags }),
        at: now(),
        trustProperties: hasScope(request.caller, 'assert'),
        degraded: awayMs > 0,
      };
      const decision = rules().engine.decide(input);
      decisions.add(String(text), decision, input, device?.head?.hash);
      metrics.decision(decision.context.outcome);
      void reply.type('application/json; charset=utf-8').send(JSON.stringify(decision));
    },
  );

  app.get('/.well-known/authzen-configuration', { schema: { summary: 'Where decisions are asked for (AuthZEN 1.0 section 9).' } }, async () => ({
    policy_decision_point: url(),
    access_evaluation_endpoint: new URL(EVALUATION, url()).href,
  }));
}

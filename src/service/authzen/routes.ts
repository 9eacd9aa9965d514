/** OpenID AuthZEN Authorization API 1.0 on the wire. A "no" is an answer (200), not an error. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Decision, EvaluationRequest } from '../../model/index.ts';
import { createCohort } from '../cohort.ts';
import type { Context } from '../context.ts';
import { type Arrived, arrivedAt, type DirectRoute, JSON_TYPE } from '../direct.ts';
import { parseJsonBody } from '../json-body.ts';
import type { Caller } from '../tokens.ts';
import { MAX_BODY_BYTES } from '../transport.ts';
import { decisionJson } from './answer.ts';
import { decideBatch } from './batch.ts';
import { createDecider } from './deciding.ts';
import { createPageTokens } from './page-tokens.ts';
import { MAX_EVALUATIONS, readBatch, readEvaluation, readSearch, type Sought } from './requests.ts';
import { search } from './search.ts';

/** The names are those of the metadata, section 9.1. */
const ENDPOINTS = {
  access_evaluation_endpoint: '/access/v1/evaluation',
  access_evaluations_endpoint: '/access/v1/evaluations',
  search_subject_endpoint: '/access/v1/search/subject',
  search_resource_endpoint: '/access/v1/search/resource',
  search_action_endpoint: '/access/v1/search/action',
} as const;

const SEARCHES: Readonly<Record<Sought, string>> = {
  subject: 'Which people of the directory may do this to that? AuthZEN 1.0 section 8. Scope: decide.',
  resource: 'To which resources of the directory may this subject do this? AuthZEN 1.0 section 8. Scope: decide.',
  action: 'Which actions, of those that directory and policies name, may this subject do to that? AuthZEN 1.0 section 8. Scope: decide.',
};

const sendText = (reply: FastifyReply, json: string): void => void reply.type(JSON_TYPE).send(json);
const sendJson = (reply: FastifyReply, answer: object): void => sendText(reply, JSON.stringify(answer));

/** A question on its way, and what its steps have made of it. */
interface Question extends Arrived<Caller | null> {
  asked: EvaluationRequest;
  decision: Decision;
  /** Of the answer. */
  json: string;
}

/** AuthZEN 1.0 section 10.1.4: a request id is echoed; undefined for none, and for what is no id. */
function requestIdOf({ 'x-request-id': id }: IncomingHttpHeaders): string | undefined {
  return typeof id === 'string' && id.length <= 200 && /^[\x21-\x7e]+$/.test(id) ? id : undefined;
}

/** What is asked all day is answered directly. */
export function registerAuthzen(app: FastifyInstance, context: Context): DirectRoute<Caller | null> {
  const { tokens, limiter, keys, rules, url } = context;
  const decider = createDecider(context);
  const pageTokens = createPageTokens(keys.nonceKeys);
  const guarded = (summary: string) => ({ ...tokens.guard('decide'), schema: { summary, security: [{ bearer: [] }] } });
  /** The guard has taken one for the request itself. */
  const takeFor = (name: string, decisions: number): void => {
    for (let more = 1; more < decisions; more++) limiter.take('token', name);
  };

  app.addHook('onRequest', (request, reply, done) => {
    const id = requestIdOf(request.headers);
    if (id !== undefined) void reply.header('x-request-id', id);
    done();
  });
  // The text is kept for the log, so that nothing is written out a second time.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text));

  const ask = createCohort<Question>(
    [
      (question) => {
        question.asked = readEvaluation(parseJsonBody(String(question.text)));
      },
      (question) => {
        question.decision = decider.decide(question.asked, question.from, String(question.text));
      },
      (question) => {
        question.json = decisionJson(question.decision);
      },
      ({ send, json }) => send(json),
    ],
    ({ refuse }, error) => refuse(error),
  );
  app.post(ENDPOINTS.access_evaluation_endpoint, guarded('May this subject do this to that? AuthZEN 1.0 section 6. Scope: decide.'), (request, reply) =>
    ask(arrivedAt(request.caller, request, reply) as Question),
  );

  app.post(
    ENDPOINTS.access_evaluations_endpoint,
    guarded(`The same for up to ${MAX_EVALUATIONS} questions at once. AuthZEN 1.0 section 7. Scope: decide.`),
    (request, reply) => {
      const { caller } = request;
      const text = String(request.body);
      const batch = readBatch(parseJsonBody(text));
      const count = batch.evaluations?.length ?? 0;
      // Section 7.1: without a list it is a single evaluation.
      if (count === 0) return sendText(reply, decisionJson(decider.decide(readEvaluation(batch), caller, text)));
      takeFor(caller?.name ?? '', count);
      sendJson(reply, { evaluations: decideBatch(batch, (one) => decider.decide(one, caller, JSON.stringify(one))) });
    },
  );

  for (const [sought, summary] of Object.entries(SEARCHES) as [Sought, string][]) {
    app.post(ENDPOINTS[`search_${sought}_endpoint`], guarded(summary), (request, reply) => {
      const { caller } = request;
      const permits = (one: Parameters<typeof decider.wouldPermit>[0]): boolean => {
        // Each candidate is a decision, and counts as one.
        limiter.take('token', caller?.name ?? '');
        return decider.wouldPermit(one, caller);
      };
      const { request: asked, page } = readSearch(request.body, sought);
      // A page after the next result of the same device is a page of the same search.
      sendJson(reply, search(sought, { request: decider.about(asked), page }, { caller, set: rules().set, tokens: pageTokens, permits }));
    });
  }

  app.get('/.well-known/authzen-configuration', { schema: { summary: 'Where decisions are asked for (AuthZEN 1.0 section 9).' } }, async () => ({
    policy_decision_point: url(),
    ...Object.fromEntries(Object.entries(ENDPOINTS).map(([name, path]) => [name, new URL(path, url()).href])),
  }));

  return {
    path: ENDPOINTS.access_evaluation_endpoint,
    types: [JSON_TYPE, 'application/json'],
    maxBytes: MAX_BODY_BYTES,
    admit: ({ headers }) => tokens.admit('decide', headers.authorization),
    take: (arrived) => ask(arrived as Question),
    requestIdOf,
  };
}

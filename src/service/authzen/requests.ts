/** What is asked, on the wire: read once, refused in words. AuthZEN 1.0 sections 6.1, 7.1, 8 and 10.1. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { EvaluationRequest, StanceError } from '../../model/index.ts';
import { parseJsonBody } from '../json-body.ts';

/** What one batch may ask; each answer is a kilobyte or two. */
export const MAX_EVALUATIONS = 256;
export const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
export type Semantic = (typeof SEMANTICS)[number];

const Default = Type.Optional(Type.Object({}));
/** Defaults are looked at where an item uses them: one that is not whole is no fault while all items bring their own. */
const BatchRequest = Type.Object({
  ...{ subject: Default, action: Default, resource: Default, context: Default },
  evaluations: Type.Optional(Type.Array(Type.Unknown(), { maxItems: MAX_EVALUATIONS })),
  options: Type.Optional(Type.Object({ evaluations_semantic: Type.Optional(Type.Enum([...SEMANTICS] as unknown as typeof SEMANTICS)) })),
});
export type BatchRequest = Static<typeof BatchRequest>;

const Paged = Type.Object({
  page: Type.Optional(
    Type.Object({ token: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })), limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9 })) }),
  ),
});
export type Page = NonNullable<Static<typeof Paged>['page']>;

const [evaluation, batch, paged] = [Compile(EvaluationRequest), Compile(BatchRequest), Compile(Paged)];
type Schema = typeof evaluation | typeof batch | typeof paged;

function problemOf(schema: Schema, body: unknown): StanceError {
  const [error] = schema.Errors(body);
  return new StanceError('bad-request', `The request is not of its form: ${error?.instancePath || '/'} ${error?.message ?? ''}.`);
}

/** @throws StanceError `bad-request` */
export function readEvaluation(body: unknown): EvaluationRequest {
  if (evaluation.Check(body)) return body;
  throw problemOf(evaluation, body);
}

/** @throws StanceError `bad-request`: not of its form, a semantic that nobody knows, or more than 256 evaluations. */
export function readBatch(body: unknown): BatchRequest {
  if (batch.Check(body)) return body;
  throw problemOf(batch, body);
}

export type Sought = 'subject' | 'resource' | 'action';
export interface SearchRequest {
  /** The evaluation with this id, or action, put in. */
  readonly request: EvaluationRequest;
  readonly page: Page | undefined;
}
const ANY = 'any';

/** A search is an evaluation with one thing left open; what is said in that place is ignored. @throws StanceError `bad-request` */
export function readSearch(text: unknown, sought: Sought): SearchRequest {
  const body = parseJsonBody(String(text));
  if (!paged.Check(body)) throw problemOf(paged, body);
  const told: Readonly<Record<string, unknown>> = body;
  const entity = told[sought];
  const open = sought === 'action' ? { name: ANY } : typeof entity === 'object' && entity !== null ? { ...entity, id: ANY } : entity;
  return { request: readEvaluation({ ...told, [sought]: open }), page: body.page };
}

/** `context.device.id` (`presented.ts` has put it there where a result was shown), else `subject.properties.device_id` (DESIGN section 6). A session on a device that is named, and is none, is not on another. */
export function deviceIdOf({ context, subject }: EvaluationRequest): string | undefined {
  const device = context?.device;
  const named = typeof device === 'object' && device !== null && 'id' in device ? device.id : subject.properties?.device_id;
  return typeof named === 'string' ? named : undefined;
}

/** Many evaluations in one request, as a walk over its items; pure. AuthZEN 1.0 section 7. */
import { type Decision, type EvaluationRequest, StanceError } from '../../model/index.ts';
import { type BatchRequest, readEvaluation, type Semantic } from './requests.ts';

/** An item that cannot be decided is denied in its place: status and message are what it would have got alone. */
interface NotDecided {
  readonly decision: false;
  readonly context: { readonly error: { readonly status: 400; readonly message: string } };
}
export type ItemAnswer = Decision | NotDecided;

/** The answer after which nothing more is decided: it is the last of the list. */
const ENDS: Readonly<Record<Semantic, boolean | undefined>> = { execute_all: undefined, deny_on_first_deny: false, permit_on_first_permit: true };

function answerOf(item: unknown, decide: (request: EvaluationRequest) => Decision): ItemAnswer {
  let request: EvaluationRequest;
  try {
    request = readEvaluation(item);
  } catch (error) {
    if (!(error instanceof StanceError)) throw error;
    return { decision: false, context: { error: { status: 400, message: error.message } } };
  }
  return decide(request);
}

/** Members of an item stand for the whole default: nothing inside them is merged. */
const withDefaults = ({ subject, action, resource, context }: BatchRequest, item: unknown): unknown =>
  typeof item !== 'object' || item === null || Array.isArray(item)
    ? item
    : Object.fromEntries(Object.entries({ subject, action, resource, context, ...item }).filter(([, value]) => value !== undefined));

/** In the order of the items. */
export function decideBatch(batch: BatchRequest, decide: (request: EvaluationRequest) => Decision): readonly ItemAnswer[] {
  const end = ENDS[batch.options?.evaluations_semantic ?? 'execute_all'];
  const answers: ItemAnswer[] = [];
  for (const item of batch.evaluations ?? []) {
    const answer = answerOf(withDefaults(batch, item), decide);
    answers.push(answer);
    if (answer.decision === end) break;
  }
  return answers;
}

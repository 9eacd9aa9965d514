/** May this request pass? Put together from an attestation result, a decision, or both; knows no web framework. Fails closed. */
import { ERRORS, type ErrorCode, StanceError } from '../model/errors.ts';
import type { Answer, EvaluationRequest } from './answer.ts';
import type { Client } from './client.ts';
import type { VerifiedResult, Verifier } from './verifier.ts';

/** What the guarded code may know; what was not asked for is absent. */
export interface Admitted {
  readonly result?: VerifiedResult;
  readonly answer?: Answer;
}

export interface GuardOptions<Request> {
  /** Verifies the attestation result that the request brings. */
  readonly verifier?: Verifier;
  /** Header with the attestation result; `attestation-result` by default. */
  readonly header?: string;
  /** Which devices are taken: by default those that are compliant or in grace, and of other verifiers those that are affirmed. */
  readonly accept?: (result: VerifiedResult) => boolean | Promise<boolean>;
  /** Asks the service; needs `question`. */
  readonly client?: Client;
  /**
   * Who wants to do what: undefined where nobody has signed in. The result is there where a verifier is; where the question names no device, it is
   * asked about the one of the result (`context.device.attestation_result`).
   */
  readonly question?: (request: Request, result: VerifiedResult | undefined) => EvaluationRequest | undefined | Promise<EvaluationRequest | undefined>;
  /** Obligations that your application enforces. An answer with any other does not let in. */
  readonly enforces?: readonly string[];
  readonly timeoutMs?: number;
}

/** RFC 9457, and the headers that go with it. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: Readonly<Record<string, unknown>>;
}

/** Actions that a sign-in brings, so that a client which asks for one is told how (RFC 9470). */
const SIGN_IN_ACTIONS: ReadonlySet<string> = new Set(['mfa', 'phishing-resistant-mfa', 'sign-in']);

export const isHealthy = ({ status, stance }: VerifiedResult): boolean =>
  stance === undefined
    ? status === 'affirming'
    : (status === 'affirming' || status === 'warning') && (stance.compliance === 'compliant' || stance.compliance === 'grace');

function refusal(status: number, code: ErrorCode, detail: string, more: Readonly<Record<string, unknown>> = {}, challenge = 'invalid_token'): Refusal {
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': `Bearer realm="stance"${challenge === '' ? '' : `, error="${challenge}"`}` } : {}),
  };
  return { status, headers, problem: { ...more, type: `urn:stance:error:${code}`, title: ERRORS[code].title, status, code, detail } };
}

/** Whoever cannot be asked is not the fault of who asks: 503. */
const failed = (code: string, detail: string): Refusal => refusal(503, code in ERRORS ? (code as ErrorCode) : 'internal', detail);

function refuseAnswer(answer: Answer): Refusal {
  if (answer.failure !== undefined) return failed(answer.failure.code, answer.reasons.join(' '));
  const more = {
    outcome: answer.outcome,
    reasons: answer.reasons,
    required_actions: answer.requiredActions,
    required_any: answer.requiredAny,
    obligations: answer.obligations,
    ...(answer.context.to_do === undefined ? {} : { to_do: answer.context.to_do }),
  };
  const steps = [...answer.requiredActions, ...answer.requiredAny.flat()];
  const signIn = answer.outcome === 'challenge' && steps.some((action) => SIGN_IN_ACTIONS.has(action));
  return refusal(signIn ? 401 : 403, 'access-denied', answer.reasons.join(' ') || 'This is not allowed.', more, 'insufficient_user_authentication');
}

async function verifyResult(verifier: Verifier, compact: string | undefined): Promise<VerifiedResult | Refusal> {
  if (compact === undefined || compact === '') return refusal(401, 'result-missing', 'The request brings no attestation result.', {}, '');
  try {
    return await verifier.verifyResult(compact);
  } catch (error) {
    if (!(error instanceof StanceError)) return failed('internal', 'The attestation result could not be verified.');
    return error.code === 'keys-unavailable' ? failed(error.code, 'The keys to verify with cannot be had just now.') : refusal(401, error.code, error.message);
  }
}

/** A question that names no device, with the one that the result is about. */
function aboutDevice(question: EvaluationRequest, attestationResult: string | undefined): EvaluationRequest {
  if (question.context?.device !== undefined || question.subject.properties?.device_id !== undefined) return question;
  return { ...question, context: { ...question.context, device: { attestation_result: attestationResult } } };
}

const isRefusal = (value: object): value is Refusal => 'problem' in value;

/**
 * @returns a function that lets in or refuses, and never rejects. `headerOf` reads a header of the request by its name in lower case.
 * @throws StanceError `usage`
 */
export function createGuard<Request>(
  options: GuardOptions<Request>,
): (request: Request, headerOf: (name: string) => string | undefined) => Promise<{ readonly admitted: Admitted } | Refusal> {
  const { verifier, header = 'attestation-result', accept = isHealthy, client, question, enforces = [], timeoutMs } = options;
  if (verifier === undefined && client === undefined)
    throw new StanceError('usage', 'protect() needs a verifier, a client, or both: without, it would let everybody in.');
  if ((client === undefined) !== (question === undefined)) throw new StanceError('usage', 'client and question go together: who wants to do what?');

  async function check(request: Request, headerOf: (name: string) => string | undefined): Promise<{ readonly admitted: Admitted } | Refusal> {
    let result: VerifiedResult | undefined;
    const compact = headerOf(header.toLowerCase());
    if (verifier !== undefined) {
      const verified = await verifyResult(verifier, compact);
      if (isRefusal(verified)) return verified;
      result = verified;
      if ((await accept(result)) !== true)
        return refusal(403, 'device-not-trusted', `The device is ${result.stance?.compliance ?? result.status}.`, { required_actions: ['fix-device'] });
    }
    if (client === undefined || question === undefined) return { admitted: result === undefined ? {} : { result } };
    const asked = await question(request, result);
    if (asked === undefined) return refusal(401, 'sign-in-needed', 'Sign in first.', { required_actions: ['sign-in'] }, '');
    const answer = await client.decide(result?.stance === undefined ? asked : aboutDevice(asked, compact), timeoutMs === undefined ? {} : { timeoutMs });
    if (answer.allowed !== true) return refuseAnswer(answer);
    const unenforced = answer.obligations.filter((obligation) => !enforces.includes(obligation));
    if (unenforced.length > 0)
      return refusal(403, 'obligation-unenforced', `Nothing here enforces ${unenforced.join(', ')}.`, { obligations: answer.obligations });
    return { admitted: { answer, ...(result === undefined ? {} : { result }) } };
  }

  return (request, headerOf) => check(request, headerOf).catch(() => failed('internal', 'Whether this is allowed could not be found out.'));
}

/** The service as the agent sees it: four calls, answers checked against the contract. */
import { type Static, type TSchema, Type } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import {
  BASELINE_HEADER,
  EnrollmentAnswer,
  type EnrollmentRequest,
  EVIDENCE_MEDIA_TYPE,
  EvidenceAnswer,
  NonceAnswer,
  type NonceRequest,
  OS_CATALOG_HEADER,
  RETIREMENT_MEDIA_TYPE,
  StanceError,
} from '../model/index.ts';
import { type Fetch, request } from './http.ts';

export interface Client {
  nonce(request: NonceRequest): Promise<NonceAnswer>;
  enroll(request: EnrollmentRequest): Promise<EnrollmentAnswer>;
  /** `has`: the versions of what the service need not send again. */
  report(jws: string, has: { readonly baseline: string; readonly osCatalog: string }): Promise<EvidenceAnswer>;
  /** The keys that the service publishes, unchecked (RFC 7517). */
  keys(): Promise<unknown>;
  retire(device: string, jws: string): Promise<void>;
}

const [nonceAnswer, enrollmentAnswer, evidenceAnswer] = [Compile(NonceAnswer), Compile(EnrollmentAnswer), Compile(EvidenceAnswer)];
const retirementAnswer = Compile(Type.Object({ state: Type.String() }));

export function createClient(server: string, fetcher: Fetch): Client {
  if (!URL.canParse(server)) throw new StanceError('usage', `${server} is no address. It looks like https://posture.example.com`);
  async function post<S extends TSchema>(
    path: string,
    body: string,
    type: string,
    validator: Validator<Record<never, never>, S>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Static<S>> {
    const text = await request(new URL(path, server), { method: 'POST', body, headers: { 'content-type': type, ...headers } }, fetcher);
    try {
      const answer: unknown = JSON.parse(text);
      if (validator.Check(answer)) return answer as Static<S>;
    } catch {
      // Told below.
    }
    throw new StanceError(
      'service-answer-invalid',
      `${server} answered something that a posture service of this version does not say. Is the address right, and is a proxy in the way?`,
    );
  }
  return {
    nonce: (body) => post('/v1/nonces', JSON.stringify(body), 'application/json', nonceAnswer),
    enroll: (body) => post('/v1/enrollments', JSON.stringify(body), 'application/json', enrollmentAnswer),
    async retire(device, jws) {
      await post(`/v1/devices/${encodeURIComponent(device)}/retirement`, jws, RETIREMENT_MEDIA_TYPE, retirementAnswer);
    },
    report: (jws, { baseline, osCatalog }) =>
      post('/v1/evidence', jws, EVIDENCE_MEDIA_TYPE, evidenceAnswer, { [BASELINE_HEADER]: baseline, [OS_CATALOG_HEADER]: osCatalog }),
    keys: async () => JSON.parse(await request(new URL('/.well-known/jwks.json', server), { method: 'GET' }, fetcher)),
  };
}

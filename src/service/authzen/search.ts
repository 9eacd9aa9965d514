/** Who may do this, on what, and what may be done: the evaluation, tried with each candidate. AuthZEN 1.0 section 8. */
import type { EvaluationRequest } from '../../model/index.ts';
import type { PolicySet } from '../../policy/index.ts';
import type { Caller } from '../tokens.ts';
import { candidatesFor, candidatesOf } from './candidates.ts';
import type { PageTokens } from './page-tokens.ts';
import type { SearchRequest, Sought } from './requests.ts';

/** Candidates tried for one page, so that no search holds up others for long; the rest is behind `next_token`. */
export const MAX_TRIED = 1_000;

type Found = { readonly type: string; readonly id: string } | { readonly name: string };

/** `page` where the caller asked for pages, or where there is more: `next_token` is empty at the end. A page may hold less than the limit. */
export interface SearchAnswer {
  readonly results: readonly Found[];
  readonly page?: { readonly next_token: string; readonly count: number };
}

interface SearchParts {
  readonly caller: Caller | null;
  readonly set: PolicySet;
  readonly tokens: PageTokens;
  /** Whether it is permitted; it may refuse to try any more by throwing. */
  readonly permits: (request: EvaluationRequest) => boolean;
}

/** What is found says its type and id, and nothing else of the directory. */
const foundOf = (request: EvaluationRequest, sought: Sought, candidate: string): Found =>
  sought === 'action' ? { name: candidate } : { type: request[sought].type, id: candidate };

const withCandidate = (request: EvaluationRequest, sought: Sought, candidate: string): EvaluationRequest =>
  sought === 'action' ? { ...request, action: { name: candidate } } : { ...request, [sought]: { ...request[sought], id: candidate } };

/** @throws StanceError `bad-request`: a page token of another search. */
export function search(sought: Sought, { request, page }: SearchRequest, { caller, set, tokens, permits }: SearchParts): SearchAnswer {
  const { subject, action, resource, context = {} } = request;
  const asked = { sought, by: caller?.name ?? '', policies: set.version, subject, action, resource, context };
  const candidates = candidatesFor(candidatesOf(set), sought, sought === 'subject' ? subject.type : resource.type);
  const start = page?.token === undefined ? 0 : tokens.open(asked, page.token);
  const end = Math.min(candidates.length, start + MAX_TRIED);
  const results: Found[] = [];
  let next = start;
  for (; next < end && results.length < (page?.limit ?? MAX_TRIED); next++) {
    const candidate = candidates[next] as string;
    if (permits(withCandidate(request, sought, candidate))) results.push(foundOf(request, sought, candidate));
  }
  const more = next < candidates.length;
  return { results, ...(page === undefined && !more ? {} : { page: { next_token: more ? tokens.mint(asked, next) : '', count: results.length } }) };
}

/**
 * Asks the service for decisions. Fails closed: whatever goes wrong is an answer that does not allow. Asking changes nothing, so it is
 * asked again where that may help, within the time that the caller gives; answers are kept as long as the service says, and no longer.
 */
import { StanceError } from '../model/errors.ts';
import { canonicalJson } from '../model/json.ts';
import { type Answer, type EvaluationRequest, readAnswer, refusalFor } from './answer.ts';
import { type Fetch, fetchText, secureUrl } from './fetch.ts';

export interface ClientOptions {
  /** Address of the service. */
  readonly server: string;
  /** Bearer token with scope `decide`. */
  readonly token: string;
  /** Times that a question is asked at most; 3 by default. */
  readonly attempts?: number;
  /** Answers that are kept at most; 1000 by default, 0 for none. */
  readonly cacheSize?: number;
  /** Of the reasons; `en` by default, and where the service does not speak it. */
  readonly language?: string;
  readonly fetch?: Fetch;
  /** ms on a clock that only runs forward. */
  readonly now?: () => number;
  /** From 0 to 1, for the pauses. */
  readonly random?: () => number;
}

export interface Client {
  /** Never rejects. `timeoutMs` counts for all attempts together; 2000 by default. */
  decide(request: EvaluationRequest, options?: { readonly timeoutMs?: number }): Promise<Answer>;
}

const TIMEOUT_MS = 2_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Answers that say "later". */
const AGAIN: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a status says that is no answer. @returns the error, and how long the service wants to be left alone, ms. */
function readRefusal(status: number, headers: Headers, text: string): StanceError {
  const retryAfter = Number(headers.get('retry-after') ?? 0);
  const extra = { again: AGAIN.has(status), pauseMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : 0 };
  if (status === 401) return new StanceError('unauthorized', 'The service does not know the token.', { extra });
  if (status === 403) return new StanceError('forbidden', 'The token lacks the scope decide.', { extra });
  if (status === 429) return new StanceError('rate-limited', 'The service is asked too often.', { extra });
  if (status === 400) return new StanceError('bad-request', `The service does not take the question: ${text.slice(0, 300)}`, { extra });
  return new StanceError(status >= 500 ? 'service-unreachable' : 'service-answer-invalid', `The service answered ${status}.`, { extra });
}

/** A network that failed may come back; an answer that makes no sense stays so. */
const mayHelp = (error: unknown): boolean => error instanceof StanceError && (error.extra.again ?? error.code === 'service-unreachable') === true;

/** @throws StanceError `usage`, `insecure-url` */
export function createClient(options: ClientOptions): Client {
  const { server, token, attempts = 3, cacheSize = 1000, language = 'en', fetch: fetcher = (url, init) => fetch(url, init), random = Math.random } = options;
  const now = options.now ?? (() => performance.now());
  const url = new URL('/access/v1/evaluation', secureUrl(server)).href;
  const kept = new Map<string, { readonly answer: Answer; readonly until: number }>();

  function keep(key: string, answer: Answer, askedAt: number): void {
    kept.delete(key);
    if (answer.maxAgeMs === 0 || cacheSize === 0) return;
    // The oldest makes room.
    if (kept.size >= cacheSize) kept.delete(kept.keys().next().value ?? '');
    kept.set(key, { answer, until: askedAt + answer.maxAgeMs });
  }

  async function ask(body: string, timeoutMs: number): Promise<Answer> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body };
    const { status, headers, text } = await fetchText(url, init, { timeoutMs, maxBytes: MAX_ANSWER_BYTES }, fetcher);
    if (status !== 200) throw readRefusal(status, headers, text);
    return readAnswer(text, language);
  }

  async function askUntil(body: string, timeoutMs: number): Promise<Answer> {
    const end = now() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      try {
        // Each has its share of what is left, so that one that hangs leaves time for another.
        return await ask(body, (end - now()) / Math.max(1, attempts - attempt + 1));
      } catch (error) {
        const asked = error instanceof StanceError ? Number(error.extra.pauseMs ?? 0) : 0;
        const pause = Math.max(asked, random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
        if (attempt >= attempts || !mayHelp(error) || now() + pause >= end) throw error;
        await wait(pause);
      }
    }
  }

  return {
    async decide(request, { timeoutMs = TIMEOUT_MS } = {}) {
      try {
        // As JSON has it first: a date is a text there, and would be an empty object here.
        const key = canonicalJson(JSON.parse(JSON.stringify(request)));
        const held = kept.get(key);
        const askedAt = now();
        if (held !== undefined && askedAt < held.until) return held.answer;
        if (!(timeoutMs > 0)) throw new StanceError('usage', 'A time-out is a number of milliseconds above 0.');
        const answer = await askUntil(key, timeoutMs);
        keep(key, answer, askedAt);
        return answer;
      } catch (error) {
        return refusalFor(error);
      }
    },
  };
}

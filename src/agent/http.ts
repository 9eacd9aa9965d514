/** HTTP as the agent and the command line speak it: TLS off loopback, bounded in time and size, failures in words. */
import { ERRORS, type ErrorCode, StanceError } from '../model/index.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

export interface RequestOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export type Fetch = typeof fetch;

/** What stood in the way of a connection, in words that say what to do. */
function explain(error: unknown, url: URL): string {
  const chain: { readonly code?: unknown; readonly message?: unknown; readonly cause?: unknown }[] = [];
  for (let cause = error; typeof cause === 'object' && cause !== null && chain.length < 5; cause = (cause as { cause?: unknown }).cause) chain.push(cause);
  const code = chain.map((cause) => cause.code).find((found) => typeof found === 'string') ?? '';
  const text = chain.map(({ message }) => String(message)).join(' ');
  const where = `${url.host}`;
  if (/TimeoutError|aborted due to timeout|UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT)|ETIMEDOUT/.test(`${text} ${code} ${(error as Error).name}`))
    return `${where} did not answer within ${TIMEOUT_MS / 1000} s. Is the network up?`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The name ${url.hostname} cannot be resolved. Is the network up, and the address right?`;
  if (code === 'ECONNREFUSED') return `Nothing listens at ${where}. Does the service run?`;
  if (['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'].includes(code)) return `There is no way to ${where}. Is the network up?`;
  if (/CERT_NOT_YET_VALID|CERT_HAS_EXPIRED/.test(code))
    return `The certificate of ${where} is not valid today (${new Date().toISOString().slice(0, 10)} by this device's clock). Is the clock right? Then tell your administrator.`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|SSL/.test(code))
    return `The certificate of ${where} is not trusted here (${code}). A proxy that opens TLS, or a service with a certificate of its own, needs its CA named: NODE_EXTRA_CA_CERTS, or --ca-pin when this device joins.`;
  if (/ERR_SSL_WRONG_VERSION_NUMBER|EPROTO/.test(code)) return `${where} does not speak TLS on that port. Is the address right?`;
  return `${where} cannot be reached: ${code || text || 'no reason given'}.`;
}

async function readBounded(answer: Response, url: URL): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new StanceError('service-answer-invalid', `The answer of ${url.host} is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The refusal that an answer carries: our problem document, or somebody else's page. */
function refusalOf(answer: Response, text: string, url: URL): StanceError {
  const type = answer.headers.get('content-type') ?? '';
  if (/problem\+json|application\/json/.test(type)) {
    try {
      const { code, detail, type: _type, title: _title, status: _status, ...extra } = JSON.parse(text) as Record<string, unknown>;
      if (typeof code === 'string' && Object.hasOwn(ERRORS, code)) return new StanceError(code as ErrorCode, String(detail), { extra });
    } catch {
      // Not a document of ours: told below.
    }
  }
  if (answer.status === 407) return new StanceError('service-unreachable', `A proxy in front of ${url.host} asks for a password.`);
  return new StanceError(
    'service-answer-invalid',
    `${url.href} answered ${answer.status}${/html/.test(type) ? ' with a web page' : ''}: a proxy or a sign-in page of the network stands in the way, or it is not a posture service.`,
  );
}

/**
 * The text of a successful answer. Redirects are not followed.
 * @throws StanceError `insecure-url`, `service-unreachable`, `service-answer-invalid`, or the code that the service gave.
 */
export async function request(url: URL, options: RequestOptions, fetcher: Fetch = fetch): Promise<string> {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname)))
    throw new StanceError('insecure-url', `${url.href} is not https. Plain HTTP is spoken on loopback only.`);
  let answer: Response;
  let text: string;
  try {
    answer = await fetcher(url, { ...options, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) } as RequestInit);
    text = await readBounded(answer, url);
  } catch (error) {
    throw error instanceof StanceError ? error : new StanceError('service-unreachable', explain(error, url), { cause: error });
  }
  if (answer.status >= 200 && answer.status < 300) return text;
  throw refusalOf(answer, text, url);
}

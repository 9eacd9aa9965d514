/** Cases of the OpenID Foundation's AuthZEN suite, as data: sent to a service over HTTP, and what is wrong with its answer. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { isDeepStrictEqual } from 'node:util';

export interface Case {
  readonly id: string;
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly status: readonly number[];
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly expect?: unknown;
  readonly match?: 'decisions' | 'superset';
  readonly auth?: 'invalid';
  readonly expectHeader?: string;
  readonly xRequestId?: boolean;
  readonly repeat?: boolean;
  readonly noEvaluationsArray?: boolean;
  /** Why the suite and the specification disagree on it. */
  readonly conflict?: string;
}

export const readCases = (file: string): readonly Case[] => (JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] }).cases;

/** The level of certification that a case belongs to: by what is asked, and whether it brings properties. */
export function levelOf({ api, body }: Case): string {
  const area = api.startsWith('search/') ? 'Search' : api === 'evaluations' ? 'Batch' : 'Basic';
  return `${area} ${JSON.stringify(body ?? null).includes('"properties"') ? 'Properties' : 'Core'}`;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** With a body on any method, which `fetch` would not send with GET. */
export function send(url: string, method: string, route: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(route, url), { method, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What is compared of an answer: the decisions in their order, or what was found. */
function essence(answer: unknown): unknown {
  const { decision, evaluations, results } = answer as { decision?: unknown; evaluations?: readonly { decision: unknown }[]; results?: unknown };
  return { decision, evaluations: evaluations?.map((one) => one.decision), results };
}

function agrees(expected: unknown, answer: unknown, match: Case['match']): boolean {
  if (match !== 'superset') return isDeepStrictEqual(essence(answer), essence(expected));
  const { results = [] } = answer as { results?: readonly unknown[] };
  return (expected as { results: readonly unknown[] }).results.every((one) => results.some((found) => isDeepStrictEqual(found, one)));
}

/** What is wrong; nothing where the case passes. */
export async function runCase(one: Case, url: string, token: string): Promise<readonly string[]> {
  const id = randomUUID();
  const headers = {
    authorization: `Bearer ${one.auth === 'invalid' ? 'nobody-has-this-token' : token}`,
    'content-type': one.contentType,
    ...(one.xRequestId === true ? { 'x-request-id': id } : {}),
  };
  const ask = (): Promise<Answer> => send(url, one.method, one.path, headers, one.rawBody ?? JSON.stringify(one.body));
  const answer = await ask();
  const wrong: string[] = [];
  if (!one.status.includes(answer.status)) wrong.push(`status ${answer.status}, not ${one.status.join(' or ')}: ${answer.text.slice(0, 200)}`);
  if (one.expectHeader !== undefined && answer.headers[one.expectHeader.toLowerCase()] === undefined) wrong.push(`no ${one.expectHeader}`);
  if (one.xRequestId === true && answer.headers['x-request-id'] !== id) wrong.push('the request id is not echoed');
  if (answer.status !== 200 || one.expect === undefined) return wrong;
  if (!String(answer.headers['content-type']).startsWith('application/json')) wrong.push(`content type ${answer.headers['content-type']}`);
  const body: unknown = JSON.parse(answer.text);
  if (!agrees(one.expect, body, one.match)) wrong.push(`answered ${JSON.stringify(essence(body))}, not ${JSON.stringify(essence(one.expect))}`);
  if (one.noEvaluationsArray === true && 'evaluations' in (body as object)) wrong.push('a list, where a single answer is due');
  if (one.repeat === true && !isDeepStrictEqual(essence(JSON.parse((await ask()).text)), essence(body))) wrong.push('another answer the second time');
  return wrong;
}

/** JSON bodies that mean one thing: what two readers could read differently, or nobody can read to its end, is refused. */
import { strictJsonProblem } from '../attest/strict-json.ts';
import { StanceError } from '../model/index.ts';

/** @throws StanceError `bad-request`, `json-ambiguous` */
export function parseJsonBody(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new StanceError('bad-request', text === '' ? 'The body is empty.' : 'The body is not JSON.', { cause });
  }
  const problem = strictJsonProblem(text);
  if (problem !== undefined) throw new StanceError('json-ambiguous', `The body is not taken: ${problem}.`);
  return body;
}

/** What every policy would say to a question that nobody has asked yet. Pure. */
import { StanceError } from '../model/index.ts';
import { noSuchCheck } from './baseline.ts';
import type { DecisionInput } from './decision-input.ts';
import { compileEngine, type EngineOptions } from './engine.ts';
import type { Explanation } from './explain.ts';
import { imagineDevice } from './imagine.ts';
import { strangeChecks } from './imagined-device.ts';
import { formatErrors } from './policy-errors.ts';
import type { PolicySet } from './policy-set.ts';
import { Question, requestOf } from './question.ts';
import { schemaErrors } from './schema-errors.ts';
import { parseText } from './yaml.ts';

/** A question out of a file (YAML or JSON). @throws StanceError `question-invalid`: every error, with line and column */
export function parseQuestion(text: string, name: string): Question {
  const { documents, errors: found } = parseText(text, name);
  const errors = [...found];
  // An empty text is a document, too: null.
  const [first, second] = documents.filter(({ value }) => value !== null);
  if (first !== undefined) errors.push(...schemaErrors(Question, first.value, name, first.locate));
  if (second !== undefined) errors.push({ file: name, ...second.locate([]), message: 'There is a second question; one is asked at a time.' });
  if (first === undefined && errors.length === 0) errors.push({ file: name, line: 1, column: 1, message: 'There is no question in it.' });
  const question = first?.value as Question;
  if (errors.length === 0 && first !== undefined && question.device !== undefined)
    for (const id of strangeChecks(question.device)) errors.push({ file: name, ...first.locate(['device', 'checks', id]), message: noSuchCheck(id) });
  if (errors.length > 0) throw new StanceError('question-invalid', formatErrors(errors));
  return question;
}

/** `at`: ms since the epoch, where the question names no moment. `real`: the device as the service has it, in the place of an imagined one. */
export function whatIf(
  set: PolicySet,
  question: Question,
  { at, ...options }: EngineOptions & { readonly at: number },
  real?: Pick<DecisionInput, 'device' | 'state' | 'owner' | 'tags'>,
): Explanation {
  const request = requestOf(question);
  const moment = question.at === undefined ? at : Date.parse(question.at);
  const device = real ?? imagineDevice(question.device ?? 'none', request.subject.id, set, moment);
  return compileEngine(set, options).explain({ id: 'what-if', request, ...device, at: moment, trustProperties: question.believed ?? true });
}

/** JSON put together from parts, where most of it is the same words each time: ids of policies, outcomes. */
import type { ReportOnlyResult } from '../model/index.ts';

/** Words that are remembered; all are forgotten when there are more. */
const MAX_WORDS = 10_000;
const written = new Map<string, string>();

/** Of a text that comes again and again, and of which there are not many: what policies name. */
export function wordJson(word: string): string {
  const known = written.get(word);
  if (known !== undefined) return known;
  if (written.size >= MAX_WORDS) written.clear();
  const text = JSON.stringify(word);
  written.set(word, text);
  return text;
}

export function wordsJson(words: readonly string[]): string {
  let text = '[';
  for (const word of words) text += text === '[' ? wordJson(word) : `,${wordJson(word)}`;
  return `${text}]`;
}

const PLAIN = /^[\w-]*$/;
/** Of ids, which mostly are of letters and digits. */
export const plainJson = (id: string): string => (PLAIN.test(id) ? `"${id}"` : JSON.stringify(id));

export function reportedJson(reported: readonly ReportOnlyResult[]): string {
  let text = '[';
  for (const { id, result, first_unmet: first } of reported) {
    if (text !== '[') text += ',';
    text += `{"id":${wordJson(id)},"result":"${result}"${first === undefined ? '' : `,"first_unmet":${wordJson(first)}`}}`;
  }
  return `${text}]`;
}

/** Remembers the text of what is frozen, which is the same object each time and never changes: what the engine makes once. */
export function rememberText<T extends object>(write: (one: T) => string): (one: T) => string {
  const texts = new WeakMap<T, string>();
  return (one) => {
    const known = texts.get(one);
    if (known !== undefined) return known;
    const text = write(one);
    if (Object.isFrozen(one)) texts.set(one, text);
    return text;
  };
}

/** Most lists are empty. */
export const listJson = (list: readonly unknown[]): string => (list.length === 0 ? '[]' : JSON.stringify(list));

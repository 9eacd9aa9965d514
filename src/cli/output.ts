/** How the command line speaks: tables for people, one JSON document for programs, progress on stderr. */
import { stderr, stdout } from 'node:process';
import { styleText } from 'node:util';
import type { Compliance, Outcome, Verdict } from '../model/index.ts';

type Colour = 'green' | 'red' | 'yellow' | 'gray' | 'bold' | 'cyan';

/** Colour where the stream is a terminal that wants it (NO_COLOR, FORCE_COLOR); plain text elsewhere. */
const paint = (colour: Colour, text: string): string => styleText(colour, text, { stream: stdout });

/** A verdict never stands on colour alone: symbol, word, colour. */
const VERDICT: Readonly<Record<Verdict, readonly [symbol: string, colour: Colour]>> = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  unknown: ['?', 'yellow'],
  'not-applicable': ['–', 'gray'],
};
export const verdictWord = (verdict: Verdict): string => paint(VERDICT[verdict][1], `${VERDICT[verdict][0]} ${verdict === 'not-applicable' ? 'n/a' : verdict}`);

const COMPLIANCE: Readonly<Record<Compliance, readonly [symbol: string, colour: Colour]>> = {
  compliant: ['✓', 'green'],
  grace: ['!', 'yellow'],
  'not-compliant': ['✗', 'red'],
  unknown: ['?', 'yellow'],
};
export const complianceWord = (compliance: Compliance): string => paint(COMPLIANCE[compliance][1], `${COMPLIANCE[compliance][0]} ${compliance}`);

const OUTCOME: Readonly<Record<Outcome, readonly [symbol: string, colour: Colour]>> = {
  allow: ['✓', 'green'],
  restrict: ['!', 'yellow'],
  challenge: ['!', 'yellow'],
  block: ['✗', 'red'],
};
export const outcomeWord = (outcome: Outcome): string => paint(OUTCOME[outcome][1], `${OUTCOME[outcome][0]} ${outcome}`);
export const heading = (text: string): string => paint('bold', text);
export const faint = (text: string): string => paint('gray', text);

export const say = (line = ''): void => void stdout.write(`${line}\n`);
export const warn = (line: string): void => void stderr.write(`${line}\n`);
export const sayJson = (document: unknown): void => void stdout.write(`${JSON.stringify(document, null, 2)}\n`);

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is being removed
const ESCAPES = /\u001b\[[0-9;]*m/g;
const widthOf = (cell: string): number => [...cell.replace(ESCAPES, '')].length;

/** Columns side by side; the last takes what room is left in the terminal and wraps at words. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(30, (stdout.columns ?? 110) - before);
  return rows
    .map((row) => {
      const cells = row.slice(0, -1).map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)));
      const [first = '', ...more] = wrap(row.at(-1) ?? '', room);
      return [[...cells, first].join('  ').trimEnd(), ...more.map((line) => ' '.repeat(before) + line)].join('\n');
    })
    .join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** RFC 4180; a cell that a spreadsheet would run as a formula is quoted away from it. */
export const csv = (rows: readonly (readonly string[])[]): string =>
  rows
    .map((row) =>
      row
        .map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `"'${cell.replaceAll('"', '""')}"` : /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(','),
    )
    .join('\r\n');

/** Says what is being waited for once it takes over a second, and clears the line when done. */
export async function withProgress<T>(text: string, work: Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const terminal = stderr.isTTY === true;
  const tick = (): void => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (terminal) stderr.write(`\r\u001b[K${text} … ${seconds} s`);
    else if (seconds === 1) stderr.write(`${text} …\n`);
  };
  const timer = setInterval(tick, 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (terminal) stderr.write('\r\u001b[K');
  }
}

/** "3 minutes ago", for tables. */
export function ago(instant: string | null | undefined, now = Date.now()): string {
  if (instant === null || instant === undefined) return 'never';
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  const [amount, unit] =
    seconds < 90
      ? [seconds, 'second']
      : seconds < 5400
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86400), 'day'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'} ago`;
}

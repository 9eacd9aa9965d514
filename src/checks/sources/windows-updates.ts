/** Which security updates Windows Update offers, out of its own search. Pure. Slow: it asks Microsoft, or the company's own server. */
import { com, type Got, type JsonValue, UnparsableError } from '../../model/index.ts';
import type { PendingUpdate } from './pending-updates.ts';
import type { Updates } from './pending-updates-linux.ts';
import { dictionaryOf } from './property-list.ts';

export const UPDATE_SEARCH = com('Microsoft.Update.Session');

const SECURITY_UPDATES = '0fa1201d-4330-4fa8-8ae9-b877473b6441';
const NO_CATEGORY = /^0{8}-(0{4}-){3}0{12}$/;

/** Categories by id, or by name where that is what was recorded. */
function categoriesOf(value: JsonValue | undefined): string[] {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list
    .flatMap((entry: JsonValue) => (typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? Object.values(entry) : [entry]))
    .filter((entry): entry is string => typeof entry === 'string')
    .map((entry) => entry.replace(/[{}]/g, '').toLowerCase())
    .filter((entry) => !NO_CATEGORY.test(entry));
}

/** By category, which has no language, or by severity; a title counts only where it says yes and nothing else says anything. */
function isSecurity(title: string, severity: JsonValue | undefined, categories: readonly string[]): boolean {
  if (categories.includes(SECURITY_UPDATES) || categories.some((name) => /^(security updates|sicherheitsupdates)$/.test(name))) return true;
  if (typeof severity === 'string' && /^(critical|important|moderate|low)$/i.test(severity)) return true;
  return categories.length === 0 && /\bsecurity update\b|cumulative update for (windows|microsoft server)/i.test(title) && !/preview/i.test(title);
}

/** `{updates: [{title, severity, categories, date}]}`. @throws UnparsableError */
export function parseUpdateSearch(value: JsonValue): PendingUpdate[] {
  const { updates } = dictionaryOf(value, 'The answer of the update search');
  // PowerShell 5.1 turns a list of one into the one.
  const list = Array.isArray(updates) ? updates : [updates];
  return list.flatMap((entry: JsonValue) => {
    const { title, severity, categories, date } = dictionaryOf(entry, 'An update');
    if (typeof title !== 'string' || title === '') throw new UnparsableError('An update has no title');
    if (!isSecurity(title, severity, categoriesOf(categories))) return [];
    const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    return [{ name: title.slice(0, 200), aliases: [], ...(Number.isNaN(at) ? {} : { publishedAt: new Date(at).toISOString() }) }];
  });
}

export const windowsUpdates = (got: Got): Updates => ({ pending: parseUpdateSearch(got(UPDATE_SEARCH)), method: 'Microsoft.Update.Session' });

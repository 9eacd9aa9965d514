/** `docs/checks.md`: every check, for people. Pure. */
import type { TSchema } from 'typebox';
import { type Check, type Cost, type Owner, PLATFORMS, type Platform, type Remedy } from '../model/index.ts';
import { code, SYSTEMS } from './docs-calls.ts';
import type { Seen, SeenChecks } from './docs-replay.ts';

const OWNERS: Readonly<Record<Owner, string>> = { user: 'the person', admin: 'the administrator', hardware: 'whoever has the firmware or buys the device' };
const COSTS: Readonly<Record<Cost, string>> = { cheap: 'files only', process: 'may start programs', slow: 'takes long: in the background, at most daily' };

/** Most calls that stand for the sources of a check. */
const MAX_SOURCES = 4;

type Schema = TSchema & Readonly<Record<string, unknown>>;
const membersOf = (schema: Schema): [string, Schema][] => Object.entries((schema.properties ?? {}) as Record<string, Schema>);

/** The type of a schema in words. */
function typeOf(schema: Schema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one) => typeOf(one as Schema)).join(' or ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.type === 'array') return `list of ${typeOf(schema.items as Schema)}`;
  if (schema.type === 'string') return 'text';
  return String(schema.type ?? 'anything');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
export const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
export const tableOf = (head: readonly string[], rows: readonly string[]): string => [row(...head), row(...head.map(() => '---')), ...rows].join('\n');

/** One row for each member, those of objects within under their names: `volumes[].mount`. */
function memberRows(schema: Schema, prefix = ''): string[] {
  return membersOf(schema).flatMap(([name, member]) => {
    const optional = !((schema.required ?? []) as readonly string[]).includes(name);
    const inner = member.type === 'array' ? (member.items as Schema) : member;
    const path = `${prefix}${name}${member.type === 'array' ? '[]' : ''}`;
    const own = row(code(`${prefix}${name}`), `${typeOf(member)}${optional ? ', optional' : ''}`, String(member.description ?? ''));
    return [own, ...(inner.type === 'object' ? memberRows(inner, `${path}.`) : [])];
  });
}

const paramRows = (schema: Schema): string[] =>
  membersOf(schema).map(([name, member]) =>
    row(code(name), typeOf(member), member.default === undefined ? 'none' : code(JSON.stringify(member.default)), String(member.description ?? '')),
  );

const stepsOf = ({ steps, open }: Remedy): string =>
  [...steps.map(({ en }, index) => `${index + 1}. ${en}`), ...(open === undefined ? [] : [`\nOpens: ${code(open)}`])].join('\n');

/** The advice for a system: the general one, then what differs by what was found. */
function remediesOn(check: Check, os: Platform, seen: Seen): string {
  const general = stepsOf(check.remedy(undefined, os));
  const said = new Map<string, string[]>();
  for (const [because, value] of seen.failures) {
    const steps = stepsOf(check.remedy(value, os));
    if (steps !== general) said.set(steps, [...(said.get(steps) ?? []), because]);
  }
  const others = [...said].map(([steps, reasons]) => `\n${reasons.map((because) => `_${because}_`).join(' ')}\n\n${steps}`);
  return [`**${SYSTEMS[os]}**\n`, general, ...others].join('\n');
}

function sourceOn(check: Check, os: Platform, seen: Seen | undefined): string {
  if (seen === undefined) return `- ${SYSTEMS[os]}: not applicable, there is nothing to read.`;
  const excuses = check.excuses?.[os] ?? [];
  // Where no recorded machine gave a value, what is asked says where it would come from.
  const sources = seen.methods.length > 0 ? seen.methods : seen.calls.slice(0, MAX_SOURCES);
  return `- ${SYSTEMS[os]}: ${sources.map(code).join(', ')} ([all calls](calls.md#${check.id.replaceAll('.', '')}))${excuses.length > 0 ? `; not applicable where: ${excuses.join(', ')}` : ''}.`;
}

function section(check: Check, systems: Partial<Record<Platform, Seen>>): string {
  const params = paramRows(check.params as Schema);
  const remedies = PLATFORMS.flatMap((os) => {
    const seen = systems[os];
    return seen === undefined ? [] : [remediesOn(check, os, seen)];
  });
  return [
    `## ${check.id}`,
    `**${check.title}.** ${check.why}`,
    `Group ${check.group}; mended by ${OWNERS[check.owner]}; ${COSTS[check.cost]}${check.scope === 'session' ? '; read in the session of the person at the screen' : ''}.`,
    PLATFORMS.map((os) => sourceOn(check, os, systems[os])).join('\n'),
    `### Value\n\n${tableOf(['member', 'type', 'meaning'], memberRows(check.value as Schema))}`,
    ...(params.length === 0 ? [] : [`### Parameters\n\n${tableOf(['parameter', 'type', 'default', 'meaning'], params)}`]),
    `### What to do\n\n${remedies.join('\n\n')}`,
    ...(check.controls.length === 0 ? [] : [`Controls: ${check.controls.join(' · ')}`]),
  ].join('\n\n');
}

const INTRODUCTION = `# Checks

<!-- Made by \`npm run docs\` out of the catalogue. Do not edit. -->

What each check looks at, what it reports, and what to do about it. A check that cannot find out says \`unknown\` with its reason, never \`pass\` or \`fail\`. Controls that nobody
here read in their source are marked "(unverified)". What differs by state under "What to do" is what the recorded machines under \`test/hosts\` show.`;

export function checksPage(checks: readonly Check[], seen: SeenChecks): string {
  const overview = tableOf(
    ['check', 'healthy when', ...PLATFORMS.map((os) => SYSTEMS[os])],
    checks.map((check) =>
      row(`[${check.id}](#${check.id.replaceAll('.', '')})`, check.title, ...PLATFORMS.map((os) => (check.read[os] === undefined ? '–' : 'yes'))),
    ),
  );
  return `${[INTRODUCTION, overview, ...checks.map((check) => section(check, seen.get(check.id) ?? {}))].join('\n\n')}\n`;
}

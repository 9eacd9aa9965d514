/** `docs/calls.md`: every call that every check makes. Pure. */
import { type Check, PLATFORMS, type Platform } from '../model/index.ts';
import type { SeenChecks } from './docs-replay.ts';

export const SYSTEMS: Readonly<Record<Platform, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/** A call as inline code; one that holds a backtick is fenced by two. */
export const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

const INTRODUCTION = `# What Stance looks at

<!-- Made by \`npm run docs\` out of the catalogue. Do not edit. -->

Every call of every check, by system. On Linux and macOS it is what the checks asked when they read the recorded machines under \`test/hosts\`, and
machines where nothing answers: a call that only another machine would bring about is missing until that machine stands there. Devices of one machine are said by
their kind. On Windows it is what the checks declare, gathered by one PowerShell. What a check reports of it stands in [checks.md](checks.md).

\`run\` starts a program, without a shell and with a bound on time and output. \`read\`, \`list\`, \`link\` and \`stat\` look at files; \`plist\` reads a property list, \`unit\` asks
systemd, \`gsettings\` the settings of the desktop. \`registry\`, \`cim\`, \`service\`, \`com\` and \`shellProperty\` are Windows'.
`;

/** The programs that a refresh may start, over all checks. */
function programs(seen: SeenChecks, os: Platform): string {
  const runs = [...new Set([...seen.values()].flatMap((systems) => systems[os]?.calls ?? []))].filter((call) => call.startsWith('run ')).sort();
  return runs.length === 0 ? 'none' : runs.map((call) => code(call.slice('run '.length))).join(', ');
}

export function callsPage(checks: readonly Check[], seen: SeenChecks): string {
  const sections = checks.map((check) => {
    const systems = PLATFORMS.flatMap((os) => {
      const calls = seen.get(check.id)?.[os]?.calls;
      return calls === undefined ? [] : [`**${SYSTEMS[os]}**\n\n${calls.map((call) => `- ${code(call)}`).join('\n')}\n`];
    });
    return `## ${check.id}\n\n${check.title}.\n\n${systems.join('\n')}`;
  });
  const started = `## Programs\n\n${PLATFORMS.filter((os) => os !== 'win32')
    .map((os) => `- ${SYSTEMS[os]}: ${programs(seen, os)}`)
    .join('\n')}\n- ${SYSTEMS.win32}: one PowerShell for all checks\n`;
  return [INTRODUCTION, started, ...sections].join('\n');
}

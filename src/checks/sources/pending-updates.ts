/** What package tools say of pending security updates. Pure. */
import { UnparsableError } from '../../model/index.ts';

export interface PendingUpdate {
  readonly name: string;
  /** When the maker published it, where the tool tells: ISO 8601. */
  readonly publishedAt?: string;
  /** Other names under which its first sighting may be kept. */
  readonly aliases: readonly string[];
}

/** What a simulation of apt lists, and what it leaves out. */
export interface AptSimulation {
  readonly pending: readonly PendingUpdate[];
  /** How many newer versions are there and would not be installed, other than those that the maker hands out in phases. */
  readonly keptBack: number;
}

const isAptSecurity = (origins: string): boolean => /(?:^|[, ])Debian-Security:|-security(?=[,\s]|$)/.test(origins);

/**
 * `apt-get -s dist-upgrade`: `Inst NAME [OLD] (NEW ORIGIN:VERSION/SUITE, … [ARCH])`. Security: the origin is Debian-Security, or a suite ends in
 * `-security` (`noble-security`, and `noble-infra-security` of Ubuntu Pro).
 * @throws UnparsableError unless the simulation came to its end.
 */
export function parseAptSimulation(stdout: string): AptSimulation {
  const end = /^\d+ upgraded, \d+ newly installed, \d+ to remove and (\d+) not upgraded\.$/m.exec(stdout);
  if (end === null) throw new UnparsableError('apt-get did not finish its simulation');
  const pending = [...stdout.matchAll(/^Inst (\S+)(?: \[[^\]]*\])? \((\S+) ([^)]*)\)/gm)]
    .filter(([, , , origins = '']) => isAptSecurity(origins))
    .map(([, name = '']) => ({ name, aliases: [] }));
  // Security updates are never handed out in phases.
  const phased = /^The following upgrades have been deferred due to phasing:\n((?: +.*\n)+)/m.exec(stdout)?.[1]?.trim().split(/\s+/).length ?? 0;
  return { pending, keptBack: Math.max(0, Number(end[1]) - phased) };
}

/** `apt list --upgradable`: `NAME/SUITE,… VERSION ARCH [upgradable from: OLD]`; it lists what is kept back too. @throws UnparsableError */
export function parseAptList(stdout: string): PendingUpdate[] {
  if (!/^Listing/m.test(stdout)) throw new UnparsableError('apt did not list what is upgradable');
  return [...stdout.matchAll(/^([a-z0-9][a-z0-9+.:-]*)\/(\S+) \S+ \S+ \[upgradable from: /gm)]
    .filter(([, , suites = '']) => suites.split(',').some((suite) => suite.endsWith('-security')))
    .map(([, name = '']) => ({ name, aliases: [] }));
}

/** `openssl-libs` of `openssl-libs-1:3.5.4-2.fc43.x86_64`. */
const packageOf = (nevra: string): string => /^(.+)-[^-]+-[^-]+$/.exec(nevra)?.[1] ?? nevra;

const isoOf = (text: string | number | undefined): { publishedAt?: string } => {
  const at = typeof text === 'number' ? text * 1000 : Date.parse(`${text?.trim().replace(' ', 'T')}Z`);
  return Number.isNaN(at) ? {} : { publishedAt: new Date(at).toISOString() };
};

const advisory = (id: string, nevra: string, published?: string | number): PendingUpdate => ({
  name: packageOf(nevra),
  aliases: [id, nevra],
  ...isoOf(published),
});

/** `dnf5 advisory list --security --json`: `[{name, type, severity, nevra, buildtime}]`. @throws UnparsableError */
export function parseDnfJson(stdout: string): PendingUpdate[] {
  let rows: unknown;
  try {
    rows = JSON.parse(stdout);
  } catch {
    throw new UnparsableError('dnf did not answer in JSON');
  }
  if (!Array.isArray(rows)) throw new UnparsableError('dnf did not answer with a list');
  return rows
    .map((row: Partial<Record<'name' | 'type' | 'nevra' | 'buildtime', unknown>> | null) => {
      if (typeof row?.name !== 'string' || typeof row.nevra !== 'string') throw new UnparsableError('dnf lists something without name and package');
      return {
        type: row.type,
        update: advisory(row.name, row.nevra, typeof row.buildtime === 'string' || typeof row.buildtime === 'number' ? row.buildtime : undefined),
      };
    })
    .filter(({ type }) => type === undefined || type === 'security')
    .map(({ update }) => update);
}

/**
 * `dnf updateinfo list --security`: dnf 5 prints a table with a head, dnf 4 `ADVISORY Severity/Sec. PACKAGE` rows.
 * @throws UnparsableError on any other row.
 */
export function parseDnfText(stdout: string): PendingUpdate[] {
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' && !/^Name\s+Type\s+Severity/.test(line) && !/^(Last metadata expiration check|Updating and loading|Repositories loaded)/.test(line),
    )
    .flatMap((line) => {
      const five = /^(\S+)\s+(security|bugfix|enhancement|newpackage|unspecified)\s+\S+\s+(\S+)\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$/.exec(line);
      if (five !== null) return five[2] === 'security' ? [advisory(five[1] ?? '', five[3] ?? '', five[4])] : [];
      const four = /^(?:i\s+)?(\S+-\S+)\s+(?:\w+\/Sec\.|security)\s+(\S+)$/.exec(line);
      if (four === null) throw new UnparsableError(`dnf printed a row that is not an advisory: ${line.slice(0, 60)}`);
      return [advisory(four[1] ?? '', four[2] ?? '')];
    });
}

/** `zypper --xmlout list-patches`: `<update name kind="patch" category="security" status="needed">`. @throws UnparsableError */
export function parseZypperXml(stdout: string): PendingUpdate[] {
  if (!/<update-list>[\s\S]*<\/update-list>|<update-list\/>/.test(stdout)) throw new UnparsableError('zypper did not list patches');
  return [...stdout.matchAll(/<update\s([^>]*)>/g)].flatMap(([, attributes = '']) => {
    const attribute = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    return attribute('category') === 'security' && attribute('status') !== 'applied' ? [{ name: attribute('name') ?? 'patch', aliases: [] }] : [];
  });
}

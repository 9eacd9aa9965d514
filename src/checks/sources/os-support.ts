/** When releases of Linux systems go out of support: what the system itself knows, then a small table. */
import type { OsRelease } from './os-release.ts';

export interface Support {
  /** Last day of the maker's free support, `YYYY-MM-DD`. */
  readonly supportEndsOn: string;
  /** Last day of long-term support by others or for money, where there is one. */
  readonly extendedSupportEndsOn?: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DISTRO_INFO: Readonly<Record<string, { standard: string; extended: string }>> = {
  debian: { standard: 'eol', extended: 'eol-lts' },
  ubuntu: { standard: 'eol', extended: 'eol-esm' },
};

/** A row of `/usr/share/distro-info/{debian,ubuntu}.csv`; `undefined` where the release has none or no end is known. */
export function supportFromDistroInfo(csv: string, release: OsRelease): Support | undefined {
  const columns = DISTRO_INFO[release.ID ?? ''];
  const [head = '', ...lines] = csv.split('\n');
  const names = head.trim().split(',');
  if (columns === undefined || !names.includes('series') || !names.includes('eol')) return undefined;
  const rows = lines.map((line) =>
    Object.fromEntries(
      line
        .trim()
        .split(',')
        .map((cell, index) => [names[index] ?? '', cell]),
    ),
  );
  const row = rows.find(({ version, series }) =>
    release.VERSION_ID ? version?.replace(/ LTS$/, '') === release.VERSION_ID : series !== '' && series === release.VERSION_CODENAME,
  );
  const [end, extended] = [row?.[columns.standard] ?? '', row?.[columns.extended] ?? ''];
  if (!DATE.test(end)) return undefined;
  return { supportEndsOn: end, ...(DATE.test(extended) ? { extendedSupportEndsOn: extended } : {}) };
}

/**
 * Releases whose system does not tell. Facts as of 2026-11: Debian's distro-info-data 0.58, endoflife.date, the makers' life-cycle pages.
 * Keys: os-release ID, then VERSION_ID or its major part.
 */
const TABLE: Readonly<Record<string, Readonly<Record<string, readonly [standard: string, extended?: string]>>>> = {
  debian: { '10': ['2022-09-10', '2024-06-30'], '11': ['2024-08-14', '2026-08-31'], '12': ['2026-07-11', '2028-06-30'], '13': ['2028-08-09', '2030-06-30'] },
  ubuntu: {
    '18.04': ['2023-05-31', '2028-04-26'],
    '20.04': ['2025-05-29', '2030-04-23'],
    '22.04': ['2027-06-01', '2032-04-21'],
    '24.04': ['2029-05-31', '2034-04-25'],
    '24.10': ['2025-07-10'],
    '25.04': ['2026-01-15'],
    '25.10': ['2026-07-09'],
    '26.04': ['2031-05-29', '2036-04-23'],
    '26.10': ['2027-07-15'],
  },
  fedora: { '39': ['2024-11-26'], '40': ['2025-05-13'], '41': ['2025-12-15'], '42': ['2026-05-13'], '43': ['2026-12-02'] },
  rhel: { '7': ['2024-06-30', '2028-06-30'], '8': ['2029-05-31'], '9': ['2032-05-31'], '10': ['2035-05-31'] },
  centos: { '7': ['2024-06-30'], '8': ['2021-12-31'], '9': ['2027-05-31'] },
  almalinux: { '8': ['2029-03-01'], '9': ['2032-05-31'], '10': ['2035-05-31'] },
  rocky: { '8': ['2029-05-31'], '9': ['2032-05-31'], '10': ['2035-05-31'] },
  'opensuse-leap': { '15.5': ['2024-12-31'], '15.6': ['2026-04-30'], '16.0': ['2027-10-31'] },
};

/** From the bundled table; `undefined` where it does not cover the release. */
export function supportFromTable(release: OsRelease): Support | undefined {
  const version = release.VERSION_ID ?? '';
  const row = TABLE[release.ID ?? '']?.[version] ?? TABLE[release.ID ?? '']?.[version.split('.')[0] ?? ''];
  // "CentOS Stream 8" and "CentOS Linux 8" share ID and VERSION_ID and ended apart.
  if (row === undefined || (release.ID === 'centos' && version === '8' && /stream/i.test(release.NAME ?? ''))) return undefined;
  const [supportEndsOn, extended] = row;
  return { supportEndsOn, ...(extended === undefined ? {} : { extendedSupportEndsOn: extended }) };
}

/** `SUPPORT_END=` of os-release(5), which Fedora sets. */
export const supportFromRelease = (release: OsRelease): Support | undefined =>
  DATE.test(release.SUPPORT_END ?? '') ? { supportEndsOn: release.SUPPORT_END ?? '' } : undefined;

const ROLLING = [
  'arch',
  'manjaro',
  'endeavouros',
  'artix',
  'cachyos',
  'gentoo',
  'void',
  'opensuse-tumbleweed',
  'opensuse-slowroll',
  'kali',
  'solus',
  'garuda',
  'chimera',
];

/** Systems without releases, and Debian's testing and unstable, which have no end date. */
export const isRolling = (release: OsRelease): boolean =>
  ROLLING.includes(release.ID ?? '') ||
  release.BUILD_ID === 'rolling' ||
  (release.ID === 'debian' && release.VERSION_ID === undefined) ||
  (release.ID === 'fedora' && /rawhide/i.test(release.VERSION ?? ''));

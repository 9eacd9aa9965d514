/** What a Linux system itself knows of its support: SUPPORT_END of os-release(5), and Debian's distro-info. Pure. */
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

/** `SUPPORT_END=` of os-release(5), which Fedora sets. */
export const supportFromRelease = (release: OsRelease): Support | undefined =>
  DATE.test(release.SUPPORT_END ?? '') ? { supportEndsOn: release.SUPPORT_END ?? '' } : undefined;

/** Makers whose releases share ID and VERSION_ID and are supported apart. */
export const linuxEdition = (release: OsRelease): string | undefined =>
  release.ID === 'centos' ? (/stream/i.test(release.NAME ?? '') ? 'stream' : 'linux') : undefined;

const ROLLING = [
  ...['arch', 'manjaro', 'endeavouros', 'artix', 'cachyos', 'garuda', 'gentoo', 'void', 'kali', 'solus', 'chimera'],
  ...['opensuse-tumbleweed', 'opensuse-slowroll', 'opensuse-microos'],
];

/** Systems without releases, and Debian's testing and unstable, which have no end date. */
export const isRolling = (release: OsRelease): boolean =>
  ROLLING.includes(release.ID ?? '') ||
  release.BUILD_ID === 'rolling' ||
  (release.ID === 'debian' && release.VERSION_ID === undefined) ||
  (release.ID === 'fedora' && /rawhide/i.test(release.VERSION ?? ''));

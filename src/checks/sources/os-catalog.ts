/**
 * The releases that were known when this version of Stance was built. Data, written tight; the service may hand out a newer catalogue.
 * Ends are last days. Windows builds are the first ones that mend what Microsoft's CVE records of that day name. What has no source is left out,
 * and so are builds after the last day up to which all of a system's are known: a list with holes would call some devices late and not others.
 */
import type { OsCatalog, OsCatalogRow } from '../../model/index.ts';

type Common = Pick<OsCatalogRow, 'os' | 'source' | 'asOf' | 'edition'>;

/** `cycle end [extended end], …` */
const rows = (common: Common, ends: string): OsCatalogRow[] =>
  ends.split(', ').map((entry) => {
    const [cycle = '', end, extended] = entry.split(' ');
    return {
      ...common,
      cycle,
      ...(end === undefined ? {} : { supportEndsOn: end }),
      ...(extended === undefined ? {} : { extendedSupportEndsOn: extended }),
    };
  });

/** By cycle: `day build, …`, newest first, complete up to a day. */
const withBuilds = (list: readonly OsCatalogRow[], buildsAsOf: string, source: string, builds: Readonly<Record<string, string>>): OsCatalogRow[] =>
  list.map((row) => {
    const known = builds[row.cycle]?.split(', ').map((entry) => ({ build: entry.slice(11), releasedOn: entry.slice(0, 10) }));
    return known === undefined ? row : { ...row, builds: known, buildsAsOf, source: `${row.source}; builds: ${source}` };
  });

const windows = (edition: string, source: string, asOf: string, ends: string): OsCatalogRow[] => rows({ os: 'windows', edition, source, asOf }, ends);
const LIFECYCLE = 'learn.microsoft.com lifecycle';
const RELEASES = 'Windows release information';
const EOL = 'endoflife.date';

const CLIENTS = [
  ...windows('home-pro', LIFECYCLE, '2026-05-27', '10240 2017-05-09, 10586 2017-10-10, 14393 2018-04-10, 15063 2018-10-09, 16299 2019-04-09, 17134 2019-11-12'),
  ...windows('home-pro', LIFECYCLE, '2026-05-27', '17763 2020-11-10, 18362 2020-12-08, 18363 2021-05-11, 19041 2021-12-14, 19042 2022-05-10, 19043 2022-12-13'),
  ...windows('home-pro', LIFECYCLE, '2026-05-27', '19044 2023-06-13, 22000 2023-10-10, 22621 2024-10-08, 22631 2025-11-11, 26100 2026-10-13, 26200 2027-10-12'),
  ...windows('home-pro', LIFECYCLE, '2026-05-27', '28000 2028-03-14'),
  ...windows('home-pro', RELEASES, '2026-11-04', '26300 2028-10-10'),
  ...windows(
    'enterprise',
    LIFECYCLE,
    '2026-05-27',
    '10240 2017-05-09, 10586 2017-10-10, 14393 2019-04-09, 15063 2019-10-08, 16299 2020-10-13, 17134 2021-05-11',
  ),
  ...windows(
    'enterprise',
    LIFECYCLE,
    '2026-05-27',
    '17763 2021-05-11, 18362 2020-12-08, 18363 2022-05-10, 19041 2021-12-14, 19042 2023-05-09, 19043 2022-12-13',
  ),
  ...windows(
    'enterprise',
    LIFECYCLE,
    '2026-05-27',
    '19044 2024-06-11, 22000 2024-10-08, 22621 2025-10-14, 22631 2026-11-10, 26100 2027-10-12, 26200 2028-10-10',
  ),
  ...windows('enterprise', LIFECYCLE, '2026-05-27', '28000 2029-03-13'),
  // Supported for 36 months by the maker's policy; the last day itself has no source here.
  ...windows('enterprise', RELEASES, '2026-11-04', '26300'),
  // Extended security updates are for money; whether a device has them is not seen.
  ...['home-pro', 'enterprise'].flatMap((edition) =>
    windows(edition, EOL, '2026-11-24', '7600 2013-04-09, 7601 2020-01-14 2023-01-10, 9200 2016-01-12, 9600 2023-01-10, 19045 2025-10-14 2028-10-10'),
  ),
  ...windows('ltsc', RELEASES, '2026-10-23', '14393 2026-10-13, 17763 2029-01-09, 19044 2027-01-12, 26100 2029-10-09'),
  ...windows('iot-ltsc', RELEASES, '2026-10-23', '14393 2026-10-13, 17763 2029-01-09, 19044 2032-01-13, 26100 2034-10-10'),
];
const SERVERS = [
  ...windows('server', LIFECYCLE, '2026-07-22', '6002 2020-01-14 2024-01-09, 6003 2020-01-14 2024-01-09, 7600 2013-04-09, 7601 2020-01-14 2024-01-09'),
  ...windows('server', LIFECYCLE, '2026-07-22', '9200 2023-10-10 2026-10-13, 9600 2023-10-10 2026-10-13, 14393 2027-01-12, 17763 2029-01-09, 20348 2031-10-14'),
  ...windows('server', LIFECYCLE, '2026-07-22', '26100 2034-11-14'),
  ...windows('server', EOL, '2026-11-24', '25398 2025-10-24'),
];

/** Builds that clients and servers share. */
const SHARED_BUILDS = {
  '14393': '2026-09-08 14393.9512',
  '17763':
    '2026-09-08 17763.9245, 2026-07-14 17763.9020, 2026-06-09 17763.8880, 2026-05-12 17763.8755, 2026-04-14 17763.8644, 2026-02-10 17763.8389, 2025-11-11 17763.8027, 2025-04-08 17763.7136',
};
const CLIENT_BUILDS = {
  ...SHARED_BUILDS,
  '19044':
    '2026-09-08 19044.7725, 2026-07-14 19044.7548, 2026-06-09 19044.7417, 2026-05-12 19044.7291, 2026-04-14 19044.7184, 2026-02-10 19044.6937, 2025-11-11 19044.6575, 2025-04-08 19044.5737',
  '19045': '2026-09-08 19045.7725, 2026-07-14 19045.7548, 2026-04-14 19045.7184',
  '22631': '2026-09-08 22631.7582, 2026-01-13 22631.6491',
  '26100': '2026-09-08 26100.9445, 2026-08-11 26100.9168, 2026-02-10 26100.7840',
  '26200': '2026-09-08 26200.9445, 2026-08-11 26200.9168, 2026-05-12 26200.8457, 2026-02-10 26200.7840, 2026-01-13 26200.7623, 2025-09-30 26200.6584',
  '28000': '2026-09-08 28000.2954, 2026-08-11 28000.2704, 2026-04-14 28000.1836, 2026-02-10 28000.1575',
};
const SERVER_BUILDS = {
  ...SHARED_BUILDS,
  '9200': '2026-09-08 9200.26349',
  '9600': '2026-09-08 9600.23397',
  '20348':
    '2026-09-08 20348.5622, 2026-07-14 20348.5386, 2026-06-09 20348.5256, 2026-05-12 20348.5139, 2026-04-14 20348.5020, 2026-02-10 20348.4773, 2026-01-13 20348.4648, 2025-11-11 20348.4405, 2025-04-08 20348.3453',
  '26100': '2026-09-08 26100.33438, 2026-08-11 26100.33296, 2026-05-12 26100.32860, 2026-04-14 26100.32690, 2026-02-10 26100.32370, 2026-01-13 26100.32230',
};

// Apple announces no ends. A release that the security updates of its successors leave out has ended with the newest of those.
const MACOS = [
  ...rows({ os: 'macos', source: EOL, asOf: '2026-03-04' }, '10.9 2016-12-01, 10.10 2017-08-01, 10.11 2018-12-01, 10.12 2019-10-01, 10.13 2020-12-01'),
  ...rows({ os: 'macos', source: EOL, asOf: '2026-03-04' }, '10.14 2021-10-25, 10.15 2022-09-12, 11 2023-09-26, 12 2024-09-16, 13 2025-09-15'),
  ...rows({ os: 'macos', source: 'Apple: in no security update since macOS 27', asOf: '2026-11-04' }, '14 2026-09-14'),
  ...rows({ os: 'macos', source: 'Apple security releases', asOf: '2026-11-04' }, '15, 26, 27'),
];
const MACOS_BUILDS = {
  '12': '2024-07-29 12.7.6, 2024-05-13 12.7.5, 2024-03-07 12.7.4',
  '13': '2025-08-20 13.7.8, 2025-07-29 13.7.7, 2025-05-12 13.7.6, 2025-03-31 13.7.5, 2024-09-16 13.7, 2023-09-21 13.6, 2023-07-24 13.5',
  '14': '2026-05-11 14.8.7, 2026-03-24 14.8.5, 2026-02-11 14.8.4, 2025-12-12 14.8.3, 2025-11-03 14.8.2, 2025-09-15 14.8, 2025-01-27 14.7.3',
  '15': '2026-05-11 15.7.7, 2026-03-24 15.7.5, 2026-02-11 15.7.4, 2025-12-12 15.7.3, 2025-11-03 15.7.2, 2025-09-29 15.7.1, 2025-09-15 15.7, 2025-08-20 15.6.1, 2025-07-29 15.6, 2025-05-12 15.5, 2025-03-31 15.4, 2025-01-27 15.3, 2024-12-11 15.2, 2024-09-16 15.0',
  '26': '2026-06-01 26.5.1, 2026-05-11 26.5, 2026-04-09 26.4.1, 2026-03-24 26.4, 2026-03-10 26.3.2, 2026-03-04 26.3.1, 2026-02-11 26.3, 2025-12-12 26.2, 2025-11-03 26.1, 2025-09-29 26.0.1, 2025-09-15 26.0',
};

const linux = (os: string, source: string, asOf: string, ends: string, edition?: string): OsCatalogRow[] =>
  rows({ os, source, asOf, ...(edition === undefined ? {} : { edition }) }, ends);
const DISTRO_INFO = 'distro-info-data 0.58';
const MAKER = "the maker's life-cycle page";

const LINUX = [
  ...linux('debian', DISTRO_INFO, '2026-04-25', '7 2016-04-25 2018-05-31, 8 2018-06-17 2020-06-30, 9 2020-07-18 2022-06-30, 10 2022-09-10 2024-06-30'),
  ...linux('debian', DISTRO_INFO, '2026-04-25', '11 2024-08-14 2026-08-31, 12 2026-07-11 2028-06-30, 13 2028-08-09 2030-06-30'),
  ...linux('ubuntu', DISTRO_INFO, '2026-04-25', '14.10 2015-07-23, 15.04 2016-02-04, 15.10 2016-07-28, 16.04 2021-04-30 2026-04-23, 16.10 2017-07-20'),
  ...linux('ubuntu', DISTRO_INFO, '2026-04-25', '17.04 2018-01-13, 17.10 2018-07-19, 18.04 2023-05-31 2028-04-26, 18.10 2019-07-18, 19.04 2020-01-23'),
  ...linux('ubuntu', DISTRO_INFO, '2026-04-25', '19.10 2020-07-17, 20.04 2025-05-29 2030-04-23, 20.10 2021-07-22, 21.04 2022-01-20, 21.10 2022-07-14'),
  ...linux('ubuntu', DISTRO_INFO, '2026-04-25', '22.04 2027-06-01 2032-04-21, 22.10 2023-07-20, 23.04 2024-01-25, 23.10 2024-07-11'),
  ...linux('ubuntu', DISTRO_INFO, '2026-04-25', '24.04 2029-05-31 2034-04-25, 24.10 2025-07-10, 25.04 2026-01-15, 25.10 2026-07-09'),
  ...linux('ubuntu', DISTRO_INFO, '2026-04-25', '26.04 2031-05-29 2036-04-23, 26.10 2027-07-15'),
  ...linux('fedora', EOL, '2026-11-24', '39 2024-11-26, 40 2025-05-13, 41 2025-12-15, 42 2026-05-13, 43 2026-12-02'),
  ...linux('rhel', MAKER, '2026-11-24', '7 2024-06-30 2028-06-30, 8 2029-05-31, 9 2032-05-31, 10 2035-05-31'),
  // "CentOS Stream 8" and "CentOS Linux 8" share ID and VERSION_ID and ended apart; the end of Stream 8 has no source here.
  ...linux('centos', MAKER, '2026-11-24', '7 2024-06-30, 8 2021-12-31', 'linux'),
  ...linux('centos', MAKER, '2026-11-24', '9 2027-05-31', 'stream'),
  ...linux('almalinux', MAKER, '2026-11-24', '8 2029-03-01, 9 2032-05-31, 10 2035-05-31'),
  ...linux('rocky', MAKER, '2026-11-24', '8 2029-05-31, 9 2032-05-31, 10 2035-05-31'),
  ...linux('opensuse-leap', MAKER, '2026-11-24', '42.1 2017-05-17, 42.2 2018-01-26, 42.3 2019-06-30, 15.5 2024-12-31, 15.6 2026-04-30, 16.0 2027-10-31'),
];

const CVE = 'CVE records of Microsoft';

/** Newest first within a row; every row says who says so, and when. */
export const BUNDLED_CATALOG: OsCatalog = {
  generatedAt: '2026-11-24T00:00:00Z',
  rows: [
    ...withBuilds(CLIENTS, '2026-09-08', CVE, CLIENT_BUILDS),
    ...withBuilds(SERVERS, '2026-09-08', CVE, SERVER_BUILDS),
    ...withBuilds(MACOS, '2026-06-01', 'Apple security releases', MACOS_BUILDS),
    ...LINUX,
  ],
};

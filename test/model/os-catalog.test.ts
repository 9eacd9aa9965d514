/** The catalogue of releases: lookups, and what the judges make of it as it ages. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { checkById } from '../../src/checks/index.ts';
import { defaultParams, judgeReading } from '../../src/checks/run.ts';
import { BUNDLED_CATALOG } from '../../src/checks/sources/os-catalog.ts';
import { compareVersions, latenessOf, OsCatalog, type OsCatalogRow, placeOf, rowsOf } from '../../src/model/index.ts';

const at = Date.parse('2026-11-24T08:00:00Z');
const row = (more: Partial<OsCatalogRow>): OsCatalogRow => ({ os: 'windows', cycle: '26200', source: 'test', asOf: '2026-11-20', ...more });
const catalog = (...rows: OsCatalogRow[]): OsCatalog => ({ generatedAt: '2026-11-20T00:00:00Z', rows });

/** The verdict of one check on a value, under the default parameters and a catalogue. */
function judge(id: string, value: object, params: object = {}, moment = at) {
  const check = checkById(id);
  if (check === undefined) throw new Error(`no check ${id}`);
  const reading = { check: id, status: 'known' as const, value, readAt: '2026-11-24T08:00:00Z', tookMs: 0 };
  return judgeReading(check, reading, { ...(defaultParams(check) as object), ...params }, moment);
}

describe('the bundled catalogue', () => {
  test('is of its own type, and every row says who says so', () => {
    expect([...Value.Errors(OsCatalog, BUNDLED_CATALOG)]).toEqual([]);
  });
  test('has one row for each release and edition, dates that exist, and builds newest first', () => {
    const names = BUNDLED_CATALOG.rows.map(({ os, cycle, edition }) => `${os} ${cycle} ${edition ?? ''}`);
    expect(names).toEqual([...new Set(names)]);
    for (const { supportEndsOn, extendedSupportEndsOn, asOf, builds = [] } of BUNDLED_CATALOG.rows) {
      for (const day of [supportEndsOn, extendedSupportEndsOn, asOf, ...builds.map(({ releasedOn }) => releasedOn)]) {
        if (day !== undefined) expect(new Date(day).toISOString().slice(0, 10)).toBe(day);
      }
      expect(builds).toEqual([...builds].sort((a, b) => compareVersions(b.build, a.build)));
      expect(builds).toEqual([...builds].sort((a, b) => (a.releasedOn < b.releasedOn ? 1 : -1)));
      expect(asOf <= BUNDLED_CATALOG.generatedAt.slice(0, 10)).toBe(true);
    }
  });
  test('ends of servicing of Windows fall on Tuesdays, as Microsoft has them', () => {
    const ends = BUNDLED_CATALOG.rows.filter(({ os, source }) => os === 'windows' && !source.startsWith('endoflife')).map(({ supportEndsOn }) => supportEndsOn);
    for (const end of ends) if (end !== undefined) expect(new Date(end).getUTCDay()).toBe(2);
  });
});

describe('versions', () => {
  test('numbers as numbers, a letter after none, missing parts as zero', () => {
    const sorted = ['26.3', '26.3.1', '26.3.1 (a)', '26.3.1 (b)', '26.3.2', '26.10'];
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
    expect(compareVersions('26', '26.0')).toBe(0);
    expect(compareVersions('26200.9445', '26200.10000')).toBeLessThan(0);
  });
  test('any two are ordered one way', () => {
    const version = fc.stringMatching(/^[0-9a-c. ()]{0,12}$/);
    fc.assert(fc.property(version, version, (a, b) => Math.sign(compareVersions(a, b)) === -Math.sign(compareVersions(b, a))));
  });
});

describe('lookups', () => {
  const rows = catalog(row({ os: 'rhel', cycle: '9' }), row({ os: 'rhel', cycle: '9.2' }), row({ edition: 'home-pro' }), row({ edition: 'enterprise' }));
  test('a release of its own goes before the line that it is of', () => {
    expect(rowsOf(rows, { os: 'rhel', cycle: '9.4' }).map(({ cycle }) => cycle)).toEqual(['9']);
    expect(rowsOf(rows, { os: 'rhel', cycle: '9.2' }).map(({ cycle }) => cycle)).toEqual(['9.2']);
    expect(rowsOf(rows, { os: 'rhel', cycle: '10.0' })).toEqual([]);
  });
  test('an edition that is not known may be any', () => {
    expect(rowsOf(rows, { os: 'windows', cycle: '26200' })).toHaveLength(2);
    expect(rowsOf(rows, { os: 'windows', cycle: '26200', edition: 'ltsc' })).toEqual([]);
  });
  test('newer than all, older than all, or neither', () => {
    expect(['99999', '10240', 'x'].map((cycle) => placeOf(rows, { os: 'windows', cycle }))).toEqual(['newer', 'older', undefined]);
    expect(placeOf(rows, { os: 'plan9', cycle: '4' })).toBeUndefined();
  });
  const builds = [
    { build: '1.30', releasedOn: '2026-11-10' },
    { build: '1.20', releasedOn: '2026-10-13' },
    { build: '1.19', releasedOn: '2026-10-13' },
    { build: '1.10', releasedOn: '2026-09-08' },
  ];
  test('late since the first that is lacking; one that comes out beside another does not lack it', () => {
    expect(latenessOf(row({ builds }), '1.15')).toEqual({ late: true, since: '2026-10-13', newest: '1.30', exact: true });
    expect(latenessOf(row({ builds }), '1.19')).toEqual({ late: true, since: '2026-11-10', newest: '1.30', exact: true });
    expect(latenessOf(row({ builds }), '1.31')).toEqual({ late: false });
    expect(latenessOf(row({ builds }), '1.5')).toMatchObject({ since: '2026-09-08', exact: false });
    expect(latenessOf(row({}), '1.5')).toBeUndefined();
  });
});

describe('os.supported', () => {
  const value = { os: 'windows', cycle: '26200', edition: 'home-pro', name: 'Windows 11 25H2' };
  const supported = (row_: Partial<OsCatalogRow>, more: object = {}, moment = at) =>
    judge('os.supported', { ...value, ...more }, { catalog: catalog(row(row_)) }, moment).verdict;
  test('supported on the last day, and not on the day after', () => {
    expect(supported({ supportEndsOn: '2026-11-24' })).toBe('pass');
    expect(supported({ supportEndsOn: '2026-11-23' })).toBe('fail');
  });
  test('ends count however old the catalogue is; "no end is announced" does not', () => {
    expect(supported({ supportEndsOn: '2030-01-01', asOf: '2024-01-01' })).toBe('pass');
    expect(supported({})).toBe('pass');
    expect(supported({ asOf: '2026-03-01' })).toBe('unknown');
  });
  test('a fresh catalogue goes before what the system says, and that before an old one', () => {
    const own = { own: { supportEndsOn: '2030-01-01', source: 'distro-info' } };
    expect(supported({ supportEndsOn: '2026-01-01' }, own)).toBe('fail');
    expect(supported({ supportEndsOn: '2026-01-01', asOf: '2026-01-01' }, own)).toBe('pass');
  });
  test('newer than the catalogue is supported; older is not; in between is not known', () => {
    const between = catalog(row({ cycle: '26100' }), row({ cycle: '26300' }));
    expect(['27000', '20000', '26200'].map((cycle) => judge('os.supported', { ...value, cycle }, { catalog: between }).verdict)).toEqual([
      'pass',
      'fail',
      'unknown',
    ]);
  });
  test('an edition that is not known: as long as all editions agree', () => {
    const { edition: _, ...anyEdition } = value;
    const rows = (home: string) => catalog(row({ edition: 'home-pro', supportEndsOn: home }), row({ edition: 'enterprise', supportEndsOn: '2028-10-10' }));
    expect(judge('os.supported', anyEdition, { catalog: rows('2027-10-12') }).verdict).toBe('pass');
    expect(judge('os.supported', anyEdition, { catalog: rows('2026-10-13') }).verdict).toBe('unknown');
  });
  test('support for money counts where the baseline says so', () => {
    const paid = { catalog: catalog(row({ supportEndsOn: '2025-10-14', extendedSupportEndsOn: '2028-10-10' })) };
    expect(judge('os.supported', value, paid).verdict).toBe('fail');
    expect(judge('os.supported', value, { ...paid, acceptExtended: true }).verdict).toBe('pass');
  });
});

describe('os.patch_level', () => {
  const value = { os: 'windows', cycle: '26200', edition: 'home-pro', name: 'Windows 11 25H2', build: '26200.100' };
  const builds = [
    { build: '26200.300', releasedOn: '2026-11-10' },
    { build: '26200.200', releasedOn: '2026-10-13' },
    { build: '26200.100', releasedOn: '2026-09-08' },
  ];
  const level = (build: string, more: Partial<OsCatalogRow> = {}, newestUpdateOn?: string) =>
    judge('os.patch_level', { ...value, build, ...(newestUpdateOn ? { newestUpdateOn } : {}) }, { catalog: catalog(row({ builds, ...more })) }).verdict;
  test('up to date, behind for less than 30 days, and for more', () => {
    expect(['26200.300', '26200.200', '26200.100'].map((build) => level(build))).toEqual(['pass', 'pass', 'fail']);
  });
  test('newer than the catalogue is never outdated', () => {
    expect(level('26200.999')).toBe('pass');
  });
  test('a catalogue of over 45 days tells nothing, unless the release had ended', () => {
    expect(['26200.300', '26200.100'].map((build) => level(build, { buildsAsOf: '2026-10-01' }))).toEqual(['unknown', 'unknown']);
    expect(level('26200.300', { buildsAsOf: '2026-10-01', supportEndsOn: '2026-09-30' })).toBe('pass');
  });
  test('older than everything in the catalogue: late for sure only if the oldest is', () => {
    expect(level('26200.1', { builds: builds.slice(0, 1) })).toBe('unknown');
    expect(level('26200.1')).toBe('fail');
  });
  test('without builds the newest update that Windows lists can say that it is late, never that it is not', () => {
    expect(level('26200.100', { builds: [] }, '2025-10-10')).toBe('fail');
    expect(level('26200.100', { builds: [] }, '2026-11-20')).toBe('unknown');
  });
});

/** What is known of releases: built from what others publish, signed, handed to agents, judged by, and never rolled back. */
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAgent } from '../../src/agent/index.ts';
import { openCatalog } from '../../src/agent/os-catalog.ts';
import { signJws } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { BUNDLED_CATALOG, checkById } from '../../src/checks/index.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { canonicalJson, known, OS_CATALOG_TYPE, type OsCatalog, type OsCatalogRow, type Reading, StanceError } from '../../src/model/index.ts';
import { appraise } from '../../src/policy/index.ts';
import { buildCatalog } from '../../src/service/os-catalog/build.ts';
import { fromCvrf, fromDistroInfo, fromEndOfLife, fromSofa } from '../../src/service/os-catalog/feeds.ts';
import { parseSource } from '../../src/service/os-catalog/fetching.ts';
import { createSigner } from '../attest/device.ts';
import { baseline } from './posture.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const DAY = '2026-11-20';
const endOfLife = (name: string, releases: object[]) => ({ schema_version: '1.2.0', generated_at: '2026-11-19T00:00:00+00:00', result: { name, releases } });
const rowOf = (rows: readonly OsCatalogRow[], cycle: string, edition?: string) => rows.find((row) => row.cycle === cycle && row.edition === edition);

describe('sources', () => {
  test('endoflife.date: ends, and the editions of Windows by the build that their newest names', () => {
    const windows = fromEndOfLife(
      endOfLife('windows', [
        { name: '11-25h2-w', eolFrom: '2027-10-12', latest: { name: '10.0.26200' } },
        { name: '11-25h2-e', eolFrom: '2028-10-10', latest: { name: '10.0.26200' } },
        { name: '11-24h2-iot-lts', eolFrom: '2034-10-10', latest: { name: '10.0.26100' } },
        { name: '11-24h2-e-lts', eolFrom: '2029-10-09', latest: { name: '10.0.26100' } },
        { name: 'unbuilt', eolFrom: '2030-01-01', latest: null },
      ]),
      DAY,
    );
    expect(windows.map(({ cycle, edition, supportEndsOn, asOf }) => [cycle, edition, supportEndsOn, asOf])).toEqual([
      ['26200', 'home-pro', '2027-10-12', '2026-11-19'],
      ['26200', 'enterprise', '2028-10-10', '2026-11-19'],
      ['26100', 'iot-ltsc', '2034-10-10', '2026-11-19'],
      ['26100', 'ltsc', '2029-10-09', '2026-11-19'],
    ]);
    expect(
      fromEndOfLife(
        endOfLife('fedora', [
          { name: '43', eolFrom: '2026-12-02' },
          { name: '44', eolFrom: false },
        ]),
        DAY,
      ),
    ).toEqual([
      { os: 'fedora', cycle: '43', supportEndsOn: '2026-12-02', source: 'endoflife.date fedora', asOf: '2026-11-19' },
      { os: 'fedora', cycle: '44', source: 'endoflife.date fedora', asOf: '2026-11-19' },
    ]);
  });
  test('SOFA: every release of a macOS with its day', () => {
    const releases = [
      { ProductVersion: '26.1', ReleaseDate: '2025-11-03T00:00:00Z' },
      { ProductVersion: '26.2', ReleaseDate: '2025-12-12T00:00:00Z' },
    ];
    expect(fromSofa({ UpdateHash: 'x', OSVersions: [{ OSVersion: 'Tahoe 26', Latest: releases[1], SecurityReleases: releases }] }, DAY)).toMatchObject([
      { os: 'macos', cycle: '26', builds: expect.arrayContaining([{ build: '26.2', releasedOn: '2025-12-12' }]), buildsAsOf: DAY },
    ]);
  });
  test('MSRC: the highest revision of each build that a month mends', () => {
    const remediation = (FixedBuild: string, SubType = 'Security Update') => ({ Type: 2, SubType, FixedBuild });
    const month = {
      DocumentTracking: { InitialReleaseDate: '2026-11-10T08:00:00Z', CurrentReleaseDate: '2026-11-18T08:00:00Z' },
      Vulnerability: [
        { Remediations: [remediation('10.0.26200.7171'), remediation('10.0.22631.6199')] },
        { Remediations: [remediation('10.0.26200.7178'), remediation('16.0.1.2')] },
        {},
      ],
    };
    expect(fromCvrf(month).map(({ cycle, builds, buildsAsOf }) => [cycle, builds, buildsAsOf])).toEqual([
      ['26200', [{ build: '26200.7178', releasedOn: '2026-11-10' }], '2026-11-18'],
      ['22631', [{ build: '22631.6199', releasedOn: '2026-11-10' }], '2026-11-18'],
    ]);
  });
  test('distro-info: the ends of each release, the one for everybody and the one for money', () => {
    const csv =
      'version,codename,series,created,release,eol,eol-server,eol-esm\n24.04 LTS,Noble Numbat,noble,2023-10-26,2024-04-25,2029-05-31,2029-05-31,2036-04-25\n';
    expect(fromDistroInfo(csv, 'ubuntu', DAY)).toEqual([
      { os: 'ubuntu', cycle: '24.04', supportEndsOn: '2029-05-31', extendedSupportEndsOn: '2036-04-25', source: 'distro-info-data', asOf: DAY },
    ]);
  });
  test('whatever comes, it is rows or refused with its code', () => {
    for (const parse of [
      (d: unknown) => fromEndOfLife(d, DAY),
      (d: unknown) => fromSofa(d, DAY),
      fromCvrf,
      (d: unknown) => fromDistroInfo(JSON.stringify(d), 'debian', DAY),
    ]) {
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fc.record({ OSVersions: fc.jsonValue(), result: fc.jsonValue(), Vulnerability: fc.jsonValue() })), (document) => {
          try {
            parse(document);
          } catch (error) {
            expect(error).toMatchObject({ name: 'StanceError', code: 'feed-invalid' });
          }
        }),
      );
    }
  });
  test('together: ends of the later word, builds of all, of every edition of a cycle', () => {
    const base: OsCatalog = {
      generatedAt: '2026-11-01T00:00:00Z',
      rows: [
        { os: 'windows', cycle: '26200', edition: 'home-pro', supportEndsOn: '2027-01-01', source: 'a', asOf: '2026-10-01' },
        {
          os: 'windows',
          cycle: '26200',
          edition: 'enterprise',
          builds: [{ build: '26200.1', releasedOn: '2026-10-13' }],
          buildsAsOf: '2026-10-31',
          source: 'a',
          asOf: '2026-10-01',
        },
      ],
    };
    const builds: OsCatalogRow = {
      os: 'windows',
      cycle: '26200',
      builds: [{ build: '26200.2', releasedOn: '2026-11-10' }],
      buildsAsOf: '2026-11-18',
      source: 'b',
      asOf: '2026-11-10',
    };
    const { rows } = buildCatalog(
      base,
      [builds, { os: 'windows', cycle: '26200', edition: 'home-pro', supportEndsOn: '2027-10-12', source: 'c', asOf: '2026-11-19' }],
      '2026-11-20T00:00:00Z',
    );
    expect(rowOf(rows, '26200', 'home-pro')).toMatchObject({ supportEndsOn: '2027-10-12', builds: [{ build: '26200.2' }], buildsAsOf: '2026-11-18' });
    expect(rowOf(rows, '26200', 'enterprise')).toMatchObject({ builds: [{ build: '26200.2' }, { build: '26200.1' }], source: 'a; b' });
  });
});

/** Windows 11 25H2 and what came out for it. */
const catalogOf = (generatedAt: string, buildsAsOf: string): OsCatalog => ({
  generatedAt,
  rows: [
    {
      ...{ os: 'windows', cycle: '26200', edition: 'home-pro', supportEndsOn: '2027-10-12', source: 'test', asOf: buildsAsOf, buildsAsOf },
      builds: [
        { build: '26200.7178', releasedOn: '2026-11-10' },
        { build: '26200.7000', releasedOn: '2026-10-13' },
        { build: '26200.6900', releasedOn: '2026-09-08' },
      ],
    },
    { os: 'windows', cycle: '19045', edition: 'home-pro', supportEndsOn: '2025-10-14', source: 'test', asOf: buildsAsOf },
  ],
});
const at = Date.parse('2026-11-24T08:00:00Z');
function judge(check: string, value: object, osCatalog: OsCatalog): string | undefined {
  const definition = checkById(check);
  if (definition === undefined) throw new Error(`no check ${check}`);
  const reading = { check, ...known(value, 'test'), readAt: '2026-11-24T08:00:00Z', tookMs: 1 } as Reading;
  return appraise([reading], { baselines: [], platform: 'win32', catalogue: [definition], osCatalog, at }).checks[0]?.verdict;
}
const windows = (build: string) => ({ os: 'windows', cycle: build.split('.')[0], edition: 'home-pro', name: 'Windows', build });

test('a device of each state is judged by the catalogue in force', () => {
  const fresh = catalogOf('2026-11-20T00:00:00Z', '2026-11-18');
  const old = catalogOf('2026-09-20T00:00:00Z', '2026-09-18');
  const support = (build: string, catalog: OsCatalog) => judge('os.supported', { ...windows(build), build: undefined }, catalog);
  const patched = (build: string, catalog: OsCatalog) => judge('os.patch_level', windows(build), catalog);
  expect([patched('26200.7178', fresh), patched('26200.7000', fresh), patched('26200.6900', fresh)]).toEqual(['pass', 'pass', 'fail']);
  // Newer than the catalogue is never outdated; one that is too old tells of no build, and of ends all the same.
  expect([patched('26200.9999', fresh), patched('28000.1', fresh)]).toEqual(['pass', 'pass']);
  expect([patched('26200.7178', old), patched('26200.6900', old)]).toEqual(['unknown', 'unknown']);
  expect([support('26200.7178', fresh), support('19045.1', fresh), support('26200.1', old), support('19045.1', old), support('28000.1', fresh)]).toEqual([
    ...['pass', 'fail', 'pass', 'fail', 'pass'],
  ]);
});

describe('a service and its agents', () => {
  let service: TestService;
  beforeEach(async () => {
    service = await createTestService();
  });
  afterEach(() => service.close());
  const newer = (days: number): OsCatalog => ({
    ...BUNDLED_CATALOG,
    generatedAt: new Date(Date.parse(BUNDLED_CATALOG.generatedAt) + days * 86_400_000).toISOString(),
  });
  const put = (catalog: unknown) => service.call('PUT' as 'POST', '/v1/os-catalog', catalog);

  test('a newer one is put into force and comes to devices with their next report, once; an older one is refused', async () => {
    expect((await put(newer(2))).status).toBe(200);
    expect((await put(newer(1))).json()).toMatchObject({ status: 409, code: 'catalog-older' });
    expect((await put({ rows: 'none' })).json()).toMatchObject({ code: 'feed-invalid' });
    const stateDir = mkdtempSync(path.join(tmpdir(), 'stance-catalog-'));
    const host = createRecordedHost({
      os: 'linux',
      release: '',
      user: { uid: 1000, admin: false, groups: [] },
      env: {},
      now: '2026-11-24T08:00:00Z',
      calls: [],
    });
    let bytes = 0;
    const agent = await createAgent({
      ...{ stateDir, host, checks: [], recorded: true, version: '1', now: () => service.now() },
      fetch: (async (...args: Parameters<typeof fetch>) => {
        const answer = await fetch(...args);
        if (String(args[0]).endsWith('/v1/evidence')) bytes = Number(answer.headers.get('content-length'));
        return answer;
      }) as typeof fetch,
    });
    try {
      await agent.enroll({ server: service.url, token: await service.enrollmentToken() });
      service.pass(1000);
      await agent.refresh({ slow: 'skip' });
      expect(openCatalog(stateDir).current().generatedAt).toBe(newer(2).generatedAt);
      const first = bytes;
      service.pass(1000);
      await agent.refresh({ slow: 'skip' });
      expect(bytes).toBeLessThan(first / 10);
    } finally {
      await agent.stop();
    }
  });

  test('every device is judged again by a newer one, and stays so judged when the service starts again', async () => {
    const options = { state: folder(), store: `sqlite:${path.join(folder(), 'service.db')}`, policies: [baseline({ 'os.supported': {} })] };
    const first = await createTestService(options);
    const device = await joinDevice(first);
    const os = known({ os: 'made-up', cycle: '1', name: 'Made-up 1' }, 'test');
    const ended = { os: 'made-up', cycle: '1', supportEndsOn: '2026-11-01', source: 'test', asOf: '2026-11-19' };
    const compliance = async (of: TestService) => (await of.call('GET', `/v1/devices/${device.id}`)).json().compliance;
    const listed = async (of: TestService) => (await of.call('GET', '/v1/devices?failing=os.supported')).json().devices.length;
    await device.report([{ check: 'os.supported', ...os, readAt: new Date(first.now()).toISOString(), tookMs: 1 } as Reading]);
    expect([await compliance(first), await listed(first)]).toEqual(['unknown', 0]);
    const catalog = { ...newer(2), rows: [...BUNDLED_CATALOG.rows, ended] };
    expect((await first.call('PUT' as 'POST', '/v1/os-catalog', catalog)).status).toBe(200);
    expect([await compliance(first), await listed(first)]).toEqual(['not-compliant', 1]);
    await first.close();
    const second = await createTestService(options);
    expect([await compliance(second), await listed(second)]).toEqual(['not-compliant', 1]);
    await second.close();
  });

  test('an agent takes nothing that is older, of another service, or under another key', async () => {
    const keeper = openCatalog(mkdtempSync(path.join(tmpdir(), 'stance-catalog-')));
    const [signer, stranger] = [createSigner(), createSigner()];
    const sign = async (catalog: OsCatalog, by = signer, iss = 'urn:x', type = OS_CATALOG_TYPE) =>
      (await signJws(type, { iss, version: sha256(canonicalJson(catalog)), catalog }, by, sha256)).jws;
    const keys = async () => ({
      keys: [{ ...signer.publicJwk, kid: JSON.parse(Buffer.from((await sign(newer(1))).split('.')[0] ?? '', 'base64url').toString()).kid }],
    });
    const take = async (jws: string) =>
      keeper.take(jws, 'urn:x', keys).then(
        () => 'taken',
        (error: unknown) => (error as StanceError).code,
      );
    expect(await take(await sign(newer(2)))).toBe('taken');
    expect(await take(await sign(newer(1)))).toBe('catalog-older');
    expect(await take(await sign(newer(3), stranger))).toBe('key-mismatch');
    expect(await take(await sign(newer(3), signer, 'urn:y'))).toBe('audience-mismatch');
    expect(await take(await sign(newer(3), signer, 'urn:x', 'eat+jwt'))).toBe('jws-type');
    expect(await take('rubbish')).toBe('jws-malformed');
    expect(keeper.current().generatedAt).toBe(newer(2).generatedAt);
  });

  test('sources are fetched where the operator names them; one that fails leaves the others their word', async () => {
    const feed = createServer((request, answer) => {
      if (request.url !== '/ubuntu') return void answer.writeHead(500).end();
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify(endOfLife('ubuntu', [{ name: '99.04', eolFrom: '2099-05-31' }])));
    });
    await new Promise<void>((resolve) => feed.listen(0, '127.0.0.1', resolve));
    const port = (feed.address() as { port: number }).port;
    const sources = ['ubuntu', 'broken'].map((name) => parseSource(`endoflife=http://127.0.0.1:${port}/${name}`));
    const fetching = await createTestService({ catalogSources: sources, now: () => Date.parse('2027-01-01T00:00:00Z') });
    try {
      let rows: OsCatalogRow[] = [];
      for (let tries = 0; tries < 100 && rowOf(rows, '99.04') === undefined; tries++) {
        await sleep(20);
        const { text } = await fetching.call('GET', '/v1/os-catalog');
        rows = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()).catalog.rows;
      }
      expect(rowOf(rows, '99.04')).toMatchObject({ os: 'ubuntu', supportEndsOn: '2099-05-31' });
      expect(rows.length).toBeGreaterThan(50);
    } finally {
      await fetching.close();
      feed.close();
    }
    for (const bad of ['endoflife=http://example.com/x', 'nothing=https://example.com', 'sofa']) expect(() => parseSource(bad)).toThrow(StanceError);
  });
});

/** Parsers of foreign text: an answer or a coded refusal, whatever comes; and never a yes from rubbish. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEfiFlag } from '../../src/checks/boot-secure-boot.ts';
import { parseBootTime, parseUptime } from '../../src/checks/device-uptime.ts';
import { CATALOGUE } from '../../src/checks/index.ts';
import { readChecks } from '../../src/checks/run.ts';
import { encryptionOf } from '../../src/checks/sources/block-stack.ts';
import { parseUfwEnabled } from '../../src/checks/sources/firewall-linux.ts';
import { compareReleases, flavourOf } from '../../src/checks/sources/kernel-release.ts';
import { parseListeners } from '../../src/checks/sources/listeners.ts';
import { parseMountinfo } from '../../src/checks/sources/mountinfo.ts';
import { parseOsRelease } from '../../src/checks/sources/os-release.ts';
import { filteredByNft, refusesByIptables } from '../../src/checks/sources/packet-filter.ts';
import { parseAptSimulation, parseDnfJson, parseDnfText, parseZypperXml } from '../../src/checks/sources/pending-updates.ts';
import { parseKdeGroup } from '../../src/checks/sources/screen-lock-linux.ts';
import { parsePoolDevices } from '../../src/checks/sources/zfs.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { type Host, UnparsableError } from '../../src/model/index.ts';

describe('whatever text comes:', () => {
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    ...{ parsePoolDevices, parseUptime, parseBootTime, parseUfwEnabled, parseListeners, parseMountinfo, parseOsRelease, filteredByNft, refusesByIptables },
    ...{ parseAptSimulation, parseDnfJson, parseDnfText, parseZypperXml, parseKdeGroup: (text: string) => parseKdeGroup(text, 'Daemon'), encryptionOf },
    parseEfiFlag: (text: string) => parseEfiFlag(Buffer.from(text)),
  };
  const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary', maxLength: 300 }), fc.stringMatching(/^[ \t\n:=0-9A-Za-z[\]()/.,"'-]*$/));
  test.each(Object.entries(parsers))('%s gives an answer or says that it does not understand', (_name, parse) => {
    fc.assert(
      fc.property(text, (input) => {
        try {
          parse(input);
        } catch (error) {
          expect(error).toBeInstanceOf(UnparsableError);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a machine whose every door answers rubbish passes nothing that counts', async () => {
    const rubbish = (value: string): Host => ({
      ...createRecordedHost({
        os: 'linux',
        release: 'x',
        user: { uid: 0, admin: true },
        env: { XDG_CURRENT_DESKTOP: 'GNOME' },
        now: '2026-11-24T08:00:00Z',
        calls: [],
      }),
      run: async () => ({ stdout: value, stderr: value, exit: 0 }),
      read: async () => value,
      readBytes: async () => Buffer.from(value),
      list: async () => [value],
      link: async () => value,
      unit: async () => ({ load: value, active: value, enabled: value }),
      gsettings: async () => ({ value }),
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constant(''), fc.string(), fc.constant('Fehler: Zugriff verweigert\n')), async (value) => {
        for (const reading of await readChecks(CATALOGUE, rubbish(value))) {
          if (['device.virtual', 'hw.tpm', 'account.admin'].includes(reading.check)) continue;
          expect({ check: reading.check, status: reading.status }).toEqual({ check: reading.check, status: expect.stringMatching(/unknown|not-applicable/) });
        }
      }),
      { numRuns: 40 },
    );
  });
});

test('device mapper names: integrity and verity are not encryption', () => {
  expect(['CRYPT-LUKS2-ab-root', 'CRYPT-PLAIN-swap', 'CRYPT-VERITY-ab-usr', 'CRYPT-INTEGRITY-x', 'LVM-abc', 'CRYPT-', ''].map(encryptionOf)).toEqual([
    'LUKS2',
    'PLAIN',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('kernel releases are ordered by number, and only within a flavour', () => {
  const sorted = ['6.8.0-101-generic', '6.8.0-88-generic', '6.17.9-300.fc43.x86_64', '6.9.1', '6.12.57+deb13-amd64', '6.12.57+deb13u1-amd64'];
  expect([...sorted].sort(compareReleases)).toEqual([
    '6.8.0-88-generic',
    '6.8.0-101-generic',
    '6.9.1',
    '6.12.57+deb13-amd64',
    '6.12.57+deb13u1-amd64',
    '6.17.9-300.fc43.x86_64',
  ]);
  expect(['6.8.0-88-generic', '6.12.57+deb13-cloud-amd64', '6.17.9-300.fc43.x86_64', '6.17.1-arch1-1', '6.12.9-1-lts'].map(flavourOf)).toEqual([
    'generic',
    'cloud-amd64',
    '',
    '',
    'lts',
  ]);
});

test('a reader that hangs delays nobody beyond its own bound, and is a time-out', async () => {
  const [first] = CATALOGUE;
  if (first === undefined) throw new Error('empty catalogue');
  const host = createRecordedHost({ os: 'linux', release: 'x', user: { uid: 0, admin: true }, env: {}, now: '2026-11-24T08:00:00Z', calls: [] });
  const hanging = { ...first, id: 'test.hangs', timeoutMs: 30, read: { linux: () => new Promise<never>(() => {}) } };
  const throwing = { ...first, id: 'test.throws', read: { linux: async () => Promise.reject(new TypeError('a defect')) } };
  const wrong = { ...first, id: 'test.wrong', read: { linux: async () => ({ status: 'known' as const, value: 'not of the type', method: 'm' }) } };
  const readings = await readChecks([hanging, throwing, wrong], host);
  expect(readings.map((reading) => ('reason' in reading ? reading.reason : reading.status))).toEqual(['timeout', 'internal', 'internal']);
});

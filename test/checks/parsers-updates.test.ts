/** Parsers of what update tools, settings and version files say: an answer or a refusal, whatever comes. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CATALOGUE } from '../../src/checks/index.ts';
import { parseInstalledOn } from '../../src/checks/os-patch-level.ts';
import { readChecks } from '../../src/checks/run.ts';
import { isPeriodic, parseApplyUpdates, parseAptConfig } from '../../src/checks/sources/auto-update-linux.ts';
import { autoUpdateOf, switchOf } from '../../src/checks/sources/auto-update-macos.ts';
import { pauseTimeOf } from '../../src/checks/sources/auto-update-windows.ts';
import { parseFirmwareUpdates, parseRemotes } from '../../src/checks/sources/fwupd.ts';
import { macosVersionOf, parseSwVers } from '../../src/checks/sources/macos-version.ts';
import { parseAptList } from '../../src/checks/sources/pending-updates.ts';
import { parseDeployments, parseNeedrestart } from '../../src/checks/sources/restart-linux.ts';
import { parseSoftwareUpdate, parseSoftwareUpdateList } from '../../src/checks/sources/software-update.ts';
import { parseChronyTracking, parseTimedatectl } from '../../src/checks/sources/time-linux.ts';
import { parseUpdateSearch } from '../../src/checks/sources/windows-updates.ts';
import { editionOf } from '../../src/checks/sources/windows-version.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { DoorError, type JsonValue, UnparsableError } from '../../src/model/index.ts';

const refusesOrAnswers = (parse: () => unknown): void => {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(UnparsableError);
  }
};

const NOW = Date.parse('2026-11-24T08:00:00Z');
const texts: Readonly<Record<string, (text: string) => unknown>> = {
  ...{ isPeriodic, parseAptConfig, parseApplyUpdates, parseFirmwareUpdates, parseRemotes, parseSwVers, parseAptList, parseDeployments, parseNeedrestart },
  ...{ parseSoftwareUpdateList, parseChronyTracking, parseTimedatectl },
  parseInstalledOn: (text) => parseInstalledOn(text, NOW),
  editionOf: (text) => editionOf(text, text),
  macosVersionOf: (text) => macosVersionOf(text, text, 'test'),
};
test.each(Object.entries(texts))('%s gives an answer or says that it does not understand', (_name, parse) => {
  const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary', maxLength: 300 }), fc.stringMatching(/^[ \t\n:=0-9A-Za-z[\]{}()/.,"'-]*$/));
  fc.assert(
    fc.property(text, (input) => refusesOrAnswers(() => parse(input))),
    { numRuns: 300 },
  );
});

const values: Readonly<Record<string, (value: JsonValue) => unknown>> = {
  ...{ parseUpdateSearch, parseSoftwareUpdate, pauseTimeOf },
  switchOf: (value) => switchOf(value, 'key'),
  autoUpdateOf: (value) => autoUpdateOf({ AutomaticDownload: value }, { CriticalUpdateInstall: value }, { automaticallyCheck: value }),
};
test.each(Object.entries(values))('%s takes any value that a door may give', (_name, parse) => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record({ updates: fc.jsonValue() }),
    fc.record({ updates: fc.array(fc.record({ title: fc.jsonValue(), severity: fc.jsonValue(), categories: fc.jsonValue(), date: fc.jsonValue() })) }),
    fc.record({
      RecommendedUpdates: fc.array(fc.record({ 'Display Name': fc.jsonValue(), 'Display Version': fc.jsonValue() })),
      LastFullSuccessfulDate: fc.jsonValue(),
    }),
  );
  fc.assert(
    fc.property(value, (input) => refusesOrAnswers(() => parse(input as JsonValue))),
    { numRuns: 300 },
  );
});

describe('days as WMI prints them', () => {
  test('the latest that they can mean, and that is not to come', () => {
    const cases = ['11/13/2024', '13.11.2024', '2024-11-13', '10/10/2025', '02/03/2026', '12/01/2026', '12/31/2026', '31/31/2024', '', 7];
    expect(cases.map((text) => parseInstalledOn(text, NOW))).toEqual([
      ...['2024-11-13', '2024-11-13', '2024-11-13', '2025-10-10', '2026-03-02', '2026-01-12'],
      ...[undefined, undefined, undefined, undefined],
    ]);
  });
});

test('editions of Windows by the line of servicing that they are on', () => {
  const ids = [
    'Core',
    'Professional',
    'ProfessionalEducation',
    'Enterprise',
    'Education',
    'EnterpriseS',
    'IoTEnterpriseS',
    'IoTEnterprise',
    'ServerRdsh',
    'Neues',
  ];
  expect(ids.map((id) => editionOf(id, 'Client'))).toEqual([
    ...['home-pro', 'home-pro', 'home-pro', 'enterprise', 'enterprise', 'ltsc', 'iot-ltsc', 'enterprise', 'enterprise', undefined],
  ]);
  expect([editionOf('ServerStandard', 'Server'), editionOf('ServerDatacenter', 'Server Core')]).toEqual(['server', 'server']);
});

describe('a machine whose doors all fail', () => {
  const mine = ['os.supported', 'os.patch_level', 'os.security_updates', 'os.auto_update', 'os.reboot_pending', 'time.synced', 'firmware.updates'];
  const checks = CATALOGUE.filter(({ id }) => mine.includes(id));
  test.each(['linux', 'darwin', 'win32'] as const)('on %s is not known, whatever the failure', async (os) => {
    for (const code of ['EACCES', 'ETIMEDOUT', 'EOUTPUT', 'EIO', 'ENOTRECORDED']) {
      const refuse = async (): Promise<never> => {
        throw new DoorError(code, 'door');
      };
      const machine = createRecordedHost({ os, release: 'x', user: { uid: 1000, admin: false }, env: {}, now: '2026-11-24T08:00:00Z', calls: [] });
      const doors = { run: refuse, read: refuse, readBytes: refuse, list: refuse, link: refuse, stat: refuse, unit: refuse, gsettings: refuse, plist: refuse };
      const got = (): never => {
        throw new DoorError(code, 'need');
      };
      const readings = await readChecks(checks, { ...machine, ...doors, gather: async () => got });
      for (const reading of readings) {
        const expected = checks.find(({ id }) => id === reading.check)?.read[os] === undefined ? 'not-applicable' : 'unknown';
        expect({ code, check: reading.check, status: reading.status }).toEqual({ code, check: reading.check, status: expected });
      }
    }
  });
  test('on a Mac and on Windows where everything is absent, only what is on by default is known', async () => {
    const gone = async (): Promise<never> => {
      throw new DoorError('ENOENT', 'door');
    };
    const absent = (): never => {
      throw new DoorError('ENOENT', 'need');
    };
    for (const os of ['darwin', 'win32'] as const) {
      const machine = createRecordedHost({ os, release: 'x', user: { uid: 501, admin: false }, env: {}, now: '2026-11-24T08:00:00Z', calls: [] });
      const readings = await readChecks(checks, { ...machine, run: gone, read: gone, stat: gone, list: gone, plist: gone, gather: async () => absent });
      const known = readings.filter(({ status }) => status === 'known').map(({ check }) => check);
      expect(known).toEqual(os === 'darwin' ? ['os.auto_update'] : ['os.auto_update', 'os.reboot_pending']);
    }
  });
});

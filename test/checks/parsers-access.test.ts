/** Parsers of accounts, screen lock and protection: an answer or a coded refusal, whatever comes; and never a yes from rubbish. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseGroupNumbers, parseMembership, parseOwnGroups } from '../../src/checks/account-admin.ts';
import { parseFileVaultOn } from '../../src/checks/account-autologin.ts';
import { parseGuestAccount } from '../../src/checks/account-guest.ts';
import { isLocalAccount, parseAccountPolicies } from '../../src/checks/account-password-policy.ts';
import { parseFalconRegistered } from '../../src/checks/malware-edr.ts';
import { consoleLogsIn, gdmLogsIn, greetdLogsIn, lightdmLogsIn } from '../../src/checks/sources/autologin-linux.ts';
import { parseIni } from '../../src/checks/sources/ini.ts';
import { parseMdatpHealth } from '../../src/checks/sources/mdatp.ts';
import { parsePasswordModules, shortestPassword } from '../../src/checks/sources/pam-password.ts';
import { parseXprotectVersion } from '../../src/checks/sources/protection-mac.ts';
import { parseDefender, parseProductState } from '../../src/checks/sources/protection-windows.ts';
import { parseDisplaySleep, parseScreenLock } from '../../src/checks/sources/screen-lock-mac.ts';
import { parseSystemExtensions } from '../../src/checks/sources/system-extensions.ts';
import { UnparsableError } from '../../src/model/index.ts';

describe('whatever text comes:', () => {
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    ...{ parseIni, parseScreenLock, parseDisplaySleep, parseGuestAccount, parseFileVaultOn, parseOwnGroups, parseAccountPolicies, parseFalconRegistered },
    ...{ parseMdatpHealth, parseXprotectVersion, parseSystemExtensions, parsePasswordModules },
    parseGroupNumbers: (text) => parseGroupNumbers(text, ['sudo']),
    parseMembership: (text) => parseMembership(text, 0),
    isLocalAccount: (text) => isLocalAccount(text, 1000),
    consoleLogsIn: (text) => consoleLogsIn([text]),
    loginScreens: (text) => [gdmLogsIn, lightdmLogsIn, greetdLogsIn].map((logsIn) => logsIn(parseIni(text))),
    shortestPassword: (text) => shortestPassword(parsePasswordModules(text), parseIni(text)),
    parseProductState: (text) => parseProductState(text),
    parseDefender: (text) => parseDefender({ AMRunningMode: text, AntivirusEnabled: text, RealTimeProtectionEnabled: text }, 0),
  };
  const words = [
    'screenLock delay is ',
    'immediate',
    '[daemon]\n',
    'AutomaticLoginEnable=',
    'true',
    'displaysleep ',
    '\n',
    '<plist>',
    ' password required pam_unix.so ',
  ];
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 }))).map((parts) => parts.join('')),
  );
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
  test.each(Object.entries(parsers))('%s is done with a megabyte in no time', (_name, parse) => {
    for (const unit of ['a', ' ', '\t', '\n', '[', 'a=', '<key>', 'policyAttributePassword matches ', 'password x pam_unix.so ', '* * ABCDE12345 com.a (1) ']) {
      const startedAt = performance.now();
      try {
        parse(unit.repeat(Math.ceil(1_000_000 / unit.length)));
      } catch (error) {
        expect(error).toBeInstanceOf(UnparsableError);
      }
      expect(performance.now() - startedAt).toBeLessThan(20_000);
    }
  });
});

test.each([
  ['screenLock delay is immediate', 0],
  ['2026-11-24 09:00:00.123 sysadminctl[1:2] screenLock delay is 300 seconds\n', 300_000],
  ['screenLock delay is 5.000000 seconds', 5_000],
  ['screenLock delay is 5,000000 seconds', 5_000],
  ['screenLock is off', undefined],
  ['screenLock delay is -1.000000 seconds', undefined],
])('sysadminctl: %s', (text, delayMs) => {
  expect(parseScreenLock(text)).toBe(delayMs);
});
test.each(['', 'screenLock', 'screenLock delay is soon', 'screenLock is off\nscreenLock delay is immediate', 'Bildschirmsperre ist aus'])(
  'sysadminctl: "%s" is no answer',
  (text) => {
    expect(() => parseScreenLock(text)).toThrow(UnparsableError);
  },
);

test('the display is as late as its latest source of power, and never counts as never', () => {
  const custom = (battery: string, mains: string) => `Battery Power:\n displaysleep         ${battery}\n sleep  1\nAC Power:\n displaysleep         ${mains}\n`;
  expect(parseDisplaySleep(custom('2', '10'))).toBe(600_000);
  expect(parseDisplaySleep(custom('2', '0'))).toBe(0);
  expect(parseDisplaySleep(custom('2', '5 (display sleep prevented by Music)'))).toBe(300_000);
});

describe('products in the Security Center', () => {
  test.each([
    [397568, 'on', 'current'],
    [397584, 'on', 'old'],
    [393472, 'off', 'current'],
    [266240, 'on', 'current'],
    [266256, 'on', 'old'],
    [262144, 'off', 'current'],
    [0x062100, 'snoozed', 'current'],
    // Its bits hold those of "on".
    [0x063100, 'expired', 'current'],
    [0x043010, 'expired', 'old'],
  ])('%d is %s with signatures that are %s', (value, state, signatures) => {
    expect(parseProductState(value)).toEqual({ state, signatures });
  });
  test.each([undefined, null, '397568', -1, 0x064100, 1.5])('%p is none', (value) => {
    expect(() => parseProductState(value)).toThrow(UnparsableError);
  });
});

describe('account policies of macOS', () => {
  const plist = (rules: string) =>
    `Getting global account policies\n<?xml version="1.0"?>\n<plist version="1.0">\n<dict>\n\t<key>policyCategoryPasswordContent</key>\n\t<array>\n${rules}\t</array>\n</dict>\n</plist>\n`;
  const rule = (content: string, more = '') => `\t\t<dict>\n\t\t\t<key>policyContent</key>\n\t\t\t<string>${content}</string>\n${more}\t\t</dict>\n`;
  test.each([
    [plist(rule("policyAttributePassword matches '.{4,}+'")), 4],
    [plist(rule("policyAttributePassword matches '.{4,}+'") + rule("policyAttributePassword matches '^(.{14,})$'")), 14],
    [plist(rule('policyAttributePassword matches &apos;.{8,}&apos;')), 8],
    [plist(rule('x', '<key>policyParameters</key><dict><key>minimumLength</key>\n<integer>12</integer></dict>')), 12],
    [plist(rule("policyAttributePassword matches '.*[0-9].*'")), 0],
    ['Getting global account policies\nNo account policies set.\n', 0],
  ])('%# demands the length that its strictest rule demands', (text, length) => {
    expect(parseAccountPolicies(text)).toBe(length);
  });
  test.each(['', 'Getting global account policies\n', plist(rule('x')).slice(0, 150), 'pwpolicy: error'])(
    'an answer that is none, or was cut short, is not "none"',
    (text) => {
      expect(() => parseAccountPolicies(text)).toThrow(UnparsableError);
    },
  );
});

test('system extensions: only those that are activated and enabled run, in every layout', () => {
  const text = [
    '3 extension(s)',
    '--- com.apple.system_extension.network_extension',
    'enabled\tactive\tteamID\tbundleID (version)\tname\t[state]',
    '*\t*\tABCDE12345\tcom.example.filter (1.0/1)\tFilter\t[activated enabled]',
    "--- com.apple.system_extension.endpoint_security (Go to 'System Settings')",
    'enabled\tactive\tteamID\tbundleID (version)\tname\t[state]',
    '\t\tX9E956P446\tcom.crowdstrike.falcon.Agent (7.1/1)\tFalcon\t[terminated waiting to uninstall on reboot]',
    '*  *  X9E956P446  com.crowdstrike.falcon.Agent (7.2/1)  Falcon Sensor  [activated enabled]',
  ].join('\n');
  expect(parseSystemExtensions(text).map(({ bundle, watches, running }) => [bundle, watches, running])).toEqual([
    ['com.example.filter', false, true],
    ['com.crowdstrike.falcon.Agent', true, false],
    ['com.crowdstrike.falcon.Agent', true, true],
  ]);
  expect(() => parseSystemExtensions(text.replace('3 ext', '4 ext'))).toThrow(UnparsableError);
  expect(parseSystemExtensions('0 extension(s)\n')).toEqual([]);
});

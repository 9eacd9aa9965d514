/** Parsers of firewalls, services and sockets: an answer or a coded refusal, whatever comes; and never a yes from rubbish. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CATALOGUE } from '../../src/checks/index.ts';
import { parseRemoteLogin } from '../../src/checks/remote-ssh.ts';
import { readChecks } from '../../src/checks/run.ts';
import { parseFirewallReport, parseGlobalState, parseStealthMode } from '../../src/checks/sources/firewall-macos.ts';
import { parseOverrides } from '../../src/checks/sources/launchd.ts';
import { parseNetstatListeners, parseSsListeners, parseUdpListeners } from '../../src/checks/sources/listeners.ts';
import { filteredByNft, refusesByIptables } from '../../src/checks/sources/packet-filter.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { DoorError, type Host, type Platform, UnparsableError } from '../../src/model/index.ts';

const MINE = ['firewall.enabled', 'firewall.stealth', 'remote.ssh', 'remote.desktop', 'remote.file_sharing', 'net.listening'];
const checks = CATALOGUE.filter(({ id }) => MINE.includes(id));

describe('whatever text comes:', () => {
  const parsers: Readonly<Record<string, (text: string) => unknown>> = {
    ...{
      parseGlobalState,
      parseStealthMode,
      parseFirewallReport,
      parseOverrides,
      parseNetstatListeners,
      parseSsListeners,
      parseUdpListeners,
      parseRemoteLogin,
    },
    ...{ refusesByIptables: (text: string) => refusesByIptables(`-P INPUT ACCEPT\n-N a\n-A INPUT ${text}`), filteredByNft },
  };
  const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary', maxLength: 300 }), fc.stringMatching(/^[ \t\n:=0-9A-Za-z[\]()/.,"'!-]*$/));
  test.each(Object.entries(parsers))('%s gives an answer or says that it does not understand', (_name, parse) => {
    fc.assert(
      fc.property(text, (input) => {
        try {
          parse(input);
        } catch (error) {
          expect(error instanceof UnparsableError || error instanceof DoorError).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('rulesets of any shape are walked to an end', () => {
    const statement = fc.oneof(
      fc.constantFrom(
        { accept: null },
        { drop: null },
        { reject: null },
        { return: null },
        { counter: null },
        { xt: null },
        { xt: { type: 'match', name: 'comment' } },
      ),
      fc.constantFrom('a', 'b', 'in').chain((target) => fc.constantFrom({ jump: { target } }, { goto: { target } })),
      fc.record({
        match: fc.record({ op: fc.constantFrom('==', '!=', 'in', '<'), left: fc.jsonValue({ maxDepth: 3 }), right: fc.jsonValue({ maxDepth: 2 }) }),
      }),
      fc.record({ vmap: fc.jsonValue({ maxDepth: 4 }) }),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const rule = fc.record({
      family: fc.constant('ip'),
      table: fc.constant('f'),
      chain: fc.constantFrom('a', 'b', 'in'),
      expr: fc.array(statement, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 20 }), (rules) => {
        const chain = { family: 'ip', table: 'f', name: 'in', type: 'filter', hook: 'input', policy: 'accept' };
        const filtered = filteredByNft(JSON.stringify({ nftables: [{ chain }, ...rules.map((one) => ({ rule: one }))] }));
        expect(['refuses', 'admits', 'unsure']).toContain(filtered.ip.all);
        expect(filtered.ip6.all).toBe('admits');
      }),
      { numRuns: 300 },
    );
  });

  test('a ruleset of ten thousand chains that all jump on is walked once', () => {
    const chains = Array.from({ length: 10_000 }, (_, index) => [`-A c${index} -j c${index + 1}`, `-A c${index} -j c${index + 1}`]).flat();
    const names = Array.from({ length: 10_001 }, (_, index) => `-N c${index}`);
    const startedAt = performance.now();
    // Deeper than the kernel allows: what cannot be followed is not known, and no yes.
    expect(refusesByIptables(['-P INPUT ACCEPT', ...names, '-A INPUT -j c0', ...chains, '-A c10000 -j DROP'].join('\n'))).not.toBe('refuses');
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe('a machine whose every door answers rubbish', () => {
  const rubbish = (os: Platform, value: string): Host => ({
    ...createRecordedHost({ os, release: 'x', user: { uid: 0, admin: true }, env: {}, now: '2026-11-24T08:00:00Z', calls: [] }),
    run: async () => ({ stdout: value, stderr: value, exit: 0 }),
    // Its text is the kind of container; the rest has no bearing on where the system runs.
    read: async (path) => (path === '/run/systemd/container' ? Promise.reject(new DoorError('ENOENT', path)) : value),
    unit: async () => ({ load: value, active: value, enabled: value }),
    gsettings: async () => ({ value }),
    plist: async () => value,
    gather: async () =>
      ((need: { door: string }) =>
        ({
          registry: { values: { EnableFirewall: value, fDenyTSConnections: value, SMB1: value, Start: value, CurrentBuild: value }, keys: [value] },
          cim: [{ Name: value, Enabled: value, productState: value, State: value, LocalAddress: value, LocalPort: value, InstallState: value }],
          service: { state: 'pending', start: 'auto' },
        })[need.door]) as never,
  });
  test.each(['linux', 'darwin', 'win32'] as const)('passes nothing on %s', async (os) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constant(''), fc.string(), fc.constant('Fehler: Zugriff verweigert\n')), async (value) => {
        for (const reading of await readChecks(checks, rubbish(os, value))) {
          // A service of Windows that is starting is one that others reach; a file that is there is what Remote Management leaves.
          if (reading.status === 'known') expect(reading.value).toMatchObject({ enabled: true, units: [expect.any(String)] });
          else expect(['unparsable', 'platform', 'permission', 'not-recorded', 'no-data', 'unsupported']).toContain('reason' in reading ? reading.reason : '');
        }
      }),
      { numRuns: 40 },
    );
  });
});

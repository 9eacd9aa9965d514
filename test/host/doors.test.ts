/** The doors to the real machine: bounded, without a shell, and honest about what they could not do. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { build, buildBinary } from 'plist';
import { CATALOGUE } from '../../src/checks/index.ts';
import { readChecks } from '../../src/checks/run.ts';
import { parseVariant } from '../../src/host/gsettings.ts';
import { createRealHost, createRecordedHost, createRecorder, parseRecording } from '../../src/host/index.ts';
import { parsePlist } from '../../src/host/plist.ts';
import { createMask } from '../../src/host/recorder.ts';
import { joinSysctl } from '../../src/host/sysctl.ts';
import { createUnitDoor, parseUnits } from '../../src/host/systemd.ts';
import { gatherOnWindows, parseAnswer } from '../../src/host/windows.ts';
import { buildScript, quote } from '../../src/host/windows-script.ts';
import { DoorError, isAbsent, reasonOf, StanceError, UnparsableError } from '../../src/model/index.ts';
import { corpus, describeWithCorpus } from '../corpus.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error: unknown) => (error instanceof DoorError ? error.code : String(error)),
  );

onLinux('run', () => {
  const host = createRealHost();
  test('keeps stdout, stderr and exit code apart', async () => {
    expect(await host.run('ls', ['/', '/no-such-folder'])).toMatchObject({
      stdout: expect.stringContaining('etc'),
      stderr: expect.stringContaining('no-such-folder'),
      exit: 2,
    });
  });
  test('is no shell: what looks like one is an argument', async () => {
    const trap = path.join(mkdtempSync(path.join(tmpdir(), 'stance-')), 'trap');
    const { stdout } = await host.run('echo', [`$(touch ${trap}); touch ${trap} | \`touch ${trap}\``]);
    expect(stdout).toContain('$(touch');
    expect(existsSync(trap)).toBe(false);
  });
  test('takes programs by base name, from the folders of the system, and speaks one language', async () => {
    expect(await codeOf(host.run('../bin/ls', []))).toBe('EINVAL');
    expect(await codeOf(host.run('no-such-program', []))).toBe('ENOENT');
    expect((await host.run('env', [])).stdout).toMatch(/^LC_ALL=C$/m);
  });
  test('ends a program at its bound, with all that it started', async () => {
    const mark = `3${process.pid}.5`;
    // find starts sleep as a child of its own.
    expect(await codeOf(host.run('find', ['/', '-maxdepth', '0', '-exec', 'sleep', mark, ';'], { timeoutMs: 150 }))).toBe('ETIMEDOUT');
    await sleep(50);
    const alive = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`sleep ${mark}`));
    expect(alive).toEqual([]);
  });
  test('stops reading what does not end, and what is not text', async () => {
    expect(await codeOf(host.run('yes', []))).toBe('EOUTPUT');
    expect(await codeOf(host.run('head', ['-c', '100', '/dev/urandom']))).toBe('EOUTPUT');
  });
});

onLinux('files', () => {
  const host = createRealHost();
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-files-'));
  test('a FIFO, a device and a folder are refused at once, not waited for', async () => {
    execFileSync('mkfifo', [path.join(folder, 'fifo')]);
    expect(await Promise.all([host.read(path.join(folder, 'fifo')), host.read('/dev/zero'), host.read(folder)].map(codeOf))).toEqual([
      'EINVAL',
      'EINVAL',
      expect.stringMatching(/EISDIR|EINVAL/),
    ]);
  });
  test('too large, not text, not there', async () => {
    writeFileSync(path.join(folder, 'large'), 'x'.repeat(1024 * 1024 + 1));
    writeFileSync(path.join(folder, 'latin1'), Buffer.from([0x66, 0xfc, 0x72]));
    expect(await Promise.all(['large', 'latin1', 'absent'].map((name) => codeOf(host.read(path.join(folder, name)))))).toEqual([
      'EOUTPUT',
      'EOUTPUT',
      'ENOENT',
    ]);
  });
  test('a link tells its text, and its status is that of what it leads to', async () => {
    symlinkSync('/etc/passwd', path.join(folder, 'link'));
    expect(await host.link(path.join(folder, 'link'))).toBe('/etc/passwd');
    expect(await host.stat(path.join(folder, 'link'))).toMatchObject({ type: 'file', mode: '0644', uid: 0 });
  });
});

describe('systemd units', () => {
  test('those asked for at once are one call, and each gets its own answer', async () => {
    const calls: string[][] = [];
    const unit = createUnitDoor(
      async (_program, args) => {
        calls.push([...args]);
        return {
          stdout: 'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n',
          stderr: '',
          exit: 0,
        };
      },
      async () => true,
    );
    expect(await Promise.all([unit('ufw.service', 'system'), unit('none.service', 'system'), unit('ufw.service', 'system')])).toEqual([
      { load: 'loaded', active: 'active', enabled: 'enabled' },
      { load: 'not-found', active: 'inactive', enabled: '' },
      { load: 'loaded', active: 'active', enabled: 'enabled' },
    ]);
    expect(calls).toHaveLength(1);
    expect(await codeOf(unit('--root=/tmp', 'system'))).toBe('EINVAL');
  });
  test('a system without systemd is said so; fewer answers than questions are none', async () => {
    expect(
      await codeOf(
        createUnitDoor(
          async () => ({ stdout: '', stderr: '', exit: 0 }),
          async () => false,
        )('a.service', 'system'),
      ),
    ).toBe('ENOSYSTEMD');
    expect(() => parseUnits('LoadState=loaded\nActiveState=active\n', 2)).toThrow(UnparsableError);
  });
});

describe('sysctl of macOS', () => {
  const KNOWN: Readonly<Record<string, string>> = { 'kern.boottime': '{ sec = 1, usec = 2 } Thu', 'kern.hv_vmm_present': '0', 'vm.swapusage': 'total = 0.00M' };
  /** As sysctl answers: what it does not know is said on stderr, and the rest on stdout. */
  const answer = async (args: readonly string[]) => {
    const bare = args[0] === '-n';
    const names = bare ? args.slice(1) : args;
    const lines = names.filter((name) => KNOWN[name] !== undefined).map((name) => (bare ? `${KNOWN[name]}\n` : `${name}: ${KNOWN[name]}\n`));
    const missing = names.filter((name) => KNOWN[name] === undefined);
    return { stdout: lines.join(''), stderr: missing.map((name) => `sysctl: unknown oid '${name}'\n`).join(''), exit: missing.length === 0 ? 0 : 1 };
  };
  function listening() {
    const started: string[] = [];
    const run = joinSysctl(async (program, args) => {
      started.push([program, ...args].join(' '));
      return answer(args);
    });
    return { run, started };
  }

  test('names of one moment are one process, and each gets the answer that it would have had alone', async () => {
    const { run, started } = listening();
    const asked = [['-n', 'kern.boottime'], ['-n', 'kern.hv_vmm_present'], ['vm.swapusage'], ['-n', 'hw.unknown_here']];
    const answers = await Promise.all(asked.map((args) => run('sysctl', args)));
    expect(answers).toEqual(await Promise.all(asked.map(answer)));
    expect(started).toEqual(['sysctl kern.boottime kern.hv_vmm_present vm.swapusage hw.unknown_here', 'sysctl -n hw.unknown_here']);
  });
  test('one name, another program, several names or a bound of its own go their own way', async () => {
    const { run, started } = listening();
    await run('sysctl', ['-n', 'kern.boottime']);
    await Promise.all([
      run('sysctl', ['-a']),
      run('sysctl', ['-n', 'kern.boottime', 'vm.swapusage']),
      run('sysctl', ['vm.swapusage'], 9),
      run('pmset', ['-g']),
    ]);
    expect(started).toEqual(['sysctl -n kern.boottime', 'sysctl -a', 'sysctl -n kern.boottime vm.swapusage', 'sysctl vm.swapusage', 'pmset -g']);
  });
  test('a program that fails, fails for all that asked', async () => {
    const run = joinSysctl(() => Promise.reject(new DoorError('ETIMEDOUT', 'run sysctl')));
    expect(await Promise.all(['a.b', 'a.c'].map((name) => codeOf(run('sysctl', [name]))))).toEqual(['ETIMEDOUT', 'ETIMEDOUT']);
  });
});

test('GVariant text: the values of settings, and nothing else', () => {
  expect(['true', 'uint32 300', '-5', "'it\\'s'", "['a', 'b, c']", '@as []', '1.5'].map(parseVariant)).toEqual([true, 300, -5, "it's", ['a', 'b, c'], [], 1.5]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[[\]'", a-z0-9@()<>]*$/)), (text) => {
      try {
        parseVariant(text);
      } catch (error) {
        expect(error).toBeInstanceOf(UnparsableError);
      }
    }),
    { numRuns: 500 },
  );
});

describe('property lists', () => {
  const content = { Name: 'Ünïcode', Count: 300, Big: 2 ** 40, Negative: -5, Half: 0.5, On: true, Off: false, Items: ['a', { b: 1 }] };
  const at = '2026-11-20T06:30:00.000Z';
  test('both forms say the same: dates as ISO 8601, data as base64', () => {
    const data = Buffer.from([1, 2, 255]);
    const expected = { ...content, At: at, Data: { base64: data.toString('base64') } };
    const value = { ...content, At: new Date(at), Data: new Uint8Array(data) };
    expect(parsePlist(Buffer.from(build(value)))).toEqual(expected);
    expect(parsePlist(buildBinary(value))).toEqual(expected);
  });
  test('a small file that says one thing many times over is refused, at once', () => {
    const levels = 40;
    // Each list holds the next one twice: 2^40 members out of 40.
    const objects = Array.from({ length: levels }, (_, index) => Buffer.from([0xa2, index + 1, index + 1]));
    const body = Buffer.concat([Buffer.from('bplist00'), ...objects, Buffer.from([0x09])]);
    const offsets = Buffer.from([...objects.map((_, index) => 8 + index * 3), 8 + levels * 3]);
    const trailer = Buffer.alloc(32);
    trailer[6] = 1;
    trailer[7] = 1;
    trailer.writeBigUInt64BE(BigInt(levels + 1), 8);
    trailer.writeBigUInt64BE(BigInt(body.length), 24);
    expect(() => parsePlist(Buffer.concat([body, offsets, trailer]))).toThrow(DoorError);
    const entities = '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "b">]><plist version="1.0"><string>&a;</string></plist>';
    expect(() => parsePlist(Buffer.from(entities))).toThrow(DoorError);
  });
  test('whatever the file holds, it is a list or refused', () => {
    const binary = Buffer.from(buildBinary(content));
    const broken = fc.array(fc.tuple(fc.nat(binary.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
      const bytes = Buffer.from(binary);
      for (const [place, byte] of changes) bytes[place] = byte;
      return bytes;
    });
    const text = fc.oneof(
      fc.string(),
      fc.string().map((inner) => `<?xml version="1.0"?><plist version="1.0">${inner}</plist>`),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          broken,
          fc.uint8Array({ maxLength: 200 }),
          text.map((value) => Buffer.from(value)),
        ),
        (bytes) => {
          try {
            expect(parsePlist(bytes)).toBeDefined();
          } catch (error) {
            expect(error).toBeInstanceOf(DoorError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('PowerShell', () => {
  test('whatever a name holds, it stays inside its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\u2019', '"', '$', '(', ')', ';', '`', '\n', 'a') }), (text) => {
        const inside = quote(text).slice(1, -1);
        // Quotes of any kind come in pairs of the same one, which PowerShell reads as one and not as the end.
        expect(inside.replace(/(['\u2018-\u201b])\1/g, '')).not.toMatch(/['\u2018-\u201b]/);
      }),
    );
  });
  const needs = [
    { door: 'registry', key: 'HKLM\\SOFTWARE\\X' },
    { door: 'cim', namespace: 'root/StandardCimv2', className: 'MSFT_NetFirewallProfile' },
    { door: 'service', name: 'mpssvc' },
    { door: 'languageMode' },
    { door: 'registryChildren', key: 'HKLM\\SOFTWARE\\Y' },
  ] as const;
  const line = (i: number, answer: object) => `${JSON.stringify({ i, ...answer })}\r\n`;
  const denied = { e: 'x,Microsoft.PowerShell.Commands.GetCimInstanceCommand', h: -2147024891 };
  const printed = [
    line(0, { v: { values: { UBR: 4202, Flags: -1, '(default)': 'x' }, keys: 'one' } }),
    line(1, { v: { Name: 'Public', Since: '/Date(1732435200000)/' } }),
    line(2, denied),
    line(3, { v: 'FullLanguage' }),
    line(4, { v: { open: { values: { A: 1 }, keys: [] }, shut: denied } }),
  ];

  test('one script for all needs, within what a command line may hold; a failed probe fails alone', () => {
    const script = buildScript(needs);
    expect(script.match(/^P \d+ /gm)).toHaveLength(needs.length);
    const got = parseAnswer(needs, printed.join(''));
    expect(got(needs[0])).toEqual({ values: { UBR: 4202, Flags: 0xffffffff, '': 'x' }, keys: ['one'] });
    expect(got(needs[1])).toEqual([{ Name: 'Public', Since: '2024-11-24T08:00:00.000Z' }]);
    expect(() => got(needs[2])).toThrow(expect.objectContaining({ code: 'EACCES' }));
    expect(got(needs[3])).toBe('FullLanguage');
    expect(got(needs[4])).toEqual({ open: { values: { A: 1 }, keys: [] }, shut: expect.objectContaining({ code: 'EACCES' }) });
    const all = CATALOGUE.flatMap((check) => check.read.win32?.needs ?? []);
    expect(buildScript(all).length).toBeLessThan(30_000);
  });
  test('what may hang is asked last, so that it takes nobody with it', () => {
    const asked = [
      { door: 'com', name: 'Microsoft.Update.Session' },
      { door: 'shellProperty', path: 'C:\\', property: 'System.Volume.BitLockerProtection' },
      { door: 'cim', namespace: 'root/cimv2', className: 'Win32_BIOS' },
      { door: 'service', name: 'mpssvc' },
      { door: 'registry', key: 'HKLM\\SOFTWARE' },
    ] as const;
    expect([...buildScript(asked).matchAll(/^P (\d+) /gm)].map(([, place]) => asked[Number(place)]?.door)).toEqual([
      ...['registry', 'service', 'cim', 'shellProperty', 'com'],
    ]);
  });
  test('a need for some values of a key reads no others', () => {
    const script = buildScript([{ door: 'registry', key: 'HKLM\\SOFTWARE\\X', names: ['AutoAdminLogon', "it's"] }]);
    expect(script).toMatch(/^P 0 \{Val 'Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\X' @\('AutoAdminLogon','it''s'\)\}$/m);
  });
  test('what was answered before the time was up counts, and the rest is late', async () => {
    const got = await gatherOnWindows(async (_program, _args, onOutput) => {
      onOutput(Buffer.from(`${printed[0]}${printed[1]?.slice(0, 20)}`));
      throw new DoorError('ETIMEDOUT', 'run powershell');
    }, needs);
    expect(got(needs[0])).toMatchObject({ values: { UBR: 4202 } });
    for (const late of [needs[1], needs[3]]) expect(() => got(late)).toThrow(expect.objectContaining({ code: 'ETIMEDOUT' }));
  });
  test('where there is no PowerShell, nothing that it was to look for is absent', async () => {
    const got = await gatherOnWindows(async () => Promise.reject(new DoorError('ENOENT', 'run powershell')), needs);
    for (const need of needs) expect(() => got(need)).toThrow(expect.objectContaining({ code: 'ENOTOOL' }));
    expect(reasonOf(new DoorError('ENOTOOL', 'x'))).toBe('missing-tool');
    expect(isAbsent(new DoorError('ENOTOOL', 'x'))).toBe(false);
  });
  test('whatever it prints, an answer is an answer or a refusal', () => {
    const need = { door: 'service', name: 'x' } as const;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (stdout) => {
        try {
          parseAnswer([need], stdout)(need);
        } catch (error) {
          expect(error).toBeInstanceOf(DoorError);
        }
      }),
    );
  });
});

describe('recorded machines', () => {
  onLinux('of this machine', () => {
    test('what was recorded gives the same readings again', async () => {
      const checks = CATALOGUE.filter(({ cost }) => cost !== 'slow');
      const recorder = createRecorder(createRealHost());
      const live = await readChecks(checks, recorder.host);
      const replayed = await readChecks(checks, createRecordedHost(parseRecording(JSON.stringify(recorder.recording()))));
      const essence = (readings: typeof live) => readings.map((reading) => [reading.check, reading.status, 'reason' in reading ? reading.reason : '']);
      expect(essence(replayed)).toEqual(essence(live));
    });
  });
  test('masking: names, addresses and serial numbers go, what was equal stays equal, well-known names stay', () => {
    const mask = createMask([['laptop-of-ann', 'device']]);
    const [a, b] = [mask('1234abcd-0000-4000-8000-1234567890ab on laptop-of-ann'), mask('UUID=1234ABCD-0000-4000-8000-1234567890AB')];
    expect(a).not.toContain('1234abcd');
    expect(a).toContain('on device');
    expect(b).toBe(`UUID=${a.split(' ')[0]}`);
    expect(mask('SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c 127.0.0.1 0.0.0.0')).toBe('SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c 127.0.0.1 0.0.0.0');
    expect(mask('10.1.2.3 and aa:bb:cc:dd:ee:ff')).not.toMatch(/10\.1\.2\.3|aa:bb/);
  });
  test('whatever the file holds, it is a recording or refused with its code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseRecording(text)).toThrow(StanceError);
      }),
    );
  });
  describeWithCorpus('of the shared samples', () => {
    test('each is understood', async () => {
      const { readdirSync, readFileSync } = await import('node:fs');
      const folder = path.join(corpus ?? '', 'recordings');
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
      expect(files.length).toBeGreaterThan(200);
      for (const name of files) parseRecording(readFileSync(path.join(folder, name), 'utf8'));
    });
  });
});

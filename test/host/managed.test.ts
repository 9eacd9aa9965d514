/** Managed configuration as it lies on each system: whose word it is, and what becomes of everybody else's. */
import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readManagedPreferences, watchFolder } from '../../src/host/managed.ts';
import { readManagedFolder, readTrustedText } from '../../src/host/managed-files.ts';
import { namesKey, parseRegistryValues, readManagedRegistry } from '../../src/host/managed-registry.ts';
import { DoorError, type RunResult, UnparsableError } from '../../src/model/index.ts';

let top: string;
let folder: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'stance-managed-'));
  chmodSync(top, 0o755);
  folder = path.join(top, 'policies/managed');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
});
const put = (name: string, text = '{}', mode = 0o644): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
};
const NOBODY = 65_534;
/** Owners can be changed, and are root, only where the tests run as root. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

test('no folder is no configuration', async () => {
  expect(await readManagedFolder(path.join(top, 'nowhere'), top)).toEqual([]);
  expect(await readTrustedText(path.join(top, 'nowhere/token'), top)).toBeUndefined();
});

asRoot('a folder of files (needs root)', () => {
  const read = () => readManagedFolder(folder, top);
  const only = async () => {
    const [source, ...more] = await read();
    expect(more).toEqual([]);
    return source;
  };

  test('every .json of it, in the order of their names', async () => {
    for (const name of ['20-b.json', '10-a.json', '100-c.json', '.hidden.json', 'note.txt', 'old.json.bak']) put(name, `{"n": "${name}"}`);
    expect(await read()).toEqual(['10-a.json', '100-c.json', '20-b.json'].map((name) => ({ name: path.join(folder, name), text: `{"n": "${name}"}` })));
  });

  test('a file of a user is ignored', async () => {
    chownSync(put('a.json'), NOBODY, NOBODY);
    expect(await only()).toMatchObject({ kind: 'ignored', says: expect.stringMatching(/owned by user 65534, not by root.*chown root: '.*a\.json'/) });
  });

  test.each([
    [0o664, 'its group'],
    [0o646, 'everybody'],
    [0o666, 'everybody'],
  ])('a file with mode %o is ignored', async (mode, who) => {
    put('a.json', '{}', mode);
    expect(await only()).toMatchObject({ kind: 'ignored', says: expect.stringContaining(`writable by ${who} (mode 0${mode.toString(8)})`) });
  });

  test.each(['policies/managed', 'policies'])('everything below %s is ignored where its group can write there, or it is not root’s', async (name) => {
    put('a.json');
    const guilty = path.join(top, name);
    chmodSync(guilty, 0o775);
    expect(await only()).toMatchObject({ kind: 'ignored', says: expect.stringContaining(`its folder ${guilty} is writable by its group`) });
    chmodSync(guilty, 0o755);
    chownSync(guilty, NOBODY, NOBODY);
    expect(await only()).toMatchObject({ kind: 'ignored', says: expect.stringContaining(`its folder ${guilty} is owned by user 65534`) });
  });

  test('no symbolic link is followed: not that of a file, not that of a folder', async () => {
    const elsewhere = path.join(top, 'elsewhere.json');
    writeFileSync(elsewhere, '{"server": "https://evil.example"}');
    symlinkSync(elsewhere, path.join(folder, 'a.json'));
    expect(await only()).toMatchObject({ kind: 'ignored', says: expect.stringContaining('symbolic link') });
    unlinkSync(path.join(folder, 'a.json'));
    put('a.json');
    renameSync(path.join(top, 'policies'), path.join(top, 'moved'));
    symlinkSync(path.join(top, 'moved'), path.join(top, 'policies'));
    expect(await only()).toMatchObject({ kind: 'ignored', says: expect.stringContaining(`its folder ${path.join(top, 'policies')} is a symbolic link`) });
  });

  test('a folder named like a file, and a link to nothing, are ignored', async () => {
    mkdirSync(path.join(folder, 'a.json'));
    symlinkSync('/nowhere', path.join(folder, 'b.json'));
    expect(await read()).toMatchObject([{ kind: 'ignored' }, { kind: 'ignored' }]);
  });

  test('a second name for a file of root counts: only root can have given it one here', async () => {
    linkSync(put('a.json', '{"x": 1}'), path.join(folder, 'b.json'));
    expect(await read()).toMatchObject([{ text: '{"x": 1}' }, { text: '{"x": 1}' }]);
  });

  test('what is too large, or no text, is an error of the administrator’s', async () => {
    put('a.json', ' '.repeat(70_000));
    writeFileSync(path.join(folder, 'b.json'), Uint8Array.of(0xff, 0xfe));
    expect(await read()).toMatchObject([
      { kind: 'broken', says: expect.stringContaining('64 KiB') },
      { kind: 'broken', says: expect.stringContaining('UTF-8') },
    ]);
  });

  test('managed preferences: the payload, without the members that are Apple’s', async () => {
    const plist = (body: string): string => `<?xml version="1.0"?><plist version="1.0">${body}</plist>`;
    const file = put(
      'io.github.stance.plist',
      plist('<dict><key>server</key><string>https://a.example</string><key>userMayQuit</key><false/><key>PayloadUUID</key><string>x</string></dict>'),
    );
    expect(await readManagedPreferences(file, top)).toEqual([{ name: file, members: { server: 'https://a.example', userMayQuit: false } }]);
    put('io.github.stance.plist', plist('<array/>'));
    expect(await readManagedPreferences(file, top)).toMatchObject([{ kind: 'broken' }]);
    put('io.github.stance.plist', 'rubbish');
    expect(await readManagedPreferences(file, top)).toMatchObject([{ kind: 'broken' }]);
    chownSync(file, NOBODY, NOBODY);
    expect(await readManagedPreferences(file, top)).toMatchObject([{ kind: 'ignored' }]);
    expect(await readManagedPreferences(path.join(folder, 'none.plist'), top)).toEqual([]);
  });
});

describe('the policy key of Windows', () => {
  const KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Stance';
  /** In the form that reg.exe prints since Windows Vista; made up, not recorded. */
  const ANSWER = [
    '',
    KEY,
    '    (Standard)    REG_SZ    ',
    '    server    REG_SZ    https://posture.example.com',
    '    intervalMs    REG_DWORD    0x493e0',
    '    userMayQuit    REG_DWORD    0x0',
    '    state    REG_EXPAND_SZ    C:\\Program Data\\With  two    spaces',
    '    empty    REG_SZ    ',
    '    names    REG_MULTI_SZ    a\\0b',
    '',
    `${KEY}\\Below`,
    '',
  ].join('\r\n');

  test('values by name: numbers as numbers, texts as they are, the default value and keys below left out', () => {
    expect(parseRegistryValues(ANSWER)).toEqual({
      ...{
        server: 'https://posture.example.com',
        intervalMs: 300_000,
        userMayQuit: 0,
        state: 'C:\\Program Data\\With  two    spaces',
        empty: '',
        names: ['a', 'b'],
      },
    });
  });

  test.each([
    ['nothing', ''],
    ['another key', '\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Other\r\n    server    REG_SZ    x\r\n'],
    ['an error message', 'ERROR: The system was unable to find the specified registry key or value.'],
    ['a value without type', `${KEY}\r\n    server    https://x\r\n`],
    ['a number that is none', `${KEY}\r\n    intervalMs    REG_DWORD    many\r\n`],
    ['a text over two lines', `${KEY}\r\n    server    REG_SZ    https://a.example\r\nserver    REG_SZ    https://b.example\r\n`],
  ])('%s is not understood', (_what, stdout) => {
    expect(() => parseRegistryValues(stdout)).toThrow(UnparsableError);
  });

  test('whatever text comes: values, or not understood', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom(KEY, '', '    a    REG_SZ    b', '    c    REG_DWORD    0x1', 'HKEY_')), { maxLength: 12 });
    fc.assert(
      fc.property(
        lines.map((parts) => parts.join('\r\n')),
        (stdout) => {
          try {
            parseRegistryValues(stdout);
          } catch (error) {
            expect(error).toBeInstanceOf(UnparsableError);
          }
          namesKey(stdout);
        },
      ),
      { numRuns: 500 },
    );
  });

  const answering =
    (answers: Readonly<Record<string, Partial<RunResult> | DoorError>>) =>
    async (program: string, args: readonly string[]): Promise<RunResult> => {
      const answer = answers[[program, ...args].join(' ')] ?? new DoorError('ENOENT', program);
      if (answer instanceof DoorError) throw answer;
      return { stdout: '', stderr: '', exit: 0, ...answer };
    };
  const PARENT = 'reg query HKLM\\SOFTWARE\\Policies /reg:64';
  const OWN = 'reg query HKLM\\SOFTWARE\\Policies\\Stance /reg:64';

  test('no key is no configuration, in every language: the parent is asked which keys it has', async () => {
    expect(await readManagedRegistry(answering({ [PARENT]: { stdout: `\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\r\n${KEY}Other\r\n` } }))).toEqual(
      [],
    );
  });

  test('its values, or why they cannot be had', async () => {
    const parent = { stdout: `\r\n${KEY}\r\n` };
    expect(await readManagedRegistry(answering({ [PARENT]: parent, [OWN]: { stdout: ANSWER } }))).toMatchObject([
      { name: 'HKLM\\SOFTWARE\\Policies\\Stance', members: { userMayQuit: 0 } },
    ]);
    expect(await readManagedRegistry(answering({ [PARENT]: parent, [OWN]: { exit: 1 } }))).toMatchObject([{ kind: 'unreadable' }]);
    expect(await readManagedRegistry(answering({ [PARENT]: parent, [OWN]: { stdout: 'rubbish' } }))).toMatchObject([{ kind: 'broken' }]);
    expect(await readManagedRegistry(answering({ [PARENT]: { exit: 1 } }))).toMatchObject([{ kind: 'unreadable' }]);
    expect(await readManagedRegistry(answering({}))).toMatchObject([{ kind: 'unreadable', says: expect.stringContaining('reg.exe') }]);
  });
});

describe('word of a change', () => {
  const waitFor = async (calls: () => number, more: number): Promise<void> => {
    for (let tries = 0; tries < 100 && calls() < more; tries++) await sleep(20);
    expect(calls()).toBeGreaterThanOrEqual(more);
  };

  test('comes when a file is put in place, changed, taken away; and when the folder itself is made, or made again', async () => {
    const place = path.join(top, 'etc/opt/stance/managed');
    let calls = 0;
    const stop = watchFolder(place, () => calls++);
    try {
      mkdirSync(place, { recursive: true });
      await waitFor(() => calls, 1);
      for (const change of [
        () => writeFileSync(path.join(place, 'a.json'), '{}'),
        () => writeFileSync(path.join(place, 'a.json'), '{ }'),
        () => unlinkSync(path.join(place, 'a.json')),
        () => rmSync(path.join(top, 'etc'), { recursive: true }),
        () => mkdirSync(place, { recursive: true }),
        () => writeFileSync(path.join(place, 'a.json'), '{}'),
      ]) {
        const before = calls;
        change();
        await waitFor(() => calls, before + 1);
      }
    } finally {
      stop();
    }
    const ended = calls;
    writeFileSync(path.join(place, 'b.json'), '{}');
    await sleep(500);
    expect(calls).toBe(ended);
  });

  test('of a storm comes every so often, neither each time nor never', async () => {
    let calls = 0;
    const stop = watchFolder(folder, () => calls++);
    const until = Date.now() + 1_500;
    for (let number = 0; Date.now() < until; number++) {
      writeFileSync(path.join(folder, 'a.json'), String(number));
      if (number % 50 === 0) await sleep(1);
    }
    stop();
    expect(calls).toBeGreaterThanOrEqual(1);
    expect(calls).toBeLessThanOrEqual(6);
  });
});

/** What comes over the local socket, and what becomes of it: pure, and whatever it is. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLineReader, readMessage, readRequest } from '../../src/agent/local/lines.ts';
import { parseSession, readSeat, type Seat, whyRefused } from '../../src/agent/local/seat.ts';
import { chooseSession, createSessions, GONE_MS, takeReading } from '../../src/agent/local/sessions.ts';
import { CATALOGUE } from '../../src/checks/index.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { LOCAL_CALLS, MAX_LOCAL_BYTES, type Reading, StanceError } from '../../src/model/index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const anything = fc.oneof(
  fc.string().map(bytes),
  fc.json().map(bytes),
  fc.uint8Array({ maxLength: 300 }),
  fc
    .record({ v: fc.oneof(fc.constant(1), fc.json()), id: fc.oneof(fc.integer(), fc.string()), call: fc.string(), args: fc.jsonValue() })
    .map((value) => bytes(JSON.stringify(value))),
);

describe('lines', () => {
  test('are the same, in whatever pieces they come', () => {
    const line = fc.uint8Array({ maxLength: 60 }).map((raw) => raw.filter((byte) => byte !== 0x0a));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (lines, pieces) => {
        const stream = Buffer.concat(lines.flatMap((one) => [one, bytes('\n')]));
        const seen: string[] = [];
        const reader = createLineReader((one) => seen.push(Buffer.from(one).toString('hex')) > 0);
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = pieces[turn % pieces.length] ?? 1;
          reader.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(seen).toEqual(lines.map((one) => Buffer.from(one).toString('hex')));
        expect(reader.waiting).toBe(0);
      }),
    );
  });
  test('a line is as long as it may be, and not longer, in one piece or byte by byte', () => {
    const seen: number[] = [];
    const reader = createLineReader((one) => seen.push(one.length) > 0, 100);
    reader.push(bytes(`${'x'.repeat(100)}\n`));
    for (let count = 0; count < 100; count++) reader.push(bytes('y'));
    expect(() => reader.push(bytes('y'))).toThrow(StanceError);
    expect(() => createLineReader(() => true).push(new Uint8Array(10 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'body-too-large' }));
    expect(seen).toEqual([100]);
    expect(MAX_LOCAL_BYTES).toBe(262_144);
  });
  test('nothing is read any more once the listener has had enough', () => {
    let seen = 0;
    createLineReader(() => ++seen < 3).push(bytes('\n'.repeat(60_000)));
    expect(seen).toBe(3);
  });
});

describe('messages', () => {
  test('whatever comes is a request, or refused with a code', () => {
    fc.assert(
      fc.property(anything, (line) => {
        const asked = readRequest(line);
        if ('refusal' in asked) expect(['bad-request', 'not-found']).toContain(asked.refusal.code);
        else expect(Object.keys(LOCAL_CALLS)).toContain(asked.call);
        try {
          readMessage(line);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-request' });
        }
      }),
      { numRuns: 1000 },
    );
  });
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  test.each<[string, string, number | null, string]>([
    ['a call that there is not', '{"v":1,"id":3,"call":"sign","args":{}}', 3, 'not-found'],
    ['a name that every object has', '{"v":1,"id":3,"call":"__proto__","args":{}}', 3, 'not-found'],
    ['another such name', '{"v":1,"id":3,"call":"constructor","args":{}}', 3, 'not-found'],
    ['another version', '{"v":2,"id":3,"call":"state","args":{}}', 3, 'bad-request'],
    ['a member twice', '{"v":1,"id":3,"id":4,"call":"state","args":{}}', null, 'bad-request'],
    ['a hundred thousand levels', `{"v":1,"id":3,"call":"state","args":${deep}}`, null, 'bad-request'],
    ['nothing', '', null, 'bad-request'],
    ['null', 'null', null, 'bad-request'],
  ])('%s is refused', (_name, line, id, code) => {
    expect(readRequest(bytes(line))).toEqual({ id, refusal: expect.objectContaining({ code }) });
  });
  test('no call signs, enrolls or changes what the agent keeps', () => {
    expect(Object.keys(LOCAL_CALLS).sort()).toEqual(['checkAgain', 'handOver', 'hello', 'sessions', 'state', 'watch']);
  });
  test('text that is not UTF-8 is refused', () => {
    expect(readRequest(Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({ refusal: { code: 'bad-request' } });
  });
});

const NOW = Date.parse('2026-11-24T08:00:00Z');
const ofSession = CATALOGUE.filter(({ scope }) => scope === 'session');
const common = { check: 'screen.lock', readAt: '2026-11-24T07:59:00Z', tookMs: 1 } as const;
const locked = { desktop: 'KDE', ways: [{ by: 'idle', idleMs: 300_000, delayMs: 0 }], unread: [] };
const known: Reading = { ...common, status: 'known', value: locked, method: 'kscreenlockerrc' };
const open: Reading = { ...known, value: { ...locked, ways: [] } };
const headless: Reading = { ...common, status: 'not-applicable', reason: 'headless' };
const refused: Reading = { ...common, status: 'unknown', reason: 'permission', detail: 'This process does not run in a graphical session.' };

describe('readings of a session', () => {
  test('say that they are a session’s, and bring nothing that the check does not have', () => {
    const more = { ...known, value: { ...locked, nested: [[[1]]] }, extra: 1 } as Reading;
    expect(takeReading(ofSession, more, NOW)).toEqual({ ...known, method: 'session: kscreenlockerrc' });
    expect(takeReading(ofSession, refused, NOW)).toEqual({ ...refused, method: 'session' });
  });
  test.each<[string, Reading]>([
    ['a check of the system', { ...known, check: 'disk.encryption' }],
    ['another type', { ...known, value: { ...locked, ways: 'yes' } }],
    ['read yesterday', { ...known, readAt: '2026-11-23T08:00:00Z' }],
    ['read tomorrow', { ...known, readAt: '2026-11-25T08:00:00Z' }],
    ['read never', { ...known, readAt: 'never' }],
  ])('are not taken: %s', (_name, reading) => {
    expect(takeReading(ofSession, reading, NOW)).toBeUndefined();
  });
  test('whatever value comes, what is taken has the type of the check and is small', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ desktop: fc.string(), ways: fc.constant([]), unread: fc.constant([]), more: fc.jsonValue() })),
        (value) => {
          const taken = takeReading(ofSession, { ...known, value }, NOW);
          if (taken?.status === 'known') expect(Object.keys(taken.value as object).sort()).toEqual(['desktop', 'unread', 'ways']);
        },
      ),
    );
  });
});

describe('whose readings count', () => {
  const seat = (active: number | undefined, ...graphical: number[]): Seat => ({
    told: true,
    graphical: new Set(graphical),
    ...(active === undefined ? {} : { active }),
  });
  const untold: Seat = { told: false, graphical: new Set() };
  const users = (...uids: number[]) => new Set(uids);
  test.each<[string, Seat, Set<number>, Set<number>, unknown]>([
    ['of the person at the screen', seat(1000, 1000, 1001), users(1000, 1001), users(), 1000],
    ['not of the one who is logged in behind', seat(1000, 1000, 1001), users(1001), users(), { reason: 'not-read' }],
    ['of nobody, where that person’s are old', seat(1000, 1000, 1001), users(1001), users(1000), { reason: 'stale' }],
    ['of the only one, where the login screen is shown', seat(undefined, 1000), users(1000), users(), 1000],
    ['of nobody, where several wait behind the login screen', seat(undefined, 1000, 1001), users(1000), users(), { reason: 'no-data' }],
    ['of nobody, where nobody has a screen', seat(undefined), users(1000), users(), undefined],
    ['of the only one, where nothing tells who sits there', untold, users(1000), users(), 1000],
    ['of nobody, where nothing tells and there are several', untold, users(1000, 1001), users(), { reason: 'no-data' }],
    ['of nobody, where nothing tells and there are several, one of them silent', untold, users(1000), users(1001), { reason: 'no-data' }],
  ])('%s', (_name, at, fresh, stale, chosen) => {
    const choice = chooseSession(at, fresh, stale);
    if (typeof chosen === 'object' && chosen !== null) expect(choice).toMatchObject(chosen);
    else expect(choice).toBe(chosen);
  });

  /** The system agent's own reading, and what sessions have handed over → what goes into evidence. */
  function merged(own: Reading, at: Seat, ...handed: [number, Reading][]): Reading | undefined {
    const sessions = createSessions(
      ofSession,
      () => 0,
      () => NOW,
    );
    for (const [uid, reading] of handed) sessions.handOver({}, uid, [reading]);
    return sessions.merge([own], at)[0];
  }
  test('a session’s reading stands in place of the system agent’s own', () => {
    expect(merged(refused, seat(1000, 1000), [1000, open])).toMatchObject({ status: 'known', value: { ways: [] }, method: 'session: kscreenlockerrc' });
    expect(merged(refused, seat(1001, 1000, 1001), [1000, known], [1001, open])).toMatchObject({ value: { ways: [] } });
  });
  test('what root itself has set is nobody’s, and never a yes', () => {
    expect(merged(known, untold)).toMatchObject({ status: 'unknown', reason: 'not-read' });
    expect(merged(known, seat(1000, 1000))).toMatchObject({ status: 'unknown', reason: 'not-read' });
  });
  test('nobody logged in is no failing', () => {
    expect(merged(headless, seat(undefined))).toEqual(headless);
    expect(merged(headless, untold)).toEqual(headless);
  });
  test('a session cannot excuse itself from what the system knows better', () => {
    expect(merged(refused, seat(1000, 1000), [1000, headless])).toMatchObject({ status: 'unknown', reason: 'no-data' });
    expect(merged(headless, untold, [1000, headless])).toMatchObject({ status: 'not-applicable', method: 'session' });
  });
  test('checks of the system are left alone', () => {
    const uptime: Reading = { ...common, check: 'device.uptime', status: 'known', value: { bootedAt: '2026-11-24T07:00:00Z' } };
    expect(merged(uptime, seat(1000, 1000), [1000, { ...uptime, value: {} }])).toEqual(uptime);
  });

  test('they grow old, and outlive their process a little', () => {
    let now = 0;
    const sessions = createSessions(
      ofSession,
      () => now,
      () => NOW,
    );
    const [tray, later] = [{}, {}];
    const merge = () => sessions.merge([refused], seat(1000, 1000))[0];
    sessions.handOver(tray, 1000, [known]);
    now = 14 * 60_000;
    expect(merge()).toMatchObject({ status: 'known' });
    now = 15 * 60_000;
    expect(merge()).toMatchObject({ status: 'unknown', reason: 'stale' });
    sessions.handOver(later, 1000, [open]);
    sessions.go(later);
    now += GONE_MS - 1;
    expect(merge()).toMatchObject({ status: 'known' });
    now += 1;
    expect(merge()).toMatchObject({ status: 'unknown' });
    expect(sessions.go({})).toBe(false);
  });
  test('of two processes of one person the one in the graphical session knows', () => {
    const sessions = createSessions(
      ofSession,
      () => 0,
      () => NOW,
    );
    const [tray, remote] = [{}, {}];
    sessions.handOver(tray, 1000, [open]);
    sessions.handOver(remote, 1000, [refused]);
    expect(sessions.merge([refused], seat(1000, 1000))).toMatchObject([{ status: 'known', value: { ways: [] } }]);
    sessions.go(tray);
    expect(sessions.merge([refused], seat(1000, 1000))).toMatchObject([{ status: 'unknown', reason: 'permission' }]);
    expect(sessions.shown(seat(1000, 1000))).toMatchObject([{ uid: 1000, connected: true, counts: true }]);
  });
});

describe('who sits at the screen, and who is spoken to', () => {
  const host = (...calls: object[]) =>
    createRecordedHost(
      parseRecording(JSON.stringify({ os: 'linux', release: 'x', user: { uid: 0, admin: true }, env: {}, now: '2026-11-24T08:00:00Z', calls })),
    );
  const systemd = { stat: '/run/systemd/system', type: 'directory', size: 1, mtime: '2026-11-24T08:00:00Z', mode: '0755', uid: 0, gid: 0 };
  const session = (name: string, uid: number, more: string) => ({
    read: `/run/systemd/sessions/${name}`,
    text: `# private\nUID=${uid}\nSTATE=active\n${more}`,
  });
  const list = (...entries: string[]) => ({ list: '/run/systemd/sessions', entries });

  test('logind tells', async () => {
    const files = [
      session('1', 1000, 'ACTIVE=0\nREMOTE=0\nTYPE=wayland\nCLASS=user\nSEAT=seat0\n'),
      session('2', 1001, 'ACTIVE=1\nREMOTE=0\nTYPE=x11\nCLASS=user\nSEAT=seat0\n'),
      session('3', 1002, 'ACTIVE=1\nREMOTE=1\nTYPE=tty\nCLASS=user\n'),
      session('c1', 120, 'ACTIVE=1\nREMOTE=0\nTYPE=wayland\nCLASS=greeter\nSEAT=seat1\n'),
    ];
    expect(await readSeat(host(systemd, list('1', '2', '3', 'c1', '1.ref'), ...files))).toEqual({ told: true, active: 1001, graphical: new Set([1000, 1001]) });
  });
  test('without systemd, and on systems without a door, nothing tells', async () => {
    const absent = { stat: '/run/systemd/system', error: 'ENOENT' };
    expect(await readSeat(host(absent, list()))).toMatchObject({ told: false });
    expect(await readSeat({ ...host(), os: 'win32' })).toMatchObject({ told: false });
  });
  test('a session file is a person’s or nobody’s, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(UID|CLASS|TYPE|ACTIVE|SEAT)=[a-z0-9=\n]*$/)), (content) => {
        const found = parseSession(content);
        if (found !== undefined) expect(Number.isInteger(found.uid)).toBe(true);
      }),
    );
    expect(parseSession('UID=1000\nCLASS=manager\n')).toBeUndefined();
  });
  test.each<[number, boolean]>([
    [0, true],
    [1000, true],
    [1001, false],
    [33, false],
    [61_184, false],
    [65_534, false],
    [100_123, false],
  ])('user %d', async (uid, spokenTo) => {
    const machine = host(systemd, { list: '/run/systemd/users', entries: ['1000'] });
    expect((await whyRefused(uid, machine)) === undefined).toBe(spokenTo);
  });
});

/** `stance doctor`: what is set and where it comes from, whether the service answers, and what cannot be read for want of rights. */
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createReadingSource, readEnrollment, readLeftAt, readSettings, request, requireMayChange } from '../agent/index.ts';
import { CATALOGUE } from '../checks/index.ts';
import { faultInWords, isManaged, MANAGED_PLACES, type Managed, managedSettings, personMay, StanceError } from '../model/index.ts';
import { hostFor } from './machine.ts';
import { heading, say, sayJson, table } from './output.ts';
import { VERSION } from './version.ts';
import { examineReaders, gainInWords, systemAgentInWords } from './who-reads.ts';

interface Examination {
  readonly name: string;
  readonly ok: boolean | null;
  readonly says: string;
}
const examined = (name: string, ok: boolean | null, says: string): Examination => ({ name, ok, says });

/** A folder that is there and writable, or whose nearest existing parent is. */
function examineState(folder: string): Examination {
  let nearest = folder;
  while (!existsSync(nearest) && path.dirname(nearest) !== nearest) nearest = path.dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
    return examined('state folder', true, nearest === folder ? `${folder} is writable` : `${folder} will be made in ${nearest}`);
  } catch {
    return examined('state folder', false, `${nearest} cannot be written by this user. Name another with --state or STANCE_STATE.`);
  }
}

const MAX_CLOCK_DIFFERENCE_MS = 60_000;

async function examineService(server: string | undefined): Promise<Examination[]> {
  if (server === undefined) return [examined('service', null, 'No service is set: give --server, or set STANCE_SERVER.')];
  try {
    const askedAt = Date.now();
    const { serviceTime } = JSON.parse(
      await request(new URL('/v1/nonces', server), { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"purpose":"enrollment"}' }),
    ) as {
      serviceTime: string;
    };
    const answeredAt = Date.now();
    const difference = Date.parse(serviceTime) - (askedAt + answeredAt) / 2;
    const clock =
      Math.abs(difference) <= MAX_CLOCK_DIFFERENCE_MS
        ? examined('clock', true, 'agrees with the service')
        : examined(
            'clock',
            false,
            `is ${Math.round(Math.abs(difference) / 1000)} s ${difference > 0 ? 'behind' : 'ahead of'} the service. Switch on automatic time.`,
          );
    return [examined('service', true, `${server} answers in ${answeredAt - askedAt} ms`), clock];
  } catch (error) {
    if (!(error instanceof StanceError)) throw error;
    return [examined('service', false, error.message)];
  }
}

const proxies = (): Examination[] =>
  ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy']
    .filter((name) => process.env[name])
    .map((name) => examined('proxy', null, `${name} is set; Stance talks to its service directly and does not use it`));

function notEnrolled(folder: string, { values }: Managed): string {
  const leftAt = readLeftAt(folder);
  if (leftAt !== null && values.rejoinAfterLeaving !== true) return `this device was taken out on ${leftAt.slice(0, 10)}: stance enroll lets it join again`;
  const invited = values.server !== undefined && (values.enrollmentToken ?? values.enrollmentTokenFile) !== undefined;
  return invited ? 'this device is not enrolled: the agent joins by managed configuration' : 'this device is not enrolled: stance enroll';
}

/** Nothing where nothing is there; a line for what is in force, and one for each source that does not count. */
function examineManaged(managed: Managed): Examination[] {
  const may = personMay(managed);
  const allowed = [
    [may.changeServer, 'choose another service'],
    [may.changeInterval, 'change the interval'],
    [may.unenroll, 'leave'],
    [may.quit, 'quit'],
  ] as const;
  const words = allowed.flatMap(([may, what]) => (may ? [what] : []));
  return [
    ...(isManaged(managed)
      ? [examined('managed', true, `Managed by your organisation. People may ${words.length === 0 ? 'change none of it' : words.join(', ')}.`)]
      : []),
    ...managed.faults.map((fault) => examined('managed', fault.kind === 'unreadable' ? null : false, faultInWords(fault))),
  ];
}

function examineChoice(check: () => void): Examination[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof StanceError)) throw error;
    return [examined('managed', false, error.message)];
  }
}

export async function doctor(options: { server?: string; state?: string; json?: boolean }): Promise<number> {
  const all = await readSettings();
  const { managed, userFile } = all;
  const state = all.resolve('state', options.state);
  const configured = all.resolve('server', options.server);
  const interval = all.resolve('intervalMs', undefined);
  const folder = state.value;
  const host = hostFor(undefined);
  const enrollment = readEnrollment(folder);
  const examinations = [
    examined('version', true, `Stance ${VERSION} on Node ${process.version}, ${host.release}`),
    examined('rights', null, host.user.admin ? 'runs with administrator rights' : 'runs without administrator rights: what needs them is unknown (permission)'),
    examineState(folder),
    enrollment === null
      ? examined('enrollment', null, notEnrolled(folder, managed))
      : examined('enrollment', true, `${enrollment.device} at ${enrollment.server}, assurance ${enrollment.assurance}`),
    ...examineManaged(managed),
    ...examineChoice(() => requireMayChange(all, host.user.uid === 0, 'server', all.resolve('server', undefined))),
    ...(await examineService(configured.value ?? enrollment?.server)),
    ...proxies(),
  ];
  const settings = [
    { name: 'server', ...configured },
    { name: 'state', ...state },
    { name: 'intervalMs', ...interval },
  ];
  const readings = await createReadingSource({ host, checks: CATALOGUE.filter((check) => check.cost !== 'slow') }).read({ slow: 'skip' });
  const readers = await examineReaders(CATALOGUE, readings);
  const { problem } = readers.systemAgent;
  examinations.push(examined('system agent', problem === null ? null : problem.code === 'system-agent-absent' ? null : false, systemAgentInWords(readers)));
  const unread = readings.flatMap((reading) =>
    reading.status === 'unknown' ? [{ check: reading.check, reason: reading.reason, detail: reading.detail ?? '' }] : [],
  );
  const place = MANAGED_PLACES[host.os];
  const inForce = managedSettings(managed);
  if (options.json)
    sayJson({ examinations, settings, managed: { place, settings: inForce, faults: managed.faults, may: personMay(managed) }, userFile, unread, readers });
  else {
    say(table(examinations.map(({ name, ok, says }) => [ok === null ? '·' : ok ? '✓' : '✗', name, says])));
    say(`\n${heading('Settings')}`);
    say(table(settings.map(({ name, value, from }) => [name, String(value ?? 'not set'), from])));
    say(`\n${heading('Managed by your organisation')}`);
    say(inForce.length === 0 ? `Nothing is, in ${place}.` : table(inForce.map(({ name, value, from }) => [name, value, from])));
    say(`\n${heading('Who reads what')}`);
    say(table(readers.checks.map(({ check, by, status, reason }) => [check, by, reason === undefined ? status : `${status}: ${reason}`])));
    say(gainInWords(readers, host.user.uid === 0));
    say(`\n${heading('Not known to this process')}`);
    say(unread.length === 0 ? 'Everything that is read at once could be read.' : table(unread.map(({ check, reason, detail }) => [check, reason, detail])));
  }
  return examinations.some(({ ok }) => ok === false) ? 1 : 0;
}

/** Whether Windows waits for a restart: the marks of servicing and of Windows Update. Files to be renamed are noise: printer drivers leave them. Pure. */
import { cim, com, DoorError, type Got, type Need, type NeedResults, registry } from '../../model/index.ts';

const SERVICING = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing';
const AUTO_UPDATE = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update';
/** Keys that are there only while a restart waits; they vanish with it. */
const MARKS = [
  { name: 'servicing', parent: registry(SERVICING), key: registry(`${SERVICING}\\RebootPending`), child: 'RebootPending' },
  { name: 'Windows Update', parent: registry(AUTO_UPDATE), key: registry(`${AUTO_UPDATE}\\RebootRequired`), child: 'RebootRequired' },
] as const;
const SYSTEM_INFO = com('Microsoft.Update.SystemInfo');
const OPERATING_SYSTEM = cim('root/cimv2', 'Win32_OperatingSystem');

export const RESTART_NEEDS = [...MARKS.flatMap(({ parent, key }) => [parent, key]), SYSTEM_INFO, OPERATING_SYSTEM];
export const RESTART_KEYS: readonly string[] = [SERVICING, AUTO_UPDATE];

function ask<N extends Need>(got: Got, need: N): NeedResults[N['door']] | DoorError {
  try {
    return got(need);
  } catch (error) {
    if (error instanceof DoorError) return error;
    throw error;
  }
}

/** One mark: there (since when), not there, or the failure of the door. */
function readMark(got: Got, { parent, key, child }: (typeof MARKS)[number]): { readonly writtenAt?: string } | false | DoorError {
  const mark = ask(got, key);
  if (!(mark instanceof DoorError)) return mark.writtenAt === undefined ? {} : { writtenAt: mark.writtenAt };
  if (mark.code === 'ENOENT') return false;
  // The parent lists it by name even where it may not be opened.
  const above = ask(got, parent);
  if (above instanceof DoorError) return mark;
  return above.keys.some((name) => name.toLowerCase() === child.toLowerCase()) ? {} : false;
}

export interface WindowsRestart {
  readonly required: boolean;
  /** Since when, ISO 8601, where the key tells. */
  readonly since?: string;
  /** When Windows was last started, ISO 8601. */
  readonly bootedAt?: string;
  readonly packages: readonly string[];
}

/** "None waits" needs both marks to have answered; one of them that is there is enough for "waits". @throws DoorError */
export function windowsRestart(got: Got): WindowsRestart {
  const marks = MARKS.map((mark) => ({ name: mark.name, found: readMark(got, mark) }));
  const there = marks.flatMap(({ name, found }) => (found === false || found instanceof DoorError ? [] : [{ name, ...found }]));
  const info = ask(got, SYSTEM_INFO);
  const announced = !(info instanceof DoorError) && typeof info === 'object' && info !== null && 'RebootRequired' in info && info.RebootRequired === true;
  const system = ask(got, OPERATING_SYSTEM);
  const booted = system instanceof DoorError ? Number.NaN : Date.parse(String(system[0]?.LastBootUpTime));
  const failure = marks.map(({ found }) => found).find((found) => found instanceof DoorError);
  if (there.length === 0 && !announced) {
    if (failure !== undefined) throw failure;
    return { required: false, packages: [] };
  }
  const written = there
    .map(({ writtenAt }) => Date.parse(writtenAt ?? ''))
    .filter((at) => !Number.isNaN(at))
    .sort((a, b) => a - b)[0];
  // A mark that a restart has not removed waits for the next one.
  const since = written === undefined ? undefined : Number.isNaN(booted) ? written : Math.max(written, booted);
  return {
    required: true,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(Number.isNaN(booted) ? {} : { bootedAt: new Date(booted).toISOString() }),
    packages: there.length === 0 ? ['Windows Update'] : there.map(({ name }) => name),
  };
}

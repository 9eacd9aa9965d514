/** Which Windows this is: by the registry, which everybody may read, else by WMI. Pure; build and edition have no language. */
import { cim, DoorError, type Got, type JsonValue, type OsRelease, registry, UnparsableError } from '../../model/index.ts';

const CURRENT = registry('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion');
const OPERATING_SYSTEM = cim('root/cimv2', 'Win32_OperatingSystem');
export const WINDOWS_VERSION_NEEDS = [CURRENT, OPERATING_SYSTEM] as const;

export interface WindowsVersion extends OsRelease {
  readonly os: 'windows';
  /** For people: `Windows 11 25H2 (Professional)`. */
  readonly name: string;
  /** `26200.9711`, where the revision is known. */
  readonly build?: string;
  readonly method: string;
}

const number = (value: JsonValue | undefined): string | undefined =>
  (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) || (typeof value === 'string' && /^\d{1,9}$/.test(value))
    ? String(value)
    : undefined;
const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value.slice(0, 60) : '');

/** The line of servicing that an EditionID is on. @returns undefined for one that Stance does not know */
export function editionOf(editionId: string, installationType: string): string | undefined {
  if (/^Server/i.test(installationType) || /^Server(?!Rdsh)/i.test(editionId)) return 'server';
  if (/^IoTEnterpriseS/i.test(editionId)) return 'iot-ltsc';
  if (/^EnterpriseS/i.test(editionId)) return 'ltsc';
  if (/^(Enterprise|IoTEnterprise|Education|ServerRdsh)/i.test(editionId)) return 'enterprise';
  return /^(Core|Professional|Cloud|Home|Ultimate|Starter)/i.test(editionId) ? 'home-pro' : undefined;
}

const CLIENT_NAMES: readonly (readonly [from: number, name: string])[] = [
  [22_000, 'Windows 11'],
  [10_240, 'Windows 10'],
  [9_600, 'Windows 8.1'],
  [9_200, 'Windows 8'],
  [7_600, 'Windows 7'],
];

function fromRegistry(got: Got): WindowsVersion {
  const { values } = got(CURRENT);
  const cycle = number(values.CurrentBuild) ?? number(values.CurrentBuildNumber);
  if (cycle === undefined) throw new UnparsableError('The registry has no build number');
  const [id, product] = [text(values.EditionID), text(values.ProductName)];
  const edition = editionOf(id, text(values.InstallationType));
  // ProductName says "Windows 10" on Windows 11.
  const client = CLIENT_NAMES.find(([from]) => Number(cycle) >= from)?.[1];
  const base = edition === 'server' || client === undefined ? product || `Windows ${cycle}` : [client, text(values.DisplayVersion)].filter(Boolean).join(' ');
  const revision = number(values.UBR) ?? /\.(\d{1,9})$/.exec(text(values.LCUVer))?.[1];
  return {
    os: 'windows',
    cycle,
    ...(edition === undefined ? {} : { edition }),
    name: (edition === 'server' || id === '' ? base : `${base} (${id})`).slice(0, 100),
    ...(revision === undefined ? {} : { build: `${cycle}.${revision}` }),
    method: 'registry CurrentVersion',
  };
}

/** `ProductType`: 1 for workstations. The edition of a workstation stays open. */
function fromWmi(got: Got): WindowsVersion {
  const [row] = got(OPERATING_SYSTEM);
  const cycle = number(row?.BuildNumber);
  if (cycle === undefined) throw new UnparsableError('Win32_OperatingSystem has no build number');
  const server = row?.ProductType === 2 || row?.ProductType === 3;
  return {
    os: 'windows',
    cycle,
    ...(server ? { edition: 'server' } : {}),
    name: (text(row?.Caption).trim() || `Windows ${cycle}`).slice(0, 100),
    method: 'Win32_OperatingSystem',
  };
}

/** @throws DoorError, UnparsableError of the registry when neither tells. */
export function windowsVersion(got: Got): WindowsVersion {
  try {
    return fromRegistry(got);
  } catch (error) {
    if (!(error instanceof DoorError || error instanceof UnparsableError)) throw error;
    try {
      return fromWmi(got);
    } catch {
      throw error;
    }
  }
}

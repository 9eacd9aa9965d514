/** What fwupd says of firmware: what could be installed, and how old its list is. Pure. */
import { UnparsableError } from '../../model/index.ts';

/** `{"Devices": …}`, also with words behind it: some versions print their table after the document. */
function documentOf(stdout: string): Readonly<Record<string, unknown>> {
  const end = /^\}/m.exec(stdout);
  const text = end === null ? stdout : stdout.slice(0, end.index + 1);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw new UnparsableError('fwupdmgr did not answer in JSON');
}

export interface FirmwareUpdate {
  /** The device, for people. */
  readonly name: string;
  readonly installed: string;
  readonly offered: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 100) : '');

/** `fwupdmgr get-updates --json`: devices with the releases that could be installed, newest first. @throws UnparsableError */
export function parseFirmwareUpdates(stdout: string): FirmwareUpdate[] {
  const { Devices: devices } = documentOf(stdout);
  if (!Array.isArray(devices)) throw new UnparsableError('fwupdmgr lists no devices');
  return devices.flatMap((device: Readonly<Record<string, unknown>> | null) => {
    const releases = Array.isArray(device?.Releases) ? (device.Releases as (Readonly<Record<string, unknown>> | null)[]) : [];
    const [newest] = releases;
    if (newest === undefined) return [];
    const name = text(device?.Name) || text(device?.DeviceId);
    if (name === '') throw new UnparsableError('fwupdmgr lists a device without a name');
    return [{ name, installed: text(device?.Version), offered: text(newest?.Version) }];
  });
}

/** `fwupdmgr get-remotes --json`: when the newest list of one that is fetched was fetched, ms; undefined where none ever was. @throws UnparsableError */
export function parseRemotes(stdout: string): number | undefined {
  const { Remotes: remotes } = documentOf(stdout);
  if (!Array.isArray(remotes)) throw new UnparsableError('fwupdmgr lists no sources');
  const times = remotes
    .filter((remote: { Enabled?: unknown; Kind?: unknown } | null) => String(remote?.Enabled) === 'true' && remote?.Kind === 'download')
    .map((remote: { ModificationTime?: unknown }) => Number(remote.ModificationTime))
    .filter((seconds) => Number.isSafeInteger(seconds) && seconds > 0 && seconds < 4_102_444_800);
  return times.length === 0 ? undefined : Math.max(...times) * 1000;
}

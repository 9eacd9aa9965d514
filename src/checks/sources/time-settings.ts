/** Whether macOS and Windows are set to keep their clock by a time server. Whether it is right just now they tell administrators only. */
import { attempt, DoorError, type Got, type Host, registry, service, UnparsableError, unknown } from '../../model/index.ts';
import { switchOf } from './auto-update-macos.ts';
import { dictionaryOf } from './property-list.ts';

const MANAGED = '/Library/Managed Preferences/com.apple.timed.plist';
/** Where the system keeps its own settings, and where administrators' tools write them. */
const OWN = ['/var/db/timed/Library/Preferences/com.apple.timed.plist', '/Library/Preferences/com.apple.timed.plist'];
const KEY = 'TMAutomaticTimeOnlyEnabled';

/** Managed settings first; what is set nowhere is not known, since Apple documents no default. */
export async function readMacosClock(host: Host) {
  let failure: DoorError | undefined;
  for (const path of [MANAGED, ...OWN]) {
    const file = await attempt(host.plist(path));
    if (file instanceof DoorError) {
      if (file.code !== 'ENOENT') failure ??= file;
      continue;
    }
    const automatic = switchOf(dictionaryOf(file, path)[KEY], KEY);
    if (automatic !== undefined) return { automatic, method: path };
  }
  if (failure !== undefined) throw failure;
  return unknown('no-data', 'Nothing that everybody may read says whether the clock is set automatically.');
}

const POLICY = registry('HKLM\\SOFTWARE\\Policies\\Microsoft\\W32Time\\Parameters');
const PARAMETERS = registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters');
const TIME_SERVICE = service('W32Time');
export const CLOCK_NEEDS = [POLICY, PARAMETERS, TIME_SERVICE];
export const CLOCK_KEYS: readonly string[] = [POLICY.key, PARAMETERS.key];

/** Where the time comes from: `NTP`, `NT5DS` (the domain), `AllSync`, `NoSync`. */
function typeOf(got: Got): unknown {
  try {
    const { Type: type } = got(POLICY).values;
    if (type !== undefined) return type;
  } catch (error) {
    if (!(error instanceof DoorError && error.code === 'ENOENT')) throw error;
  }
  return got(PARAMETERS).values.Type;
}

/** A stopped service is normal: it is started when there is something to do. @throws DoorError, UnparsableError */
export function windowsClock(got: Got): { readonly automatic: boolean; readonly method: string } {
  const type = typeOf(got);
  if (typeof type !== 'string' || !/^(NTP|NT5DS|AllSync|NoSync)$/i.test(type)) throw new UnparsableError('W32Time does not say where the time comes from');
  return { automatic: !/^NoSync$/i.test(type) && got(TIME_SERVICE).start !== 'disabled', method: 'W32Time' };
}

/** Services of macOS that a person switches on and off: launchd's overrides, and what is loaded. */
import { DoorError, type Host, UnparsableError } from '../../model/index.ts';
import { answerOf, mostTelling } from './failures.ts';

const DENIED = /permission|not permitted|privilege|administrator access/i;

/** `launchctl print-disabled system`: label → whether it is switched on. `true` and `false` of older systems say whether it is disabled. @throws UnparsableError */
export function parseOverrides(text: string): ReadonlyMap<string, boolean> {
  // Without its end the list was cut, and a label that is not in it proves nothing.
  const body = /^\s*disabled services = \{\n(.*?)^\s*\}/ms.exec(text)?.[1];
  if (body === undefined) throw new UnparsableError('launchctl did not list services');
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line) => {
      const [, label = '', state = ''] = /^\s*"([^"]{1,200})" => (enabled|disabled|true|false)\s*$/.exec(line) ?? [];
      if (label === '') throw new UnparsableError('a line of launchctl is not of its form');
      return [label, state === 'enabled' || state === 'false'];
    }),
  );
}

async function readOverride(host: Host, label: string): Promise<boolean | undefined> {
  const { stdout, stderr, exit } = await host.run('launchctl', ['print-disabled', 'system']);
  if (exit !== 0) throw new DoorError(DENIED.test(stderr) ? 'EACCES' : 'EOUTPUT', `run launchctl: exit ${exit}`);
  return parseOverrides(stdout).get(label);
}

/** Whether a service is loaded. @throws DoorError */
async function isLoaded(host: Host, label: string): Promise<boolean> {
  const { stdout, stderr, exit } = await host.run('launchctl', ['print', `system/${label}`]);
  if (exit === 0 && stdout.startsWith(`system/${label} = {`)) return true;
  if (exit !== 0 && stderr.includes(`Could not find service "${label}"`)) return false;
  throw new DoorError(DENIED.test(stderr) ? 'EACCES' : 'EOUTPUT', `run launchctl print: exit ${exit}`);
}

/**
 * Whether a service that macOS ships switched off is on. Where nobody ever switched it, the ports tell, and without them launchd
 * is asked for it by name. `listening`: whether its ports are open, or why that is not known.
 * @throws DoorError the failure that says most
 */
export async function isServiceOn(host: Host, label: string, listening: boolean | DoorError): Promise<boolean> {
  const override = await answerOf(readOverride(host, label));
  if (override === true || listening === true) return true;
  if (override === false) return false;
  if (override === undefined && listening === false) return false;
  const loaded = await answerOf(isLoaded(host, label));
  if (!(loaded instanceof DoorError)) return loaded;
  throw mostTelling([loaded, ...[override, listening].filter((answer) => answer instanceof DoorError)]);
}

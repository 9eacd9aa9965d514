/** A way in from outside, as services and ports show it: the value that the checks of such ways share. */
import { type Static, Type } from 'typebox';
import type { DoorError, Host } from '../../model/index.ts';
import { answerOf, mostTelling } from './failures.ts';
import { isOpen, readTcpListeners } from './listeners.ts';
import { findRunning } from './units.ts';

export const Exposure = Type.Object({
  enabled: Type.Boolean(),
  units: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 20, description: 'What offers it, by name: active units of systemd, services of the system.' }),
  port: Type.Boolean({ description: 'A port of it is open to other machines.' }),
});
export type Exposure = Static<typeof Exposure>;

export type Ports = readonly (number | readonly [from: number, to: number])[];

/** Everything that offers it is known by now. */
export const exposureOf = (units: readonly string[], port: boolean): Exposure => ({ enabled: units.length > 0 || port, units: [...units], port });

/**
 * Linux. Either one that says yes is enough. No needs an answer: units know every port, and where they cannot be asked the ports know the rest.
 * @throws DoorError where neither can tell
 */
export async function readLinuxExposure(host: Host, units: readonly string[], ports: Ports): Promise<{ exposure: Exposure; method: string }> {
  const [asked, listeners] = await Promise.all([findRunning(host, units), answerOf(readTcpListeners(host))]);
  const port = Array.isArray(listeners) && isOpen(listeners, ports);
  if (asked.running.length === 0 && !port && asked.failure !== undefined && !Array.isArray(listeners))
    throw mostTelling([listeners as DoorError, asked.failure]);
  const sources = [...(asked.failure === undefined || asked.running.length > 0 ? ['systemd'] : []), ...(Array.isArray(listeners) ? ['listening sockets'] : [])];
  return { exposure: exposureOf(asked.running, port), method: sources.join(', ') };
}

/** "ssh.service is active", for a sentence. */
export function describeExposure({ units, port }: Exposure, portSentence: string): string {
  if (units.length > 0) return `${units.join(', ')} ${units.length === 1 ? 'is' : 'are'} active`;
  return port ? portSentence : 'it is on';
}

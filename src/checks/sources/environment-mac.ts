/** Whether macOS runs in a virtual machine. */
import { attempt, DoorError, type Host, UnparsableError } from '../../model/index.ts';
import { hypervisorOfModel } from './environment.ts';
import { answerOf } from './failures.ts';

/** `sysctl -n kern.hv_vmm_present`: 1 in a virtual machine, else 0. @throws UnparsableError */
export function parseHypervisorPresent(stdout: string): boolean {
  const answer = stdout.trim();
  if (answer !== '0' && answer !== '1') throw new UnparsableError('kern.hv_vmm_present is neither 0 nor 1');
  return answer === '1';
}

/** `sysctl -n NAME`; a name that this system does not know is ENOENT. */
export async function readSysctl(host: Host, name: string): Promise<string> {
  const { stdout, stderr, exit } = await host.run('sysctl', ['-n', name]);
  if (exit === 0) return stdout;
  throw new DoorError(/unknown oid/.test(stderr) ? 'ENOENT' : 'EIO', `sysctl ${name}`);
}

/** Name of the hypervisor, or null on a Mac of metal. The model's name alone can say yes, and never no. @throws DoorError */
export async function readHypervisorOnMac(host: Host): Promise<string | null> {
  const present = await answerOf(readSysctl(host, 'kern.hv_vmm_present').then(parseHypervisorPresent));
  if (present === false) return null;
  const model = await attempt(readSysctl(host, 'hw.model'));
  const hypervisor = model instanceof DoorError ? null : hypervisorOfModel('', model);
  if (present === true) return hypervisor ?? 'unnamed';
  if (hypervisor !== null) return hypervisor;
  throw present;
}

/** Where the system runs: in a container, under WSL, in a virtual machine, or on the metal. Shared by checks that differ by it. */
import { attempt, DoorError, type Host, UnparsableError } from '../../model/index.ts';
import { isUnrecorded } from './failures.ts';

export interface Environment {
  /** Kind of container (`docker`, `podman`, `lxc`, …), or null outside of one. */
  readonly container: string | null;
  readonly wsl: boolean;
  /** Name of the hypervisor, or null where nothing points to one. */
  readonly hypervisor: string | null;
}

/** What the sources said: text, `null` for a thing that is absent, `undefined` for one that could not be asked. */
export interface EnvironmentFacts {
  readonly procVersion?: string | null;
  readonly cgroup?: string | null;
  readonly initEnvironment?: string | null;
  readonly systemdContainer?: string | null;
  readonly dockerenv?: boolean;
  readonly containerenv?: boolean;
  readonly vendor?: string | null;
  readonly product?: string | null;
  readonly hypervisorType?: string | null;
  readonly cpuinfo?: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** DMI vendors and products of virtual machines. */
const MACHINES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bqemu\b/i, 'qemu'],
  [/\bkvm\b/i, 'kvm'],
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/microsoft corporation\n(.*\n)?virtual machine/i, 'hyper-v'],
  [/amazon ec2\n(?!.*\.metal)/i, 'amazon'],
  // Chromebooks say "Google" as well, and are none.
  [/google compute engine/i, 'google'],
  [/parallels/i, 'parallels'],
  [/\bxen\b/i, 'xen'],
  [/bochs/i, 'bochs'],
  [/openstack/i, 'openstack'],
  [/digitalocean/i, 'digitalocean'],
  [/hetzner\nvserver/i, 'hetzner'],
  [/^nutanix.*\nahv\n/i, 'nutanix'],
  [/\brhev\b|ovirt/i, 'kvm'],
  [/alibaba cloud/i, 'alibaba'],
  [/bhyve/i, 'bhyve'],
  [/apple inc.*\n.*virtualization|virtualmac/i, 'apple-virtualization'],
];

/** The hypervisor that makes machines of this vendor and product, or null for one that is built of metal. */
export const hypervisorOfModel = (vendor: string, product: string): string | null =>
  MACHINES.find(([pattern]) => pattern.test(`${vendor.trim()}\n${product.trim()}\n`))?.[1] ?? null;

function containerOf(facts: EnvironmentFacts): string | null {
  const named = facts.systemdContainer?.trim() || /(?:^|\0)container=([^\0\n]+)/.exec(facts.initEnvironment ?? '')?.[1] || facts.env.container;
  // Toolboxes and Flatpaks set `container` too; a WSL distribution says `wsl`, which is not a container of ours.
  if (named !== undefined && named !== '' && named !== 'wsl') return named;
  if (facts.dockerenv) return 'docker';
  if (facts.containerenv) return 'podman';
  const path = /(?:^|[/:-])(docker|libpod|lxc|kubepods|containerd|garden)(?=[/.:-]|$)/m.exec(facts.cgroup ?? '')?.[1];
  return path === undefined ? null : ({ libpod: 'podman', kubepods: 'kubernetes' }[path] ?? path);
}

function hypervisorOf(facts: EnvironmentFacts, wsl: boolean): string | null {
  if (wsl) return 'hyper-v';
  const type = facts.hypervisorType?.trim();
  const machine = hypervisorOfModel(facts.vendor ?? '', facts.product ?? '');
  if (machine !== null) return machine;
  if (type) return type;
  // The flag alone names no hypervisor, but no processor sets it on the metal; Xen's control domain names itself above.
  return /^flags\s*:.*\bhypervisor\b/m.test(facts.cpuinfo ?? '') ? 'unnamed' : null;
}

const isWsl = ({ procVersion, env }: EnvironmentFacts): boolean => /microsoft/i.test(procVersion ?? '') || (env.WSL_DISTRO_NAME ?? '') !== '';

/** Pure. */
export function classifyEnvironment(facts: EnvironmentFacts): Environment {
  const wsl = isWsl(facts);
  return { container: containerOf(facts), wsl, hypervisor: hypervisorOf(facts, wsl) };
}

/** What each source looks like; anything else in its place tells nothing. */
const KERNEL = /^Linux version \d/;
const CGROUPS = /^\d+:[^\n]*:\//;
const PROCESSORS = /^[\w ()-]+\t*: /m;
// biome-ignore lint/suspicious/noControlCharactersInRegex: firmware writes names, and no control characters
const NAME = /^[^\u0000-\u001f]*\n?$/;
const VARIABLES = /^(?:[A-Za-z_]\w*=|$)/;

async function gatherFacts(host: Host): Promise<EnvironmentFacts> {
  const failures: Error[] = [];
  const text = async (path: string, form: RegExp): Promise<string | null | undefined> => {
    const answer = await attempt(host.read(path));
    if (!(answer instanceof DoorError) && form.test(answer)) return answer;
    if (answer instanceof DoorError && answer.code === 'ENOENT') return null;
    failures.push(answer instanceof DoorError ? answer : new UnparsableError(`${path} is not of its form`));
    return undefined;
  };
  const marks: DoorError[] = [];
  const exists = async (path: string): Promise<boolean | undefined> => {
    const answer = await attempt(host.stat(path));
    if (!(answer instanceof DoorError)) return true;
    if (answer.code === 'ENOENT') return false;
    failures.push(answer);
    if (!isUnrecorded(answer)) marks.push(answer);
    return undefined;
  };
  const [procVersion, cgroup, initEnvironment, systemdContainer, vendor, product, hypervisorType, cpuinfo, dockerenv, containerenv] = await Promise.all([
    text('/proc/version', KERNEL),
    text('/proc/1/cgroup', CGROUPS),
    text('/proc/1/environ', VARIABLES),
    text('/run/systemd/container', NAME),
    text('/sys/class/dmi/id/sys_vendor', NAME),
    text('/sys/class/dmi/id/product_name', NAME),
    text('/sys/hypervisor/type', NAME),
    text('/proc/cpuinfo', PROCESSORS),
    exists('/.dockerenv'),
    exists('/run/.containerenv'),
  ]);
  const facts = { procVersion, cgroup, initEnvironment, systemdContainer, vendor, product, hypervisorType, cpuinfo, dockerenv, containerenv };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  const told: EnvironmentFacts = { ...known, env: host.env };
  // With neither the kernel's own words nor a sign of a container or of WSL, nothing has been looked at.
  const silent = procVersion == null && cgroup == null && cpuinfo == null && Object.values(known).every((value) => value === null || value === false);
  if (silent && !isWsl(told)) throw failures[0] ?? new UnparsableError('nothing tells where this system runs');
  const [hidden] = marks;
  // Nothing else may show a container; where a mark of one could not be looked for, that there is none is not known.
  if (hidden !== undefined && !isWsl(told) && containerOf(told) === null) throw hidden;
  return told;
}

const seen = new WeakMap<Host, Promise<Environment>>();

/** What this host runs in; looked up once for each host, since it cannot change under a running system. @throws DoorError, UnparsableError where no source tells. */
export function readEnvironment(host: Host): Promise<Environment> {
  const kept = seen.get(host) ?? gatherFacts(host).then(classifyEnvironment);
  seen.set(host, kept);
  return kept;
}

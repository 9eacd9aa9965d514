/** Whether a Linux system installs updates by itself: by the mechanism that its distribution brings. */
import { attempt, DoorError, type Finding, type Host, isAbsent, notApplicable, UnparsableError, unknown } from '../../model/index.ts';
import { isUnrecorded } from './failures.ts';
import { isImageBased, isLike, type OsRelease } from './os-release.ts';

/** `install`: by itself; `ask`: finds and downloads, and asks the person; `off`: neither. */
export interface AutoUpdate {
  readonly mode: 'install' | 'ask' | 'off';
  /** Who does it, or would. */
  readonly by: string;
  /** What is switched off, for people. */
  readonly off?: readonly string[];
}

/** Systems that are replaced as a whole, beside those that say so by `/run/ostree-booted`. */
const IMAGES = ['ubuntu-core', 'steamos', 'flatcar', 'chromeos', 'endless', 'eos'];

/** Assignments of apt.conf(5) as `apt-config dump` prints them, `A::B "value";`; the last one wins. */
export function parseAptConfig(text: string): ReadonlyMap<string, string> {
  const settings = [...text.matchAll(/^[ \t]*([A-Za-z][\w:+.-]*?)[ \t]+"([^"\n]*)"[ \t]*;/gm)].map(
    ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
  );
  return new Map(settings);
}

/** Periodic settings count in days, with or without a unit: `1`, `7d`, `12h`, `always`; 0 is never. @throws UnparsableError */
export function isPeriodic(value: string | undefined): boolean {
  if (value === undefined || value === '') return false;
  if (value === 'always') return true;
  const [, amount] = /^(\d{1,9})[smhdw]?$/.exec(value) ?? [];
  if (amount === undefined) throw new UnparsableError(`apt knows no interval "${value.slice(0, 40)}"`);
  return Number(amount) > 0;
}

/** A `[section]` `key = value` file of dnf. @returns undefined where the key is not set @throws UnparsableError for a value that is neither yes nor no */
export function parseApplyUpdates(text: string): boolean | undefined {
  const value = [...text.matchAll(/^[ \t]*apply_updates[ \t]*[=:][ \t]*(\S+)[ \t]*$/gim)].at(-1)?.[1]?.toLowerCase();
  if (value === undefined) return undefined;
  if (['yes', 'true', '1', 'on'].includes(value)) return true;
  if (['no', 'false', '0', 'off'].includes(value)) return false;
  throw new UnparsableError('apply_updates is neither yes nor no');
}

const STARTED = ['enabled', 'enabled-runtime', 'static', 'alias', 'generated', 'linked'];

/** Why a timer does not start, or undefined where it does. @throws DoorError */
async function stoppedTimer(host: Host, name: string): Promise<string | undefined> {
  const { load, active, enabled } = await host.unit(name);
  if (load === 'masked' || enabled === 'masked') return `${name} is masked`;
  if (load === 'not-found') return `${name} is not there`;
  return STARTED.includes(enabled) || active === 'active' ? undefined : `${name} is not enabled`;
}

/** What apt is told: by its own tool, else by the files that the tool reads, in its order. */
async function readAptSettings(host: Host): Promise<ReadonlyMap<string, string>> {
  const dump = await attempt(host.run('apt-config', ['dump']));
  if (!(dump instanceof DoorError) && dump.exit === 0) {
    const settings = parseAptConfig(dump.stdout);
    if (settings.size === 0) throw new UnparsableError('apt-config printed no settings');
    return settings;
  }
  const folder = '/etc/apt/apt.conf.d';
  const names = await attempt(host.list(folder));
  if (names instanceof DoorError) throw dump instanceof DoorError ? dump : names;
  const files = names.filter((name) => /^[A-Za-z0-9_-]+(\.conf)?$/.test(name)).sort();
  const texts = await Promise.all([...files.slice(0, 100).map((name) => host.read(`${folder}/${name}`)), host.read('/etc/apt/apt.conf').catch(() => '')]);
  // Nested blocks say the same in a way that is not read here.
  if (texts.some((text) => /^[ \t]*(APT|Periodic)[ \t]*\{/im.test(text))) throw new UnparsableError('The settings of apt are written in blocks');
  return parseAptConfig(texts.join('\n'));
}

async function readApt(host: Host): Promise<AutoUpdate> {
  const by = 'unattended-upgrades';
  const settings = await readAptSettings(host);
  if (settings.has('apt::periodic::enable') && !isPeriodic(settings.get('apt::periodic::enable')))
    return { mode: 'off', by, off: ['APT::Periodic::Enable is 0'] };
  const upgrades = settings.get('apt::periodic::unattended-upgrade');
  if (!isPeriodic(upgrades)) return { mode: 'off', by, off: [`APT::Periodic::Unattended-Upgrade is ${upgrades || 'not set'}`] };
  const program = await attempt(host.stat('/usr/bin/unattended-upgrade'));
  if (program instanceof DoorError) {
    if (program.code !== 'ENOENT') throw program;
    return { mode: 'off', by, off: ['unattended-upgrades is not installed'] };
  }
  const stopped = await stoppedTimer(host, 'apt-daily-upgrade.timer');
  return stopped === undefined ? { mode: 'install', by } : { mode: 'off', by, off: [stopped] };
}

/** Defaults of the maker, then the files that override them: dnf5-automatic(8). */
const DNF_SETTINGS = ['/usr/share/dnf5/dnf5-plugins/automatic.conf', '/etc/dnf/dnf5-plugins/automatic.conf', '/etc/dnf/automatic.conf'];

async function appliesUpdates(host: Host): Promise<boolean> {
  let applies = false;
  for (const path of DNF_SETTINGS) {
    const text = await attempt(host.read(path));
    if (text instanceof DoorError && text.code !== 'ENOENT') throw text;
    if (!(text instanceof DoorError)) applies = parseApplyUpdates(text) ?? applies;
  }
  return applies;
}

async function readDnf(host: Host): Promise<AutoUpdate> {
  const by = 'dnf-automatic';
  // This timer installs whatever the settings say.
  if ((await stoppedTimer(host, 'dnf-automatic-install.timer')) === undefined) return { mode: 'install', by };
  const timers = ['dnf5-automatic.timer', 'dnf-automatic.timer'];
  const stopped = await Promise.all(timers.map((name) => stoppedTimer(host, name)));
  if (stopped.every((reason) => reason !== undefined)) return { mode: 'off', by, off: ['dnf-automatic is not enabled'] };
  return (await appliesUpdates(host)) ? { mode: 'install', by } : { mode: 'off', by, off: ['dnf-automatic downloads and does not install (apply_updates)'] };
}

async function readTimer(host: Host, name: string): Promise<AutoUpdate> {
  const stopped = await stoppedTimer(host, name);
  return stopped === undefined ? { mode: 'install', by: name } : { mode: 'off', by: name, off: [stopped] };
}

/** GNOME Software downloads updates, and asks to restart for them. Outside of a GNOME session the schema's default says nothing. */
async function readGnomeSoftware(host: Host): Promise<AutoUpdate | DoorError | undefined> {
  const setting = await attempt(host.gsettings('org.gnome.software', 'download-updates'));
  if (setting instanceof DoorError) return isAbsent(setting) || isUnrecorded(setting) ? undefined : setting;
  if (setting.value !== true) return undefined;
  return setting.source === 'user' || /gnome|unity/i.test(host.env.XDG_CURRENT_DESKTOP ?? '') ? { mode: 'ask', by: 'GNOME Software' } : undefined;
}

/** What the distribution brings; where that is off, GNOME Software may still do it. */
async function readDistribution(host: Host, release: OsRelease): Promise<AutoUpdate | Finding<never>> {
  const own = isLike(release, 'debian', 'ubuntu')
    ? readApt(host)
    : isLike(release, 'fedora', 'rhel', 'centos')
      ? readDnf(host)
      : isLike(release, 'suse', 'opensuse')
        ? readTimer(host, 'transactional-update.timer')
        : release.ID === 'nixos'
          ? readTimer(host, 'nixos-upgrade.timer')
          : undefined;
  const failure = (error: unknown): DoorError | UnparsableError => {
    if (error instanceof DoorError || error instanceof UnparsableError) return error;
    throw error;
  };
  const answer = await own?.catch(failure);
  if (answer !== undefined && 'mode' in answer && answer.mode === 'install') return answer;
  const desktop = await readGnomeSoftware(host);
  if (desktop !== undefined && !(desktop instanceof DoorError)) return desktop;
  if (answer === undefined) {
    return unknown('unsupported', `${release.PRETTY_NAME ?? release.ID} brings no automatic updates that are known here; a timer of your own is not seen.`);
  }
  if (!('mode' in answer)) throw answer;
  // That the distribution's own way is off says nothing of the desktop's.
  if (desktop instanceof DoorError) throw desktop;
  // openSUSE has other ways too, which are not read: that this one is off does not mean that nothing is on.
  if (isLike(release, 'suse', 'opensuse'))
    return unknown('unsupported', 'transactional-update is off; other ways of openSUSE to update by itself are not read.');
  return answer;
}

export async function readLinuxAutoUpdate(host: Host, release: OsRelease | DoorError): Promise<AutoUpdate | Finding<never>> {
  if ((await isImageBased(host)) || (!(release instanceof DoorError) && IMAGES.includes(release.ID ?? ''))) {
    return notApplicable('image-based', 'This system is replaced as an image, and not updated in parts.');
  }
  if (release instanceof DoorError) throw release;
  return readDistribution(host, release);
}

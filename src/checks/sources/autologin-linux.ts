/** Whether Linux logs somebody in without asking: display managers, greetd, and a console that starts a session by itself. */
import { attempt, DoorError, type Finding, type Host, known, orAbsent, UnparsableError, unknown } from '../../model/index.ts';
import { type Ini, mergeInis, parseIni } from './ini.ts';

export interface AutoLogin {
  readonly enabled: boolean;
  /** What logs in, or would: `gdm`, `sddm`, `console`, … */
  readonly by: string;
}

/** GLib's booleans, as gdm reads them. @throws UnparsableError */
function flagOf(values: ReadonlyMap<string, string> | undefined, key: string): boolean {
  const text = values?.get(key)?.toLowerCase() ?? 'false';
  if (!['true', 'false', '1', '0', ''].includes(text)) throw new UnparsableError(`${key} is neither true nor false`);
  return text === 'true' || text === '1';
}

/** gdm: `[daemon]`; both the switch and the name are needed, for the login at once and for the one after a while. @throws UnparsableError */
export function gdmLogsIn(ini: Ini): boolean {
  const daemon = ini.get('daemon');
  const timed = flagOf(daemon, 'TimedLoginEnable') && (daemon?.get('TimedLogin') ?? '') !== '';
  return timed || (flagOf(daemon, 'AutomaticLoginEnable') && (daemon?.get('AutomaticLogin') ?? '') !== '');
}

/** lightdm: any seat, or the defaults for all of them; guests are asked for nothing either. */
export const lightdmLogsIn = (ini: Ini): boolean =>
  [...ini].some(
    ([section, values]) =>
      /^(SeatDefaults|Seat:.+)$/.test(section) && ((values.get('autologin-user') ?? '') !== '' || /^true$/i.test(values.get('autologin-guest') ?? '')),
  );

/** sddm, and the Plasma login manager that comes from it. */
const namesUser = (ini: Ini): boolean => (ini.get('Autologin')?.get('User') ?? '') !== '';

/** greetd: a session that starts before anybody was greeted. TOML puts texts in quotes, which a text that is none has not. */
export const greetdLogsIn = (ini: Ini): boolean =>
  /^["'].+["']$/.test(
    ini
      .get('initial_session')
      ?.get('user')
      ?.replace(/\s+#.*$/, '') ?? '',
  );

interface Manager {
  readonly name: string;
  /** Files and folders of files in the order in which they are read: a later one goes over the earlier. */
  readonly sources: readonly (readonly [path: string, folder: 'file' | 'folder' | 'folder of .conf'])[];
  readonly logsIn: (ini: Ini) => boolean;
}

const MANAGERS: readonly Manager[] = [
  {
    name: 'gdm',
    sources: [
      ['/etc/gdm/custom.conf', 'file'],
      ['/etc/gdm3/daemon.conf', 'file'],
      ['/etc/gdm3/custom.conf', 'file'],
    ],
    logsIn: gdmLogsIn,
  },
  {
    name: 'sddm',
    sources: [
      ['/usr/lib/sddm/sddm.conf.d', 'folder'],
      ['/etc/sddm.conf.d', 'folder'],
      ['/etc/sddm.conf', 'file'],
    ],
    logsIn: namesUser,
  },
  {
    name: 'plasmalogin',
    sources: [
      ['/etc/plasmalogin.conf.d', 'folder'],
      ['/etc/plasmalogin.conf', 'file'],
    ],
    logsIn: namesUser,
  },
  {
    name: 'lightdm',
    sources: [
      ['/usr/share/lightdm/lightdm.conf.d', 'folder of .conf'],
      ['/etc/lightdm/lightdm.conf.d', 'folder of .conf'],
      ['/etc/lightdm/lightdm.conf', 'file'],
    ],
    logsIn: lightdmLogsIn,
  },
  { name: 'lxdm', sources: [['/etc/lxdm/lxdm.conf', 'file']], logsIn: (ini) => (ini.get('base')?.get('autologin') ?? '') !== '' },
  { name: 'greetd', sources: [['/etc/greetd/config.toml', 'file']], logsIn: greetdLogsIn },
];

async function readFolder(host: Host, folder: string, suffix: string): Promise<Ini[]> {
  const names = ((await orAbsent(host.list(folder))) ?? []).filter((name) => name.endsWith(suffix) && !name.startsWith('.')).sort();
  // What a link led to, or a folder in the folder, is no configuration.
  const texts = await Promise.all(names.map((name) => orAbsent(host.read(`${folder}/${name}`))));
  return texts.map((text) => parseIni(text ?? ''));
}

async function readManager(host: Host, { sources, logsIn }: Manager): Promise<boolean> {
  const inis = await Promise.all(
    sources.map(async ([path, kind]) =>
      kind === 'file' ? [parseIni((await orAbsent(host.read(path))) ?? '')] : readFolder(host, path, kind === 'folder' ? '' : '.conf'),
    ),
  );
  return logsIn(mergeInis(inis.flat()));
}

const CONSOLE = '/etc/systemd/system/getty@tty1.service.d';

/** Drop-ins of a unit, in their order: an empty `ExecStart=` takes back those above it. */
export function consoleLogsIn(texts: readonly string[]): boolean {
  let commands: string[] = [];
  for (const line of texts.flatMap((text) => text.replace(/\\\r?\n/g, ' ').split(/\r?\n/))) {
    const command = /^\s*ExecStart\s*=\s*(.*?)\s*$/.exec(line)?.[1];
    if (command !== undefined) commands = command === '' ? [] : [...commands, command];
  }
  return commands.some((command) => /agetty.*\s(--autologin|-a)[\s=]*\S/.test(command));
}

async function readConsole(host: Host): Promise<boolean> {
  const names = ((await orAbsent(host.list(CONSOLE))) ?? []).filter((name) => name.endsWith('.conf')).sort();
  const texts = await Promise.all(names.map((name) => orAbsent(host.read(`${CONSOLE}/${name}`))));
  return consoleLogsIn(texts.map((text) => text ?? ''));
}

/** Name of the login screen that this system starts; undefined where none is. @throws DoorError; UnparsableError for a link that names no unit */
async function nameOfManager(host: Host): Promise<string | undefined> {
  const target = await orAbsent(host.link('/etc/systemd/system/display-manager.service'));
  if (target === undefined || target === '/dev/null') return undefined;
  const name = /(?:^|\/)([A-Za-z0-9@_.-]+)\.service\n?$/.exec(target)?.[1];
  if (name === undefined) throw new UnparsableError('display-manager.service leads to no unit');
  return name === 'gdm3' ? 'gdm' : name;
}

export async function readLinuxAutoLogin(host: Host): Promise<Finding<AutoLogin>> {
  const [name, onConsole] = await Promise.all([attempt(nameOfManager(host)), attempt(readConsole(host))]);
  if (onConsole === true) return known({ enabled: true, by: 'console' }, CONSOLE);
  if (typeof name === 'string' && !MANAGERS.some((manager) => manager.name === name)) {
    return unknown('unsupported', `The login screen ${name.slice(0, 60)} has no settings that are read.`);
  }
  // Settings of a login screen that is not started do nothing. Where nothing tells which one is, all of them count.
  const candidates = typeof name === 'string' ? MANAGERS.filter((manager) => manager.name === name) : MANAGERS;
  const answers = await Promise.all(candidates.map((manager) => attempt(readManager(host, manager))));
  const logsIn = candidates.find((_, index) => answers[index] === true);
  if (logsIn !== undefined) return known({ enabled: true, by: logsIn.name }, `configuration of ${logsIn.name}`);
  for (const answer of [...answers, onConsole]) if (answer instanceof DoorError) throw answer;
  return known(
    { enabled: false, by: typeof name === 'string' ? name : 'none' },
    typeof name === 'string' ? `configuration of ${name}` : 'no login screen logs in',
  );
}

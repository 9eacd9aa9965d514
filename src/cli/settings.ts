/** Where each setting comes from: flag > environment > managed configuration > user configuration > default. DESIGN section 7. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { stateRoot } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';

/** A configuration file, `config.json`: the organisation's or the person's own. */
const Configuration = Type.Object(
  {
    server: Type.Optional(Type.String({ description: 'Address of the posture service: https://posture.example.com' })),
    state: Type.Optional(Type.String({ description: 'Folder that the agent keeps its key and chain in.' })),
    intervalMs: Type.Optional(Type.Integer({ minimum: 10_000, description: 'Report interval in milliseconds; the service may ask for another.' })),
  },
  { additionalProperties: false },
);
type Configuration = Static<typeof Configuration>;

export type SettingName = keyof Configuration;
export interface Setting<T> {
  readonly value: T;
  /** `flag`, `environment STANCE_…`, `managed configuration FILE`, `user configuration FILE`, `default`. */
  readonly from: string;
}

const home = homedir();
const environment = process.env;

/** Folder of user configuration and of state, by the habits of each system (XDG Base Directory on Linux). */
export const folders = {
  configuration:
    process.platform === 'darwin'
      ? path.join(home, 'Library/Application Support/Stance')
      : process.platform === 'win32'
        ? path.join(environment.APPDATA ?? path.join(home, 'AppData/Roaming'), 'Stance')
        : path.join(environment.XDG_CONFIG_HOME ?? path.join(home, '.config'), 'stance'),
  state: stateRoot(),
};
/** Configuration files, the one that is asked first first. The managed one is for all who use this machine; only its administrator can write there. */
export const configurationFiles = {
  /** Linux so far. */
  ...(process.platform === 'linux' ? { managed: '/etc/stance/config.json' } : {}),
  user: path.join(folders.configuration, 'config.json'),
};
type ConfigurationFiles = Readonly<Record<string, string>>;

/** Empty where there is no file. A managed one that cannot be read is an error: to go on would be to ignore the organisation. */
function readConfiguration(file: string): Configuration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR' || file === configurationFiles.user) return {};
    throw new StanceError('usage', `${file} cannot be read: ${code}. Mend its rights or remove it.`, { cause });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new StanceError('usage', `${file} is not JSON. Mend it or remove it.`, { cause });
  }
  const schema = Compile(Configuration);
  if (!schema.Check(document)) {
    const error = schema.Errors(document)[0];
    throw new StanceError('usage', `${file}: ${error?.instancePath ?? ''} ${error?.message ?? 'is not of the expected form'}. Mend it or remove it.`);
  }
  return document;
}

const VARIABLES = { server: 'STANCE_SERVER', state: 'STANCE_STATE', intervalMs: 'STANCE_INTERVAL_MS' } as const;
const DEFAULTS = { server: undefined, state: path.join(folders.state, 'agent'), intervalMs: 300_000 } as const;

/** Resolves one setting. @throws StanceError `usage` for a value that cannot be used. */
export function resolveSetting(name: 'server' | 'state', flag: string | undefined, files?: ConfigurationFiles): Setting<string | undefined>;
export function resolveSetting(name: 'intervalMs', flag: string | undefined, files?: ConfigurationFiles): Setting<number>;
export function resolveSetting(
  name: SettingName,
  flag: string | undefined,
  files: ConfigurationFiles = configurationFiles,
): Setting<string | number | undefined> {
  const take = (text: string, from: string): Setting<string | number> => {
    if (name !== 'intervalMs') return { value: text, from };
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 10_000)
      throw new StanceError('usage', `The interval from the ${from} is ${text}; it is a number of milliseconds, 10000 at the least.`);
    return { value, from };
  };
  if (flag !== undefined) return take(flag, 'flag');
  const variable = environment[VARIABLES[name]];
  if (variable !== undefined && variable !== '') return take(variable, `environment ${VARIABLES[name]}`);
  for (const [whose, file] of Object.entries(files)) {
    const configured = readConfiguration(file)[name];
    if (configured !== undefined) return take(String(configured), `${whose} configuration ${file}`);
  }
  return { value: DEFAULTS[name], from: 'default' };
}

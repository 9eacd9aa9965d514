/** Where each setting comes from: flag > environment > managed configuration > user configuration > default. DESIGN section 7. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Managed, personMay, StanceError } from '../model/index.ts';
import { stateRoot } from './folders.ts';
import { readManaged } from './managed.ts';

/** The person's own configuration file, `config.json`. */
const Configuration = Type.Object(
  {
    server: Type.Optional(Type.String({ description: 'Address of the posture service: https://posture.example.com' })),
    state: Type.Optional(Type.String({ description: 'Folder that the agent keeps its key and chain in.' })),
    intervalMs: Type.Optional(Type.Integer({ minimum: 10_000, description: 'Report interval in milliseconds; the service may ask for another.' })),
  },
  { additionalProperties: false },
);
type Configuration = Static<typeof Configuration>;

export interface Setting<T> {
  readonly value: T;
  /** `flag`, `environment STANCE_…`, `managed configuration SOURCE`, `user configuration FILE`, `default`. */
  readonly from: string;
}

export interface Settings {
  /** As it was when the settings were read. */
  readonly managed: Managed;
  /** The person's own file, be it there or not. */
  readonly userFile: string;
  /** Resolves one setting. @throws StanceError `usage` for a value that cannot be used. */
  resolve(name: 'state', flag: string | undefined): Setting<string>;
  resolve(name: 'server', flag: string | undefined): Setting<string | undefined>;
  resolve(name: 'intervalMs', flag: string | undefined): Setting<number>;
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

/** Empty where there is no file, or none that this user may read. */
function readConfiguration(file: string): Configuration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
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

/** The settings, given what is managed. */
export function settingsOf(managed: Managed, userFile: string = path.join(folders.configuration, 'config.json')): Settings {
  function resolve(name: keyof Configuration, flag: string | undefined): Setting<string | number | undefined> {
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
    const set = managed.values[name];
    if (set !== undefined) return take(String(set), `managed configuration ${managed.from[name]}`);
    const own = readConfiguration(userFile)[name];
    if (own !== undefined) return take(String(own), `user configuration ${userFile}`);
    return { value: DEFAULTS[name], from: 'default' };
  }
  return { managed, userFile, resolve: resolve as Settings['resolve'] };
}

/** The settings of this machine and this user, as they are now. */
export const readSettings = async (): Promise<Settings> => settingsOf(await readManaged());

/**
 * Flag and environment go before what is managed; whether a person may use them for that is another question.
 * @throws StanceError `managed` where a setting was chosen otherwise than the organisation says, which keeps people from it. `root` may.
 */
export function requireMayChange(
  { managed }: Settings,
  root: boolean,
  name: 'server' | 'intervalMs',
  { value, from }: Setting<string | number | undefined>,
): void {
  const may = personMay(managed);
  const set = managed.values[name];
  if (root || set === undefined || set === value || (name === 'server' ? may.changeServer : may.changeInterval)) return;
  throw new StanceError('managed', `The ${from} says ${value}, and ${managed.from[name]} sets ${set}. Leave it out, or ask your administrator.`);
}

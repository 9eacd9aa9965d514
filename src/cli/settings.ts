/** Where each setting comes from: flag > environment > user configuration > default. DESIGN section 7. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { stateRoot } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';

/** The user configuration file, `config.json`. */
const UserConfiguration = Type.Object(
  {
    server: Type.Optional(Type.String({ description: 'Address of the posture service: https://posture.example.com' })),
    state: Type.Optional(Type.String({ description: 'Folder that the agent keeps its key and chain in.' })),
    intervalMs: Type.Optional(Type.Integer({ minimum: 10_000, description: 'Report interval in milliseconds; the service may ask for another.' })),
  },
  { additionalProperties: false },
);
type UserConfiguration = Static<typeof UserConfiguration>;
const schema = Compile(UserConfiguration);

export type SettingName = keyof UserConfiguration;
export interface Setting<T> {
  readonly value: T;
  /** `flag`, `environment STANCE_…`, `user configuration FILE`, `default`. */
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
export const configurationFile = path.join(folders.configuration, 'config.json');

function readUserConfiguration(): UserConfiguration {
  let text: string;
  try {
    text = readFileSync(configurationFile, 'utf8');
  } catch {
    return {};
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new StanceError('usage', `${configurationFile} is not JSON. Mend it or remove it.`, { cause });
  }
  if (!schema.Check(document)) {
    const error = schema.Errors(document)[0];
    throw new StanceError(
      'usage',
      `${configurationFile}: ${error?.instancePath ?? ''} ${error?.message ?? 'is not of the expected form'}. Mend it or remove it.`,
    );
  }
  return document;
}

const VARIABLES = { server: 'STANCE_SERVER', state: 'STANCE_STATE', intervalMs: 'STANCE_INTERVAL_MS' } as const;
const DEFAULTS = { server: undefined, state: path.join(folders.state, 'agent'), intervalMs: 300_000 } as const;

/** Resolves one setting. @throws StanceError `usage` for a value that cannot be used. */
export function resolveSetting(name: 'server' | 'state', flag: string | undefined): Setting<string | undefined>;
export function resolveSetting(name: 'intervalMs', flag: string | undefined): Setting<number>;
export function resolveSetting(name: SettingName, flag: string | undefined): Setting<string | number | undefined> {
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
  const configured = readUserConfiguration()[name];
  if (configured !== undefined) return take(String(configured), `user configuration ${configurationFile}`);
  return { value: DEFAULTS[name], from: 'default' };
}

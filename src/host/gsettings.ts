/** GSettings by the `gsettings` program, and the part of GVariant's text form that settings use. */
import { DoorError, type JsonValue, type RunResult, type SettingValue, UnparsableError } from '../model/index.ts';

const SCALARS = /^(?:(?:byte|u?int(?:16|32|64)|double|handle|objectpath|signature)\s+)?(.+)$/s;

/** `true`, `uint32 300`, `'text'`, `['a', 'b']`, `@as []` → JSON. @throws UnparsableError */
export function parseVariant(text: string): JsonValue {
  const trimmed = text.trim();
  const bare = SCALARS.exec(trimmed.replace(/^@\S+\s+/, ''))?.[1] ?? '';
  if (bare === 'true' || bare === 'false') return bare === 'true';
  if (/^-?\d{1,19}$/.test(bare) && Number.isSafeInteger(Number(bare))) return Number(bare);
  if (/^-?\d{1,15}\.\d{1,20}$/.test(bare)) return Number(bare);
  const quoted = /^'((?:[^'\\]|\\.)*)'$|^"((?:[^"\\]|\\.)*)"$/s.exec(bare);
  if (quoted !== null) return (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/gs, '$1');
  if (bare.startsWith('[') && bare.endsWith(']')) {
    const items = bare.slice(1, -1).match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,\s[\](){}'"][^,[\](){}'"]*/gs) ?? [];
    const rebuilt = items.map((item) => item.trim()).join(', ');
    if (
      rebuilt ===
      bare
        .slice(1, -1)
        .trim()
        .replace(/\s*,\s*/g, ', ')
    )
      return items.map(parseVariant);
  }
  throw new UnparsableError(`not a setting: ${trimmed.slice(0, 60)}`);
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;

/** @throws DoorError ENOENT for an absent program, schema or key. */
export async function readSetting(run: (program: string, args: readonly string[]) => Promise<RunResult>, schema: string, key: string): Promise<SettingValue> {
  const door = `gsettings ${schema} ${key}`;
  if (!NAME.test(schema) || !NAME.test(key)) throw new DoorError('EINVAL', door);
  const { stdout, stderr, exit } = await run('gsettings', ['get', schema, key]);
  if (exit !== 0)
    throw new DoorError(/no such (schema|key)|not installed/i.test(stderr) ? 'ENOENT' : /permission|not permitted/i.test(stderr) ? 'EACCES' : 'EIO', door);
  try {
    return { value: parseVariant(stdout) };
  } catch (cause) {
    throw new DoorError('EOUTPUT', door, { cause });
  }
}

/** Starts programs: no shell, no PATH of the person's, time and output bounded, the whole process group killed. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { DoorError, type RunResult } from '../model/index.ts';

export const DEFAULT_RUN_TIMEOUT_MS = 2_000;
/** Bound on stdout and on stderr, each, in bytes. A full package simulation on a neglected machine is about 300 KiB. */
export const MAX_OUTPUT_BYTES = 2 * 1024 * 1024;

/** Where programs of the operating system live. The person's PATH is not asked: a folder in it may be writable. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  linux: ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/lib/update-notifier', '/run/current-system/sw/bin'],
  darwin: ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/libexec', '/usr/libexec/ApplicationFirewall'],
  win32: [
    path.win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32'),
    path.win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'WindowsPowerShell', 'v1.0'),
  ],
};

/** Absolute path of a program. @throws DoorError ENOENT, or EACCES where it is there and may not be started. */
function locate(program: string, door: string): string {
  if (path.basename(program) !== program) throw new DoorError('EINVAL', door);
  let denied = false;
  for (const folder of FOLDERS[process.platform] ?? []) {
    const candidate = path.join(folder, process.platform === 'win32' && !program.endsWith('.exe') ? `${program}.exe` : program);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch (error) {
      denied ||= (error as NodeJS.ErrnoException).code === 'EACCES';
    }
  }
  throw new DoorError(denied ? 'EACCES' : 'ENOENT', door);
}

/** What a program of the system needs of the environment, in one language. Session variables only where a bus is asked. */
function environmentOf(): NodeJS.ProcessEnv {
  const kept = [
    'HOME',
    'USER',
    'LOGNAME',
    'XDG_RUNTIME_DIR',
    'XDG_CONFIG_HOME',
    'XDG_CURRENT_DESKTOP',
    'DBUS_SESSION_BUS_ADDRESS',
    'SystemRoot',
    'SystemDrive',
    'TEMP',
    'USERPROFILE',
  ];
  const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', LANG: 'C', PATH: (FOLDERS[process.platform] ?? []).join(path.delimiter) };
  for (const name of kept) if (process.env[name] !== undefined) environment[name] = process.env[name];
  return environment;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(chunks: readonly Buffer[], door: string): string {
  const bytes = Buffer.concat(chunks);
  // Text has no NUL; a program that prints some is not answering us.
  if (bytes.includes(0)) throw new DoorError('EOUTPUT', door);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new DoorError('EOUTPUT', door, { cause });
  }
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    // The group, so that what the program started does not live on.
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/**
 * Runs a program to its end.
 * @throws DoorError ENOENT, EACCES, ETIMEDOUT, EOUTPUT (over 2 MiB, or not UTF-8 text), ESIGNAL (ended by a signal).
 */
export function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs = DEFAULT_RUN_TIMEOUT_MS,
  /** Given the standard output as it comes, for what must not be lost when the time is up. Its text need not be UTF-8 then. */
  onOutput?: (chunk: Uint8Array) => void,
): Promise<RunResult> {
  const door = `run ${[program, ...args].join(' ')}`.slice(0, 200);
  return new Promise((resolve, reject) => {
    const child = spawn(locate(program, door), args, {
      cwd: '/',
      env: environmentOf(),
      shell: false,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      kill(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      finish();
    };
    const refuse = (code: string, cause?: unknown): void => settle(() => reject(new DoorError(code, door, { cause })));
    const timer = setTimeout(() => refuse('ETIMEDOUT'), timeoutMs);
    for (const name of ['stdout', 'stderr'] as const) {
      let size = 0;
      child[name].on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_OUTPUT_BYTES) refuse('EOUTPUT');
        else if (name === 'stdout' && onOutput !== undefined) onOutput(chunk);
        else output[name].push(chunk);
      });
    }
    child.on('error', (error: NodeJS.ErrnoException) => refuse(error.code ?? 'EIO', error));
    child.on('close', (exit, signal) => {
      if (exit === null) return refuse('ESIGNAL', signal);
      try {
        const result = { stdout: decode(output.stdout, door), stderr: decode(output.stderr, door), exit };
        settle(() => resolve(result));
      } catch (error) {
        settle(() => reject(error));
      }
    });
  });
}

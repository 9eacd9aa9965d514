/** What tells a process from a later one that was given the same id. */
import { readFileSync } from 'node:fs';

/** When it began, in ticks since the system started (proc_pid_stat(5), field 22). Undefined where there is no such process, or no /proc. */
export function processStart(pid: number): string | undefined {
  try {
    // Field 2 is the name, in brackets, and may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}

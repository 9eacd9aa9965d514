/**
 * The kernel's packet filter on Linux. It tells of changes over netlink, which Node does not speak: `nft monitor` does, and sleeps
 * in between. Only root may listen; for others what loads the rules is watched (files and units).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Touched, Watching } from './source.ts';

const PROGRAMS = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'];
const AGAIN_MS = { first: 5_000, most: 10 * 60_000 } as const;

function findProgram(): string | undefined {
  return PROGRAMS.find((program) => {
    try {
      accessSync(program, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Undefined where it cannot be listened to: not root, or no nftables. */
export function watchPacketFilter(touched: Touched, program: string | undefined = process.getuid?.() === 0 ? findProgram() : undefined): Watching | undefined {
  if (program === undefined) return undefined;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitMs: number = AGAIN_MS.first;
  let stopped = false;
  function start(): void {
    child = spawn(program as string, ['monitor'], { stdio: ['ignore', 'pipe', 'ignore'], env: { LC_ALL: 'C' }, cwd: '/' });
    child.unref();
    (child.stdout as unknown as { unref?: () => void } | null)?.unref?.();
    child.stdout?.on('data', () => {
      waitMs = AGAIN_MS.first;
      touched();
    });
    child.on('error', () => {});
    child.on('close', () => {
      if (stopped) return;
      timer = setTimeout(start, waitMs);
      timer.unref();
      waitMs = Math.min(waitMs * 2, AGAIN_MS.most);
    });
  }
  start();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      child?.kill('SIGKILL');
    },
  };
}

/** The agent's state folder copied, and restored: the real programs, as an administrator and a person see them. */
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Finished, stance, temporaryFolder } from '../cli/stance.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';

let home: string;
let service: ServiceProcess;
let id: string;
const folder = (name: string): string => path.join(home, name);
/** One report of the agent whose state is there; what `--json` says, or the code of what went wrong. */
async function report(name: string): Promise<{ seq?: number; state?: string; code?: string }> {
  const { code, stdout } = await stance(['agent', '--once', '--json', '--state', folder(name)], home);
  const { seq, state, error } = JSON.parse(stdout);
  return code === 0 ? { seq, state } : { code: error.code };
}
/** What `device show` says, its lines put together again. */
async function show(): Promise<string> {
  const { stdout, code }: Finished = await service.administer('device', 'show', id);
  expect(code).toBe(0);
  return stdout.replace(/\s+/g, ' ');
}
const state = async (): Promise<string> => (await service.call<{ state: string }>('GET', `/v1/devices/${id}`)).body.state;

beforeEach(async () => {
  home = temporaryFolder();
  service = await createServiceProcess(home);
  await service.start();
  const { token } = JSON.parse((await service.administer('token', 'enrollment', '--approve', '--json')).stdout);
  const enrolled = await stance(['enroll', '--server', service.url, '--enrollment-token', token, '--state', folder('agent'), '--json'], home);
  id = JSON.parse(enrolled.stdout).device;
  expect(await report('agent')).toEqual({ seq: 1, state: 'active' });
}, 120_000);
afterEach(async () => {
  await service.kill();
  rmSync(home, { recursive: true, force: true });
});

test('copied, and both run: suspect, then quarantined, and both branches are shown', async () => {
  expect(await show()).not.toContain('Branches');
  cpSync(folder('agent'), folder('copy'), { recursive: true });
  expect(await report('agent')).toEqual({ seq: 2, state: 'active' });
  // It is refused, told where to go on, and has gone on there in the same report.
  expect(await report('copy')).toEqual({ seq: 1, state: 'suspect' });
  const suspect = await show();
  expect(suspect).toContain('state suspect: It reported evidence that does not extend its chain');
  expect(suspect).toMatch(/A evidence 1 to 2 accepted in epoch \S+ B evidence 1 accepted in epoch \S+, which is open/);
  expect(suspect).toMatch(/A evidence 2 \d+ seconds? ago refused \(fork\): another one stands at this place.* Its sender was told to go on in B\./);
  // The second report of either finds it; from then on neither is believed.
  expect(await report('agent')).toEqual({ code: 'device-quarantined' });
  expect(await report('copy')).toEqual({ code: 'device-quarantined' });
  const shown = await show();
  expect(shown).toContain('state quarantined: Two devices go on reporting with one key. what to do Find out where');
  expect(shown).toMatch(/A evidence 1 to 2 accepted .* B evidence 1 accepted/);
  expect(shown).toMatch(
    /A evidence 2 .* refused \(fork\).* A evidence 3 .* refused \(second-holder\): somebody goes on where this epoch ended.* Quarantined\./,
  );
  expect((await service.administer('device', 'list')).stdout).toContain('quarantined');

  // The way out that it names: a new key on the machine that is meant.
  expect(await stance(['unenroll', '--state', folder('agent')], home)).toMatchObject({ code: 0 });
  const { token } = JSON.parse((await service.administer('token', 'enrollment', '--approve', '--json')).stdout);
  const again = await stance(['enroll', '--server', service.url, '--enrollment-token', token, '--state', folder('agent'), '--json'], home);
  const { device } = JSON.parse(again.stdout);
  expect(await report('agent')).toEqual({ code: 'device-pending' });
  expect(await service.administer('device', 'approve', device, '--reason', 'seen it')).toMatchObject({ code: 0 });
  // What it observed while it waited comes first.
  expect(await report('agent')).toEqual({ seq: 2, state: 'active' });
  expect(await report('copy')).toEqual({ code: 'device-quarantined' });
}, 120_000);

test('restored from an older copy, once: suspect once, and well again', async () => {
  cpSync(folder('agent'), folder('backup'), { recursive: true });
  for (const seq of [2, 3]) expect(await report('agent')).toEqual({ seq, state: 'active' });
  rmSync(folder('agent'), { recursive: true });
  cpSync(folder('backup'), folder('agent'), { recursive: true });
  expect(await report('agent')).toEqual({ seq: 1, state: 'suspect' });
  expect(await state()).toBe('suspect');
  for (const seq of [2, 3]) expect(await report('agent')).toEqual({ seq, state: 'active' });
  const shown = await show();
  expect(shown).toContain('state active assurance');
  expect(shown).toMatch(/A evidence 1 to 3 accepted in epoch \S+ B evidence 1 to 3 accepted in epoch \S+, which is open A evidence 2 .*fork/);
}, 120_000);

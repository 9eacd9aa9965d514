/** What `kill -9` cannot show, because the kernel keeps what a dead process wrote: that the disk has been asked to keep evidence before it is acknowledged. Seen in the service's system calls. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { root, temporaryFolder } from '../cli/stance.ts';
import { describeWith } from '../component.ts';
import { findComponent } from '../find-component.ts';
import { ADMIN } from './service-process.ts';
import { createSimulatedAgent } from './simulated-agent.ts';

const AGENTS = 6;
const REPORTS = 5;

describeWith('strace', 'every acknowledged evidence', () => {
  test('was flushed to the disk before the answer was written', async () => {
    const home = temporaryFolder();
    const trace = path.join(home, 'trace');
    const watch = ['-f', '-y', '-s', '1000', '-o', trace, '-e', 'trace=pwrite64,write,writev,fdatasync,fsync'];
    const serve = [
      path.join(root, 'src/cli/main.ts'),
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--store',
      `sqlite:${path.join(home, 'service.db')}`,
      '--state',
      home,
    ];
    const service = spawn(findComponent('strace') ?? '', [...watch, process.execPath, '--disable-warning=ExperimentalWarning', ...serve], {
      env: { ...process.env, STANCE_ADMIN_TOKEN: ADMIN },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = new Promise((resolve) => service.once('exit', resolve));
    try {
      const url = await new Promise<string>((resolve, reject) => {
        service.stdout.on('data', (chunk) => resolve(/http:\S+/.exec(String(chunk))?.[0] ?? ''));
        service.once('exit', () => reject(new Error('The service ended.')));
      });
      const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
      const issued = await fetch(`${url}/v1/enrollment-tokens`, { method: 'POST', headers, body: JSON.stringify({ uses: AGENTS, approves: true }) });
      const { token } = (await issued.json()) as { token: string };
      const agents = Array.from({ length: AGENTS }, () => createSimulatedAgent(url, token));
      for (let turn = 0; turn <= REPORTS; turn++) await Promise.all(agents.map((agent) => agent.step()));
    } finally {
      // strace itself takes no signals, and ends with what it watches: each line begins with the id of the process.
      process.kill(Number.parseInt(readFileSync(trace, 'utf8'), 10), 'SIGTERM');
      await ended;
    }

    let flushed = true;
    const acknowledged: boolean[] = [];
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (/ p?write(64|v)?\(\d+<[^>]*service\.db(-wal)?>/.test(line)) flushed = false;
      else if (/ f(data)?sync\(\d+<[^>]*service\.db(-wal)?>\) += 0/.test(line)) flushed = true;
      else if (/ writev?\(/.test(line) && line.includes('\\"result\\":\\"accepted\\"')) acknowledged.push(flushed);
    }
    rmSync(home, { recursive: true, force: true });
    expect(acknowledged).toEqual(Array.from({ length: AGENTS * REPORTS }, () => true));
  }, 120_000);
});

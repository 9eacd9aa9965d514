/** The tray beside a system agent: it shows what that one shows, reads for its session, and says when it is away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createSystemAgent } from '../../src/agent/index.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { describeWith } from '../component.ts';
import { launchTray } from '../electron/launch.ts';
import { createTestService } from '../service/service.ts';
import { readMachine } from './machine.ts';

describeWith('chromium', 'The tray beside a system agent', () => {
  test('is its window, has it look again, and tells when it goes', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'stance-tray-system-'));
    const socket = path.join(folder, 'run', 'agent.sock');
    const service = await createTestService({ now: Date.now });
    const host = createRecordedHost(parseRecording(JSON.stringify({ ...(await readMachine()), now: new Date().toISOString() })));
    const agent = await createSystemAgent({ stateDir: path.join(folder, 'system'), host, recorded: true, version: '1', socket, checkPauseMs: 0 });
    await agent.enroll({ server: service.url, token: await service.enrollmentToken() });
    agent.start();
    const app = await launchTray({ env: { STANCE_STATE: path.join(folder, 'state'), STANCE_SOCKET: socket } });
    try {
      const page = await app.page();
      const footer = page.getByRole('contentinfo');
      await footer.getByText('by the system agent').waitFor();
      // The disk of the recorded laptop, and not of the machine that the test runs on.
      await page.getByText('Disk is encrypted').first().waitFor();
      const before = agent.state().report.lastReportedAt;
      await page.getByRole('button', { name: 'Check again' }).click();
      for (let tries = 0; agent.state().report.lastReportedAt === before && tries < 200; tries++) await page.waitForTimeout(50);
      expect(agent.state().report.lastReportedAt).not.toBe(before);
      await agent.stop();
      await footer.getByText('Waiting for the system agent').waitFor();
    } finally {
      await app.stop();
      await agent.stop().catch(() => undefined);
      await service.close();
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});

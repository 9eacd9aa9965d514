/** The tray as a person meets it: the app's real main process, preload and page, with a recorded machine behind them. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeWith } from '../component.ts';
import { type LaunchedTray, launchTray } from '../electron/launch.ts';
import { FIREWALL_OFF, SCREEN_LOCK_OFF, writeMachine } from './machine.ts';

const artifacts = path.resolve(import.meta.dirname, '../artifacts');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describeWith('chromium', 'The tray', () => {
  let folder: string;
  let replay: string;
  let app: LaunchedTray;

  beforeAll(async () => {
    await mkdir(artifacts, { recursive: true });
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stance-tray-'));
    replay = path.join(folder, 'machine.json');
    await writeMachine(replay);
    app = await launchTray({ replay, env: { STANCE_STATE: path.join(folder, 'state') } });
  });
  afterEach(async () => {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const headline = (page: Page, text: RegExp) => page.getByRole('heading', { level: 1, name: text }).waitFor();
  const group = (page: Page, name: RegExp) => page.getByRole('region', { name });

  test('shows the verdicts of the machine in its window, its tooltip and its icon', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    expect(await group(page, /In good order/).textContent()).toContain('Firewall is on');
    expect(await group(page, /Needs attention/).count()).toBe(0);
    await seen(async () => {
      const { tooltip, image } = await app.tray.view();
      expect(tooltip).toBe('Stance: Your device is in good order');
      expect(image).toBe('ok.png');
    });
  });

  test('“Check again” in the window finds that the firewall went off', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    await writeMachine(replay, FIREWALL_OFF);
    await page.getByRole('button', { name: 'Check again' }).click();
    await headline(page, /1 thing needs attention/);
    const attention = await group(page, /Needs attention/).textContent();
    expect(attention).toContain('Should be: Firewall is on');
    const { tooltip, image, menu } = await app.tray.view();
    expect(tooltip).toBe('Stance: 1 thing needs attention');
    expect(image).toBe('attention.png');
    expect(menu[0]).toEqual({ label: '1 thing needs attention', enabled: false });

    await writeMachine(replay);
    await page.getByRole('button', { name: 'Check again' }).click();
    await headline(page, /in good order/);
  });

  test('“Check again” in the tray’s menu tells the window too', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    await writeMachine(replay, FIREWALL_OFF);
    await app.tray.click('Check again');
    await headline(page, /1 thing needs attention/);
  });

  test('looks again when the computer wakes', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    await writeMachine(replay, FIREWALL_OFF);
    await app.wake();
    await headline(page, /1 thing needs attention/);
  });

  test('stays when its window is closed, and opens it again', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    await app.closeWindow();
    expect(await app.windows()).toEqual([expect.objectContaining({ visible: false })]);
    await app.tray.click('Open');
    expect(await app.windows()).toEqual([expect.objectContaining({ visible: true })]);
    await page.keyboard.press('Escape');
    await seen(async () => expect(await app.windows()).toEqual([expect.objectContaining({ visible: false })]));
    await app.launchedAgain();
    expect(await app.windows()).toEqual([expect.objectContaining({ visible: true })]);
    expect(await app.quit()).toBe(0);
  });

  test('its page reaches neither Node nor the network, runs no text as code and stays where it is', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    const address = page.url();
    const reached = await page.evaluate(async () => {
      const outcome = async (attempt: () => unknown): Promise<string> => {
        try {
          await attempt();
          return 'allowed';
        } catch (error) {
          return (error as Error).name;
        }
      };
      const world = window as unknown as Record<string, unknown>;
      return {
        globals: ['require', 'process', 'module', 'ipcRenderer', 'electron', '__standInSend'].filter((name) => name in world),
        api: Object.keys(window.stance),
        frozen: Object.isFrozen(window.stance),
        network: await outcome(() => fetch('https://example.com/')),
        itself: await outcome(() => fetch('main.js')),
        // From a timer: what the debugger itself calls may evaluate text whatever the page's policy says.
        evaluated: await new Promise((resolve) => {
          // biome-ignore lint/security/noGlobalEval: that it throws is what is tested
          setTimeout(() => resolve(outcome(() => eval('1'))));
        }),
        markup: await outcome(() => {
          document.createElement('div').innerHTML = '<b>x</b>';
        }),
      };
    });
    expect(reached).toEqual({
      globals: [],
      api: ['state', 'checkAgain', 'openSettings', 'on'],
      frozen: true,
      network: 'TypeError',
      itself: 'TypeError',
      evaluated: 'EvalError',
      markup: 'TypeError',
    });

    await page.evaluate(() => {
      const script = document.createElement('img');
      script.src = 'https://example.com/pixel.png';
      document.body.append(script);
      window.open('https://example.com/');
    });
    await page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    // Both are told to the main process, however busy the machine is.
    await seen(async () => {
      const calls = await app.standIn?.calls();
      expect(calls).toContainEqual({ what: 'window.open', args: ['https://example.com/', 'deny'] });
      expect(calls).toContainEqual({ what: 'navigation', args: ['https://example.com/', 'prevented'] });
    });
    await sleep(200);
    expect(page.url()).toBe(address);
    expect(await app.windows()).toHaveLength(1);
    expect((await app.standIn?.calls())?.filter(({ what }) => what === 'network')).toEqual([]);
    expect(await app.standIn?.lets('https://example.com/')).not.toBe(true);
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read']) expect(await app.standIn?.grants(permission)).not.toBe(true);
  });

  test('serves nothing from outside of its own folder', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    const statuses = await page.evaluate(async () => {
      const load = (address: string) =>
        new Promise<string>((resolve) => {
          const image = new Image();
          image.onload = () => resolve('loaded');
          image.onerror = () => resolve('refused');
          image.src = address;
        });
      return Promise.all(
        ['../../main/icons/ok.png', '%2e%2e/%2e%2e/main/icons/ok.png', '..%5c..%5cmain%5cicons%5cok.png', '..%2f..%2fmain%2ficons%2fok.png'].map(load),
      );
    });
    expect(statuses).toEqual(['refused', 'refused', 'refused', 'refused']);
  });

  test('refuses calls with wrong arguments, and calls from any other page', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    const refusals = await page.evaluate(async () => {
      const say = (error: Error) => error.message;
      const openSettings = window.stance.openSettings as (...args: unknown[]) => Promise<unknown>;
      return [await openSettings(42).catch(say), await openSettings('x'.repeat(65)).catch(say), await openSettings().catch(say)];
    });
    for (const refusal of refusals) expect(refusal).toBe('Not the arguments that openSettings takes.');
    for (const url of ['https://example.com/', 'app://stance.example/', 'app://other/index.html', 'file:///index.html', 'about:blank']) {
      expect(await app.standIn?.invokeFrom(url, 'stance:state')).not.toEqual({ value: expect.objectContaining({ ok: true }) });
    }
    expect(await app.standIn?.invokeFrom('app://stance/index.html', 'stance:state')).toMatchObject({ value: { ok: true } });
  });

  test('opens no settings for a check that names none', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    expect(await page.evaluate(() => window.stance.openSettings('firewall.enabled'))).toBe(false);
    expect((await app.standIn?.calls())?.filter(({ what }) => what === 'openExternal')).toEqual([]);
  });

  test('says what the organisation manages, what it keeps for itself, and which of its files do not count; never the token', async () => {
    await app.stop();
    const managed = path.join(folder, 'managed.json');
    await writeFile(
      managed,
      '{\n"server": "https://posture.example.com",\n"intervalMs": 60000,\n"userMayQuit": false,\n"sever": "x", "enrollmentToken": "stance_enroll_secret"}',
    );
    app = await launchTray({ replay, env: { STANCE_STATE: path.join(folder, 'managed'), STANCE_REPLAY_MANAGED: managed } });
    const page = await app.page();
    await headline(page, /in good order/);
    const section = group(page, /Managed by your organisation/);
    expect(await section.textContent()).toContain(`${managed} has an error: line 5, column 1: there is no "sever"; did you mean "server"?`);
    await section.getByText('What it sets').click();
    const text = await section.textContent();
    expect(text).toContain(
      'Only your administrator may choose another posture service, change how often this device reports, take this device out and quit Stance.',
    );
    expect(text).toContain(`Posture servicehttps://posture.example.comserver from ${managed}`);
    expect(text).toContain('Enrollment token(hidden)');
    expect(await page.content()).not.toContain('stance_enroll_secret');
    const { menu } = await app.tray.view();
    expect(menu).toContainEqual({ label: 'Managed by your organisation', enabled: false });
    expect(menu).toContainEqual({ label: 'Quit', enabled: false });
    expect(await violations(page)).toEqual([]);
    await section.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await page.screenshot({ path: path.join(artifacts, 'tray-managed.png') });
  });

  test('says nothing of an organisation where nothing is managed', async () => {
    const page = await app.page();
    await headline(page, /in good order/);
    expect(await group(page, /Managed/).count()).toBe(0);
    const { menu } = await app.tray.view();
    expect(menu).toContainEqual({ label: 'Quit', enabled: true });
    expect(menu.map(({ label }) => label)).not.toContain('Managed by your organisation');
  });

  test.each(['light', 'dark'] as const)('can be read by everybody in the %s theme', async (colorScheme) => {
    const page = await app.page();
    await headline(page, /in good order/);
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(artifacts, `tray-ok-${colorScheme}.png`) });
    expect(await violations(page)).toEqual([]);

    await writeMachine(replay, [...FIREWALL_OFF, ...SCREEN_LOCK_OFF]);
    await page.getByRole('button', { name: 'Check again' }).click();
    await headline(page, /2 things need attention/);
    await page.mouse.move(0, 0);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await sleep(200);
    await page.screenshot({ path: path.join(artifacts, `tray-attention-${colorScheme}.png`) });
    await page.getByText('What Stance reads').click();
    expect(await violations(page)).toEqual([]);
    await page.getByText('What Stance reads').evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await page.screenshot({ path: path.join(artifacts, `tray-reads-${colorScheme}.png`) });
  });

  test('can be used from the keyboard', async () => {
    await writeMachine(replay, FIREWALL_OFF);
    const page = await app.page();
    await page.getByRole('button', { name: 'Check again' }).focus();
    await page.keyboard.press('Enter');
    await headline(page, /1 thing needs attention/);
    // The button keeps the focus while it works and after.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Check/);
    const first = group(page, /Needs attention/).locator('summary');
    await first.focus();
    expect(await page.locator('.attention details').getAttribute('open')).not.toBeNull();
    await page.keyboard.press('Enter');
    expect(await page.locator('.attention details').getAttribute('open')).toBeNull();
  });
});

/** What axe-core has against the page, in short. */
async function violations(page: Page): Promise<readonly string[]> {
  const source = await readFile(AXE, 'utf8');
  const session = await page.context().newCDPSession(page);
  // The page's own policy forbids text as code; the debugger stands above it.
  await session.send('Runtime.evaluate', { expression: source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return result.value as readonly string[];
}

/** Waits until what a person would see has come about. */
async function seen(look: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await look();
    } catch {
      await sleep(40);
    }
  }
  await look();
}

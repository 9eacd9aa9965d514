/** The SDK as those get it who install it: packed, in an empty project, on the Node versions that it promises, and in a browser. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import { makeSdk } from '../../build/sdk.mjs';
import { root, temporaryFolder } from '../cli/stance.ts';
import { describeWith } from '../component.ts';
import { findComponent } from '../find-component.ts';
import { AUDIENCE, createKey, type Key, resultClaims, sign } from './issuer.ts';

const project = temporaryFolder();
const run = promisify(execFile);
let key: Key;
let sdk: Awaited<ReturnType<typeof makeSdk>>;
/** From now, for a clock that nobody moves. */
const live = (issuer: string): Record<string, unknown> => {
  const at = Math.floor(Date.now() / 1000);
  return resultClaims({ iss: issuer, iat: at, exp: at + 300 });
};

beforeAll(async () => {
  key = await createKey('k1');
  sdk = await makeSdk({ root, outdir: path.join(temporaryFolder(), 'verify') });
  writeFileSync(path.join(project, 'package.json'), '{"name":"empty","version":"1.0.0","private":true,"type":"module"}');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project, sdk.folder], { cwd: project });
  const [{ filename }] = JSON.parse(stdout);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', path.join(project, filename)], { cwd: project });
}, 120_000);

test('the package has its own manifest, brings nothing else, and its code asks for nothing of Node', () => {
  const installed = path.join(project, 'node_modules/@stance/verify');
  const manifest = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  expect([manifest.name, manifest.dependencies, manifest.engines]).toEqual(['@stance/verify', undefined, { node: '>=20' }]);
  expect(readdirSync(path.join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@stance']);
  for (const file of ['index.js', 'browser.js'])
    expect(readFileSync(path.join(installed, file), 'utf8')).not.toMatch(/node:|require\(|new Function|\bimport\s*[{"'(]/);
});

test('the bundle for browsers is as small as the documentation says', () => {
  const [, size, zipped] = /at most (\d+) KiB, (\d+) KiB gzipped/.exec(readFileSync(path.join(root, 'docs/verify.md'), 'utf8')) ?? [];
  const code = readFileSync(sdk.browser);
  expect(code.length).toBeLessThanOrEqual(Number(size) * 1024);
  expect(gzipSync(code).length).toBeLessThanOrEqual(Number(zipped) * 1024);
});

test('the repository exports the same under ./verify', () => {
  const { exports: exported } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const own = JSON.parse(readFileSync(path.join(sdk.folder, 'package.json'), 'utf8')).exports['.'];
  expect(exported['./verify']).toEqual(
    Object.fromEntries(Object.entries(own as Record<string, string>).map(([name, file]) => [name, `./dist/verify/${file.slice(2)}`])),
  );
});

test('the types stand by themselves', () => {
  const file = path.join(project, 'use.ts');
  writeFileSync(
    file,
    `import { createClient, createVerifier, protect, StanceError, type Answer } from '@stance/verify';
     const verifier = createVerifier({ issuer: 'https://a.example', audience: null });
     export const status: 'none' | 'affirming' | 'warning' | 'contraindicated' = (await verifier.verifyResult('x')).status;
     export const answer: Answer = await createClient({ server: 'https://a.example', token: 't' }).decide({ subject: { type: 'u', id: 'a' }, action: { name: 'r' }, resource: { type: 'a', id: 'b' } });
     export const { express, fastify, fetch: guard } = protect({ verifier });
     export const code: string = new StanceError('usage', 'x').code;
     // @ts-expect-error an audience is needed
     createVerifier({ issuer: 'https://a.example' });`,
  );
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--ignoreConfig', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom', '--types', ''];
  expect(execFileSync(process.execPath, [tsc, ...options, file], { cwd: project, encoding: 'utf8' })).toBe('');
});

/** A guarded server in ten lines, as somebody would write it. */
const SERVER = `import { createServer } from 'node:http';
import { createVerifier, protect } from '@stance/verify';
const issuer = process.argv[2];
const guard = protect({ verifier: createVerifier({ issuer, audience: '${AUDIENCE}' }) });
const server = createServer((req, res) => guard.express(req, res, () => res.end('hello ' + req.stance.result.stance.device)));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

async function answersOf(node: string): Promise<unknown> {
  const keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
  writeFileSync(path.join(project, 'server.js'), SERVER);
  const child = execFile(node, [path.join(project, 'server.js'), issuer], { cwd: project });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (text) => resolve(String(text).trim()));
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    const ask = async (compact?: string): Promise<[number, string]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, compact === undefined ? {} : { headers: { 'attestation-result': compact } });
      const text = await answer.text();
      return [answer.status, answer.ok ? text : JSON.parse(text).code];
    };
    const claims = live(issuer);
    const forger = { ...(await createKey('k1')), kid: 'k1' };
    return {
      genuine: await ask(await sign(claims, key)),
      none: await ask(),
      forged: await ask(await sign(claims, forger)),
      expired: await ask(await sign({ ...claims, exp: claims.iat }, key)),
      foreign: await ask(await sign({ ...claims, iss: 'http://127.0.0.1:1' }, key)),
      audience: await ask(await sign({ ...claims, aud: 'https://other.example' }, key)),
    };
  } finally {
    child.kill();
    keys.close();
    keys.closeAllConnections();
  }
}

const EXPECTED = {
  genuine: [200, 'hello d-1'],
  none: [401, 'result-missing'],
  forged: [401, 'signature-invalid'],
  expired: [401, 'result-expired'],
  foreign: [401, 'issuer-mismatch'],
  audience: [401, 'audience-mismatch'],
};

test('a server in ten lines on Node 24 lets in the genuine and refuses the forged, expired and foreign', async () => {
  expect(await answersOf(process.execPath)).toEqual(EXPECTED);
});

const node20 = [process.env.NODE20 ?? '', ...(process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'node'))].find((file) => {
  try {
    return file !== '' && execFileSync(file, ['--version'], { encoding: 'utf8' }).startsWith('v20.');
  } catch {
    return false;
  }
});
const name = 'and on Node 20';
if (node20 !== undefined || process.env.STANCE_TEST_ALL === '1')
  test(name, async () => {
    expect(await answersOf(node20 ?? 'no Node 20 on the PATH, and NODE20 names none')).toEqual(EXPECTED);
  });
else test.skip(`${name} (needs Node 20 on the PATH, or named by NODE20)`, () => undefined);

describeWith('chromium', 'in a browser', () => {
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findComponent('chromium') ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(() => browser.close());

  test('the bundle verifies a result under a content security policy without eval, and refuses a forged one', async () => {
    const origin = 'https://app.example';
    const page = await browser.newPage();
    const policy = { 'content-security-policy': "default-src 'self'" };
    await page.route('**/*', (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', headers: policy, body: '<!doctype html><title>app</title>' });
      if (pathname === '/browser.js') return route.fulfill({ contentType: 'text/javascript', path: sdk.browser });
      if (pathname === '/.well-known/jwks.json') return route.fulfill({ json: { keys: [key.jwk] } });
      return route.abort();
    });
    await page.goto(`${origin}/`);
    const tokens = [await sign(live(origin), key), await sign(live(origin), { ...(await createKey('k1')), kid: 'k1' })];
    const outcomes = await page.evaluate(
      async ({ tokens, audience }) => {
        const { createVerifier } = await import(`${location.origin}/browser.js`);
        const verifier = createVerifier({ issuer: location.origin, audience });
        const outcomeOf = (compact: string) =>
          verifier.verifyResult(compact).then(
            (result: { stance: { device: string } }) => result.stance.device,
            (error: { code: string }) => error.code,
          );
        return Promise.all(tokens.map(outcomeOf));
      },
      { tokens, audience: AUDIENCE },
    );
    expect(outcomes).toEqual(['d-1', 'signature-invalid']);
    await page.close();
  });
});

describe('the example of the documentation', () => {
  test('is a program that guards a Fastify server', async () => {
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(path.join(root, 'docs/verify.md'), 'utf8')) ?? [];
    const folder = path.join(project, 'example');
    mkdirSync(folder);
    const text = code.replace("'fastify'", JSON.stringify(path.join(root, 'node_modules/fastify/fastify.js')));
    const after = "\nconst { statusCode, body } = await app.inject('/');\nconsole.log(statusCode, JSON.parse(body).code);\n";
    writeFileSync(path.join(folder, 'main.js'), text + after);
    const { stdout } = await run(process.execPath, [path.join(folder, 'main.js')], { cwd: folder, env: { ...process.env, STANCE_TOKEN: 't' } });
    expect(stdout.trim()).toBe('401 result-missing');
  });
});

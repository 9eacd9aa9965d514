/** Pages made out of the catalogue: committed as they are made, and complete. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { CATALOGUE } from '../../src/checks/index.ts';
import { makePages } from '../../src/cli/docs.ts';
import { callsPage } from '../../src/cli/docs-calls.ts';
import { checksPage } from '../../src/cli/docs-checks.ts';
import { describeNeed, replay } from '../../src/cli/docs-replay.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { type Check, unknown } from '../../src/model/index.ts';

const root = path.resolve(import.meta.dirname, '../..');

test('what is committed is what the catalogue gives (npm run docs), each time the same', async () => {
  const [once, again] = [await makePages(), await makePages()];
  expect([...again]).toEqual([...once]);
  for (const [file, text] of once) expect({ file, text: readFileSync(path.join(root, file), 'utf8') }).toEqual({ file, text });
});

test('every check is there, with every need that it has on Windows', async () => {
  const pages = await makePages();
  for (const check of CATALOGUE) {
    for (const page of ['docs/checks.md', 'docs/calls.md']) expect(pages.get(page)).toContain(`\n## ${check.id}\n`);
    expect(pages.get('docs/accuracy.md')).toContain(`| \`${check.id}\` | `);
    for (const need of check.read.win32?.needs ?? []) expect(pages.get('docs/calls.md')).toContain(describeNeed(need));
  }
  expect(pages.get('docs/calls.md')).not.toMatch(/undefined|\[object/);
  expect(pages.get('docs/checks.md')).not.toMatch(/\[object/);
});

test('a call of a recorded machine stands in the page, without the name of its owner; a remedy by state stands under its reason', async () => {
  const machine = createRecordedHost(
    parseRecording(
      JSON.stringify({
        os: 'darwin',
        release: 'test',
        user: { uid: 501, admin: false },
        env: { HOME: '/Users/gertrude', USER: 'gertrude' },
        now: '2026-11-24T08:00:00Z',
        calls: [
          {
            run: ['csrutil', 'status'],
            stdout: 'System Integrity Protection status: enabled (Custom Configuration).\n\nConfiguration:\n\tKext Signing: disabled\n',
            stderr: '',
            exit: 0,
          },
        ],
      }),
    ),
  );
  const [sip] = CATALOGUE.filter(({ id }) => id === 'os.integrity.sip');
  if (sip === undefined) throw new Error('no such check');
  const atHome: Check = {
    ...sip,
    id: 'test.home',
    read: {
      darwin: async (host) => {
        await host.read(`${host.env.HOME}/x`);
        return unknown('internal');
      },
    },
  };
  const seen = await replay([sip, atHome], [machine]);
  expect(callsPage([sip, atHome], seen)).toMatch(/`read \$HOME\/x`/);
  expect(callsPage([sip, atHome], seen)).not.toContain('gertrude');
  expect(checksPage([sip], seen)).toMatch(
    /_System Integrity Protection has a custom configuration: Kext Signing off\._\n\n(?:\d\. .*\n)*3\. Type csrutil clear/,
  );
});

/** What `npm run docs` makes: up to date, and of one piece with what reads it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { managedDocuments } from '../../build/docs/managed.mjs';
import { mergeManaged } from '../../src/agent/index.ts';
import { parsePlist } from '../../src/host/plist.ts';
import { MANAGED_DOMAIN, ManagedConfiguration } from '../../src/model/index.ts';
import { root } from '../cli/stance.ts';

const documents = managedDocuments();
const textOf = (name: string): string => documents[name] ?? '';
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const names = Object.keys(ManagedConfiguration.properties);

test.each(Object.entries(documents))('%s is what the sources say: npm run docs', (name, text) => {
  expect(readFileSync(path.join(root, name), 'utf8')).toBe(text);
});

test('each member says what it is for, in a title and a sentence', () => {
  for (const [name, { title, description }] of Object.entries(ManagedConfiguration.properties) as [string, { title?: string; description?: string }][])
    expect({ name, title, description }).toEqual({ name, title: expect.stringMatching(/^[A-Z].+[^.]$/), description: expect.stringMatching(/^[A-Z].+\S\.?$/) });
});

test('the page names every member', () => {
  expect(all(textOf('docs/managed-configuration.md'), /^\| `(\w+)` \|/gm)).toEqual(names);
});

describe('templates are read without a fault by what reads them', () => {
  test('Linux', () => {
    const { values, faults } = mergeManaged([{ name: 'x', text: textOf('build/mdm/linux/example.json') }]);
    expect([faults, Object.keys(values)]).toEqual([[], ['server', 'enrollmentTokenFile']]);
  });

  test('macOS', () => {
    const profile = parsePlist(Buffer.from(textOf('build/mdm/macos/stance.mobileconfig'))) as Record<string, never>;
    const [payload] = profile.PayloadContent as unknown as {
      PayloadType: string;
      PayloadContent: Record<string, { Forced: { mcx_preference_settings: Record<string, unknown> }[] }>;
    }[];
    expect(payload?.PayloadType).toBe('com.apple.ManagedClient.preferences');
    const members = payload?.PayloadContent[MANAGED_DOMAIN]?.Forced[0]?.mcx_preference_settings ?? {};
    const { values, faults } = mergeManaged([{ name: 'x', members }]);
    expect([faults, Object.keys(values).length > 1]).toEqual([[], true]);
    const uuids = all(
      textOf('build/mdm/macos/stance.mobileconfig'),
      /<key>PayloadUUID<\/key>\s*<string>([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})<\/string>/g,
    );
    expect(new Set(uuids).size).toBe(2);
  });
});

describe('the templates for Windows', () => {
  const definitions = textOf('build/mdm/windows/stance.admx');
  const policies = definitions.match(/<policy [\s\S]*?<\/policy>/g) ?? [];

  test('have a policy for every member, and it writes the value that is read', () => {
    expect(policies.map((policy) => /<policy name="(\w+)" class="Machine"/.exec(policy)?.[1])).toEqual(names);
    for (const policy of policies) {
      expect(policy).toContain('key="SOFTWARE\\Policies\\Stance"');
      expect(all(policy, /valueName="(\w+)"/g)).toEqual(all(policy, /<policy name="(\w+)"/g));
    }
  });

  test.each(['en-US', 'de-DE'])('have every text and every field in %s', (language) => {
    const texts = textOf(`build/mdm/windows/${language}/stance.adml`);
    expect(new Set(all(definitions, /\$\(string\.(\w+)\)/g))).toEqual(new Set(all(texts, /<string id="(\w+)">/g)));
    expect(new Set(all(definitions, /\$\(presentation\.(\w+)\)/g))).toEqual(new Set(all(texts, /<presentation id="(\w+)">/g)));
    expect(new Set(all(definitions, /<(?:text|decimal) id="(\w+)"/g))).toEqual(new Set(all(texts, /refId="(\w+)"/g)));
    expect(all(texts, /<(?:string|label)[^>]*>([^<]*)</g).filter((text) => text === '' || text === 'undefined')).toEqual([]);
  });

  test.each(Object.keys(documents).filter((name) => /\.adm[xl]$/.test(name)))('%s is well-formed XML', (name) => {
    const open: string[] = [];
    const text = textOf(name).replace(/^<\?xml [^>]*\?>/, '');
    expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
    for (const [, closing, tag = '', empty] of text.matchAll(/<(\/?)(\w+)(?:\s+[\w:]+="[^"<]*")*\s*(\/?)>/g)) {
      if (closing === '/') expect(open.pop()).toBe(tag);
      else if (empty !== '/') open.push(tag);
    }
    expect(open).toEqual([]);
    // Nothing that begins like a tag was passed over.
    expect(text.match(/</g)?.length).toBe([...text.matchAll(/<(\/?)(\w+)(?:\s+[\w:]+="[^"<]*")*\s*(\/?)>/g)].length);
  });
});

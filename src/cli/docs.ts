/** `npm run docs`: writes the pages that follow from the code: `docs/checks.md`, `docs/calls.md`, `docs/accuracy.md`, the schemas of policy files. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOGUE } from '../checks/index.ts';
import { createRecordedHost } from '../host/index.ts';
import type { Host } from '../model/index.ts';
import { policyJsonSchemas } from '../policy/schema.ts';
import { scoreFolder } from './accuracy.ts';
import { accuracyPage } from './accuracy-page.ts';
import { callsPage } from './docs-calls.ts';
import { checksPage } from './docs-checks.ts';
import { replay } from './docs-replay.ts';
import { readRecording } from './machine.ts';
import { say } from './output.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Every recorded machine below a folder, in the order of their names. */
const machinesIn = (folder: string): Host[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => createRecordedHost(readRecording(path.join(folder, file))));

/** The pages by their paths in the repository. The same catalogue and machines give the same bytes, on every system. */
export async function makePages(): Promise<ReadonlyMap<string, string>> {
  const hosts = path.join(ROOT, 'test', 'hosts');
  const [seen, rows] = await Promise.all([replay(CATALOGUE, machinesIn(hosts)), scoreFolder(hosts)]);
  return new Map([
    ['docs/checks.md', checksPage(CATALOGUE, seen)],
    ['docs/calls.md', callsPage(CATALOGUE, seen)],
    ['docs/accuracy.md', accuracyPage(rows)],
  ]);
}

if (import.meta.main) {
  const schemas = Object.entries(policyJsonSchemas()).map(([name, text]) => [`docs/schema/${name}`, text] as const);
  for (const [file, text] of [...(await makePages()), ...schemas]) {
    writeFileSync(path.join(ROOT, file), text);
    say(file);
  }
}

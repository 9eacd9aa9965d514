/** `npm run docs`: writes the documents and templates that are made from the sources. A test holds that they are up to date. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { managedDocuments } from './docs/managed.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Each gives file names, relative to the repository, with their text. */
const GENERATORS = [managedDocuments];

for (const [name, text] of GENERATORS.flatMap((generate) => Object.entries(generate()))) {
  const file = path.join(root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stdout.write(`${name}\n`);
}

/** Who may import whom. DESIGN section 2. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Room → rooms it may import. Every room may import itself. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  'src/model': [],
  'src/checks': ['src/model'],
  'src/host': ['src/model'],
  'src/tpm': ['src/model'],
  'src/attest': ['src/model'],
  'src/policy': ['src/model', 'src/checks', 'src/attest'],
  'src/verify': ['src/model', 'src/attest'],
  'src/agent': ['src/model', 'src/checks', 'src/host', 'src/tpm', 'src/attest', 'src/policy'],
  'src/service': ['src/model', 'src/checks', 'src/attest', 'src/policy', 'src/tpm'],
  'src/cli': ['src/model', 'src/checks', 'src/host', 'src/tpm', 'src/attest', 'src/policy', 'src/verify', 'src/agent', 'src/service'],
  main: ['src/model', 'src/checks', 'src/host', 'src/tpm', 'src/attest', 'src/policy', 'src/agent', 'electron'],
  renderer: ['src/model'],
};
/** Packages that only one room may use. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  electron: ['main'],
  'node:sqlite': ['src/service/store'],
  'node:child_process': ['src/host', 'src/tpm'],
};

const files = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')));
const sources = ['src', 'main', 'renderer'].flatMap(files);
const roomOf = (file: string): string => Object.keys(MAY).find((room) => file.startsWith(`${room}/`)) ?? file;
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(path.join(root, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n;]*?(?:\{[^}]*\})?[^'"\n;]*?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? '');

test('every source file stands in a room', () => {
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.filter((file) => MAY[roomOf(file)] === undefined)).toEqual([]);
});

test('rooms import only the rooms they may', () => {
  const broken = sources.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => path.posix.join(path.posix.dirname(file), target))
      .filter((target) => /\.tsx?$/.test(target) && roomOf(target) !== roomOf(file) && !MAY[roomOf(file)]?.includes(roomOf(target)))
      .map((target) => `${file} imports ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the machine, the database and electron each have one door', () => {
  const broken = sources.flatMap((file) =>
    importsOf(file)
      .filter((target) => ONLY[target] !== undefined && !ONLY[target].some((room) => file.startsWith(`${room}/`)))
      .map((target) => `${file} imports ${target}`),
  );
  expect(broken).toEqual([]);
});

test('there is no cycle', () => {
  const graph = new Map(
    sources.map((file) => [
      file,
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => path.posix.join(path.posix.dirname(file), target)),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (trail.includes(file) || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  expect(cycles).toEqual([]);
});

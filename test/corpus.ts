/** The shared samples: where STANCE_CORPUS says, or beside the repository. Tests that need them are skipped by name without them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';

const beside = path.resolve(import.meta.dirname, '../../shared');
export const corpus: string | undefined = process.env.STANCE_CORPUS || (existsSync(beside) ? beside : undefined);

/** `describe`, for tests over the shared samples. */
export const describeWithCorpus = (title: string, body: () => void): void =>
  corpus === undefined ? describe.skip(`${title} (needs the shared samples: STANCE_CORPUS=DIR)`, () => body()) : describe(title, body);

/** `stance policy validate | test FOLDER`: every error of every file with line and column, and the cases beside the policies. Nothing is activated. */
import { StanceError } from '../model/index.ts';
import { DEFAULT_REPORT_INTERVAL_MS, loadPolicies, type PolicySet, runTests } from '../policy/index.ts';
import { say, sayJson } from './output.ts';
import { readPolicyFolder } from './policy-files.ts';

export async function validatePolicies(folder: string, options: { json?: boolean }): Promise<number> {
  const files = readPolicyFolder(folder);
  try {
    const set = loadPolicies(files);
    const summary = {
      valid: true,
      version: set.version,
      files: files.map((file) => file.name),
      baselines: set.baselines.length,
      accessPolicies: set.accessPolicies.length,
    };
    if (options.json) sayJson(summary);
    else say(`✓ ${files.length} files are valid: ${summary.baselines} baselines, ${summary.accessPolicies} access policies. Version ${set.version}`);
    return 0;
  } catch (error) {
    if (!(error instanceof StanceError) || error.code !== 'policy-invalid') throw error;
    if (options.json) sayJson({ valid: false, errors: error.message.split('\n') });
    else say(`✗ ${error.message}`);
    return 1;
  }
}

interface TestOptions {
  readonly json?: boolean;
  /** Only cases whose name holds this. */
  readonly case?: string;
}

/** What came of the cases beside the policies, those whose name holds a text. */
export const tryCases = (set: PolicySet, named = '') =>
  set.tests.flatMap(({ file, document }) =>
    runTests(set, { ...document, cases: document.cases.filter(({ name }) => name.includes(named)) }, { reportIntervalMs: DEFAULT_REPORT_INTERVAL_MS }).map(
      (result) => ({ file, ...result }),
    ),
  );

/** Tries the cases of all `policy-tests` files of a folder. @throws StanceError `policy-invalid`; `usage` where there is no case to try. */
export async function testPolicies(folder: string, options: TestOptions): Promise<number> {
  const set = loadPolicies(readPolicyFolder(folder));
  const results = tryCases(set, options.case);
  // No case that fails, because there is none, must not look like success.
  if (results.length === 0)
    throw new StanceError(
      'usage',
      `There is no case to try in ${folder}${options.case === undefined ? '' : ` with "${options.case}" in its name`}. Cases stand in files with "kind: policy-tests".`,
    );
  const failed = results.filter(({ passed }) => !passed);
  if (options.json) {
    sayJson({ version: set.version, passed: results.length - failed.length, failed: failed.length, cases: results.map(({ explanation: _, ...rest }) => rest) });
  } else {
    for (const { file, name, passed, differences } of results) {
      say(`${passed ? '✓' : '✗'} ${file}: ${name}`);
      for (const difference of differences) say(`    ${difference}`);
    }
    say(`\n${results.length - failed.length} passed, ${failed.length} failed. Version ${set.version}`);
  }
  return failed.length === 0 ? 0 : 1;
}

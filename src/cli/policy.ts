/** `stance policy validate FOLDER`: every error of every file, with line and column; nothing is activated. */
import { StanceError } from '../model/index.ts';
import { loadPolicies } from '../policy/index.ts';
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

/** `stance policy diff OLD [NEW]`: what two folders of policies differ in, or a folder from what is in force. */
import { differences, loadPolicies } from '../policy/index.ts';
import { heading, say, sayJson, table } from './output.ts';
import { readPolicyFolder } from './policy-files.ts';
import { call, type RemoteOptions } from './remote.ts';

type Files = Parameters<typeof loadPolicies>[0];

/** With one folder: from what is in force to it. Exit 0 where there is no difference, else 1. @throws StanceError `policy-invalid` and what the service says */
export async function diffPolicies(first: string, second: string | undefined, options: RemoteOptions): Promise<number> {
  const active = async (): Promise<Files> => ((await call({ ...options, json: true }, 'GET', '/v1/policies/active')) as { files: Files }).files;
  const [before, after] = second === undefined ? [await active(), readPolicyFolder(first)] : [readPolicyFolder(first), readPolicyFolder(second)];
  const found = differences(loadPolicies(before), loadPolicies(after));
  if (options.json) sayJson({ differences: found });
  else if (found.length === 0) say('They say the same.');
  else say(table([['WHAT', 'WHERE', 'CHANGE'].map(heading), ...found.map((one) => [one.what, one.where, `${one.before ?? ''} → ${one.after ?? ''}`.trim()])]));
  return found.length === 0 ? 0 : 1;
}

/** `stance policy apply | list | roll-back`: which policies are in force at a service, and putting others there. */
import { StanceError } from '../model/index.ts';
import { DEFAULT_REPORT_INTERVAL_MS, type Impact, loadPolicies, runTests } from '../policy/index.ts';
import { ago, heading, say, sayJson, table, warn } from './output.ts';
import { readPolicyFolder } from './policy-files.ts';
import { call, type RemoteOptions } from './remote.ts';

interface Applied {
  readonly number: number;
  readonly version: string;
  readonly impact: Impact;
}
interface ApplyOptions extends RemoteOptions {
  readonly note?: string;
  readonly confirmImpact?: string;
  readonly dryRun?: boolean;
}

function confirmed(given: string | undefined): { confirmImpact?: number } {
  if (given === undefined) return {};
  if (!/^\d{1,9}$/.test(given)) throw new StanceError('usage', `--confirm-impact ${given}: give the number of devices that may be shut out.`);
  return { confirmImpact: Number(given) };
}

function sayImpact({ fine, shutOut, people, devices, through, questions }: Impact): void {
  say(
    `Of ${fine} devices that are fine today, ${shutOut} would be shut out; ${people} persons would be denied what they were granted (${questions} questions of late were tried).`,
  );
  const causes = Object.entries(through).map(([name, count]) => `${name} ${count}`);
  if (causes.length > 0) say(`Through: ${causes.join(', ')}`);
  if (devices.length > 0) say(table([['DEVICE', 'THROUGH'].map(heading), ...devices.map(({ device, because }) => [device, because.join(', ')])]));
}

/** A refusal for its impact is an answer, and the answer is no. */
async function put(options: RemoteOptions, path: string, body: object, done: (applied: Applied) => string): Promise<number> {
  let applied: Applied;
  try {
    applied = (await call(options, 'POST', path, body)) as Applied;
  } catch (error) {
    if (!(error instanceof StanceError) || error.code !== 'impact-too-large') throw error;
    const impact = error.extra.impact as Impact;
    if (options.json) sayJson({ applied: false, code: error.code, impact });
    else {
      sayImpact(impact);
      warn(error.message);
    }
    return 1;
  }
  if (options.json) sayJson({ applied: (body as { dryRun?: boolean }).dryRun !== true, ...applied });
  else {
    sayImpact(applied.impact);
    say(done(applied));
  }
  return 0;
}

/** Cases that stand beside the policies and fail keep them out of force. @throws StanceError `policy-invalid`, and what the service says */
export async function applyPolicies(folder: string, options: ApplyOptions): Promise<number> {
  const files = readPolicyFolder(folder);
  const set = loadPolicies(files);
  const results = set.tests.flatMap(({ file, document }) =>
    runTests(set, document, { reportIntervalMs: DEFAULT_REPORT_INTERVAL_MS }).map((one) => ({ file, ...one })),
  );
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    if (options.json) sayJson({ applied: false, code: 'cases-failed', cases: failed.map(({ file, name, differences }) => ({ file, name, differences })) });
    else for (const { file, name, differences } of failed) say(`✗ ${file}: ${name}\n    ${differences.join('\n    ')}`);
    warn(`${failed.length} of ${results.length} cases beside the policies fail, so nothing has changed.`);
    return 1;
  }
  const { note, dryRun } = options;
  const body = { files, ...(note === undefined ? {} : { note }), ...(dryRun ? { dryRun } : {}), ...confirmed(options.confirmImpact) };
  return put(options, '/v1/policies', body, ({ number, version }) =>
    dryRun ? 'Nothing has changed: this was a dry run.' : `✓ Version ${number} is in force (${version}). Back: stance policy roll-back --reason …`,
  );
}

interface Version {
  readonly number: number;
  readonly version: string;
  readonly appliedAt: string;
  readonly by: string;
  readonly note: string;
  readonly backTo?: number;
}
interface Listed {
  readonly active: Version;
  readonly versions: readonly Version[];
  readonly problem?: string;
}

export async function listPolicies(options: RemoteOptions): Promise<number> {
  const listed = (await call(options, 'GET', '/v1/policies')) as Listed;
  if (options.json) {
    sayJson(listed);
    return 0;
  }
  const { active, versions, problem } = listed;
  const all = versions.length === 0 ? [active] : versions;
  const row = ({ number, version, appliedAt, by, note, backTo }: Version): string[] => [
    `${number === active.number ? '→' : ' '} ${number}`,
    version.slice(0, 12),
    ago(appliedAt),
    by,
    `${note}${backTo === undefined ? '' : ` (back to ${backTo})`}`,
  ];
  say(table([['  NO.', 'VERSION', 'APPLIED', 'BY', 'NOTE'].map(heading), ...all.map(row)]));
  if (problem !== undefined) warn(problem);
  return 0;
}

/** Without a number: to the version before the one in force. */
export async function rollBackPolicies(
  given: string | undefined,
  options: RemoteOptions & { readonly reason: string; readonly confirmImpact?: string },
): Promise<number> {
  if (given !== undefined && !/^\d{1,9}$/.test(given)) throw new StanceError('usage', `${given} is no version. \`stance policy list\` names them.`);
  const { active } = (await call(options, 'GET', '/v1/policies')) as Listed;
  const number = given === undefined ? (active.backTo ?? active.number) - 1 : Number(given);
  if (number < 1) throw new StanceError('usage', 'There is no version before the one in force.');
  const body = { reason: options.reason, ...confirmed(options.confirmImpact) };
  return put(options, `/v1/policies/${number}/activation`, body, (applied) => `✓ Version ${number} is in force again, as ${applied.number}.`);
}

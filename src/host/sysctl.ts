/** `sysctl` of macOS: one process for all names that are asked for in the same moment. */
import type { RunResult } from '../model/index.ts';

type Run = (program: string, args: readonly string[], timeoutMs?: number) => Promise<RunResult>;

const NAME = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/i;

interface Question {
  readonly name: string;
  /** `-n`: the value alone. */
  readonly bare: boolean;
  readonly answer: PromiseWithResolvers<RunResult>;
}

/** The values of `name: value` lines. */
function valuesOf(stdout: string): ReadonlyMap<string, string> {
  return new Map([...stdout.matchAll(/^([a-z][a-z0-9_.]*): (.*)$/gim)].map(([, name = '', value = '']) => [name, value]));
}

/** `run`, with `sysctl NAME` and `sysctl -n NAME` of one turn of the event loop put together. Each gets the answer that it would have had alone. */
export function joinSysctl(run: Run): Run {
  let waiting: Question[] = [];

  const alone = ({ name, bare, answer }: Question): void => void run('sysctl', bare ? ['-n', name] : [name]).then(answer.resolve, answer.reject);

  async function ask(): Promise<void> {
    const questions = waiting;
    waiting = [];
    const names = [...new Set(questions.map(({ name }) => name))];
    if (names.length < 2) {
      questions.forEach(alone);
      return;
    }
    try {
      const values = valuesOf((await run('sysctl', names)).stdout);
      for (const question of questions) {
        const value = values.get(question.name);
        // One that the system does not know, or says nothing of: what it says of that alone is the answer.
        if (value === undefined) alone(question);
        else question.answer.resolve({ stdout: question.bare ? `${value}\n` : `${question.name}: ${value}\n`, stderr: '', exit: 0 });
      }
    } catch (error) {
      for (const { answer } of questions) answer.reject(error);
    }
  }

  return (program, args, timeoutMs) => {
    const [first = '', second] = args;
    const bare = first === '-n' && second !== undefined;
    const name = bare ? second : first;
    if (program !== 'sysctl' || timeoutMs !== undefined || args.length !== (bare ? 2 : 1) || !NAME.test(name)) return run(program, args, timeoutMs);
    const answer = Promise.withResolvers<RunResult>();
    if (waiting.length === 0) setImmediate(() => void ask());
    waiting.push({ name, bare, answer });
    return answer.promise;
  };
}

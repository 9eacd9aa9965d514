/** Conditions in CEL (the Common Expression Language): compiled once, evaluated to true, false, or not known. */
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { ASK, compileClosure } from './cel-closures.ts';
import type { Truth } from './truth.ts';

/** The names that a condition may speak of; everything below them is looked up when it is evaluated. */
export type Names = readonly string[];

const environments = new Map<string, Environment>();
function environmentOf(names: Names): Environment {
  const key = names.join();
  let environment = environments.get(key);
  if (environment === undefined) {
    environment = new Environment({ unlistedVariablesAreDyn: false });
    for (const name of names) environment.registerVariable(name, 'dyn');
    environments.set(key, environment);
  }
  return environment;
}

/** Why an expression cannot be used: syntax, unknown names, wrong types. `undefined` for one that can. */
export function conditionError(expression: string, names: Names): string | undefined {
  const { valid, error, type } = environmentOf(names).check(expression);
  if (!valid) return error?.message.split('\n')[0] ?? 'not a CEL expression';
  return type === 'bool' || type === 'dyn' ? undefined : `it gives a ${type}, not true or false`;
}

type Over = Readonly<Record<string, unknown>>;
/** `whole`: gives what to ask over where `over` leaves something out (`ASK`). */
export type Expression = (over: Over, whole?: () => Over) => Truth;

/** As the library has it. `undefined`: a member that is not there, an operation that the types do not have, an answer that is not true or false. */
function evaluating(evaluate: ParseResult): (over: Over) => Truth {
  return (over) => {
    // A member that is not there is told by an exception. Nobody looks at its stack, and writing that down costs five times the rest.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      const answer: unknown = evaluate(over);
      return typeof answer === 'boolean' ? answer : undefined;
    } catch {
      return undefined;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/** Plain expressions are answered by closures, the others, and what closures are not certain of, by the library: the same answers (`test/policy/cel.test.ts`). */
export function compileExpression(expression: string, names: Names): Expression {
  const parsed = environmentOf(names).parse(expression);
  const evaluate = evaluating(parsed);
  // One that is not valid comes to nothing, whatever it is asked over.
  if (!parsed.check().valid) return () => undefined;
  const closure = compileClosure(parsed.ast);
  return (over, whole) => {
    let [all, answer] = [over, closure(over)];
    if (answer === ASK && whole !== undefined) {
      all = whole();
      answer = closure(all);
    }
    return answer === ASK ? evaluate(all) : typeof answer === 'boolean' ? answer : undefined;
  };
}

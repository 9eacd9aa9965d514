/** Conditions in CEL (the Common Expression Language): compiled once, evaluated to true, false, or not known. */
import { Environment } from '@marcbachmann/cel-js';
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

export type Expression = (over: Readonly<Record<string, unknown>>) => Truth;

/** `undefined`: a member that is not there, an operation that the types do not have, an answer that is not true or false. */
export function compileExpression(expression: string, names: Names): Expression {
  const evaluate = environmentOf(names).parse(expression);
  return (over) => {
    // A member that is not there is told by an exception. Nobody looks at its stack, and writing that down costs five times the rest.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      const answer: unknown = evaluate(over as Record<string, unknown>);
      return typeof answer === 'boolean' ? answer : undefined;
    } catch {
      return undefined;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/** Conditions in CEL (the Common Expression Language): compiled once, evaluated to true, false, or not known. */
import { Environment } from '@marcbachmann/cel-js';

/** What a condition may speak of. Everything below them is looked up when it is evaluated. */
export type ConditionContext = {
  readonly subject: unknown;
  readonly resource: unknown;
  readonly action: unknown;
  readonly context: unknown;
  /** null where no device is known. */
  readonly device: unknown;
};

const environment = new Environment({ unlistedVariablesAreDyn: false });
for (const name of ['subject', 'resource', 'action', 'context', 'device']) environment.registerVariable(name, 'dyn');

/** Why an expression cannot be used: syntax, unknown names, wrong types. `undefined` for one that can. */
export function conditionError(expression: string): string | undefined {
  const { valid, error, type } = environment.check(expression);
  if (!valid) return error?.message.split('\n')[0] ?? 'not a CEL expression';
  return type === 'bool' || type === 'dyn' ? undefined : `it gives a ${type}, not true or false`;
}

export type Condition = (context: ConditionContext) => boolean | undefined;

/** `undefined`: a member that is not there, a comparison of different types, an answer that is not true or false. */
export function compileCondition(expression: string): Condition {
  const evaluate = environment.parse(expression);
  return (context) => {
    try {
      const answer: unknown = evaluate(context);
      return typeof answer === 'boolean' ? answer : undefined;
    } catch {
      return undefined;
    }
  };
}

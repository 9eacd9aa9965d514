/**
 * The plain part of CEL, which most conditions are written in, as closures: members, literals, comparisons, `in`, `&&`, `||`, `!`.
 * A closure answers only where it is certain what the library answers; where it is not, it says `ASK`, and the library is asked.
 */
import type { ASTNode } from '@marcbachmann/cel-js';

/** It ends in an error: a member that is not there, an operation that the types do not have. */
export const FAILS = Symbol('fails');
/** Only the library can tell; or, as a member, only what is left out of what is asked over. */
export const ASK = Symbol('ask');

type Over = Readonly<Record<string, unknown>>;
/** What a part of an expression comes to: a value, `FAILS`, or `ASK`. */
export type Closure = (over: Over) => unknown;
type Two = (left: unknown, right: unknown) => unknown;

const isPlace = (value: unknown): value is typeof FAILS | typeof ASK => typeof value === 'symbol';
const isSimple = (value: unknown): boolean => value === null || (typeof value !== 'object' && typeof value !== 'symbol');

/** The library looks at the first member of what it compares, and at the first of that: what it makes of an object within is left to it. */
function isShallow(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0 || isSimple(value[0]);
  if (value.constructor !== Object) return false;
  for (const name in value) return isSimple((value as Over)[name]);
  return true;
}

function member(value: unknown, name: string): unknown {
  if (isPlace(value)) return value;
  if (typeof value !== 'object' || value === null) return FAILS;
  // A member named `constructor` makes an object one of a strange type, to the library.
  if (value.constructor !== Object) return ASK;
  const found = Object.hasOwn(value, name) ? (value as Over)[name] : undefined;
  if (found === undefined) return FAILS;
  if (typeof found !== 'object' || found === null || Array.isArray(found) || found.constructor === Object) return found;
  return ASK;
}

function equal(left: unknown, right: unknown): boolean | typeof ASK {
  if (typeof left === 'bigint' || typeof right === 'bigint') return ASK;
  if (isSimple(left) && isSimple(right)) return left === right;
  const [one, other] = isSimple(left) ? [left, right] : [right, left];
  return isSimple(one) && isShallow(other as object) ? false : ASK;
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
const ordered =
  (test: (left: number | bigint | string, right: number | bigint | string) => boolean): Two =>
  (left, right) =>
    (isNumber(left) && isNumber(right)) || (typeof left === 'string' && typeof right === 'string') ? test(left, right) : ASK;

const TWO: Readonly<Record<string, Two>> = {
  '==': equal,
  '!=': (left, right) => {
    const same = equal(left, right);
    return typeof same === 'boolean' ? !same : same;
  },
  '<': ordered((left, right) => left < right),
  '<=': ordered((left, right) => left <= right),
  '>': ordered((left, right) => left > right),
  '>=': ordered((left, right) => left >= right),
  in: (left, right) => (typeof left === 'string' && Array.isArray(right) && right.every((one) => typeof one === 'string') ? right.includes(left) : ASK),
};

/** `wins`: what one side answers, the whole does, whatever the other comes to. */
function logical(wins: boolean, left: Closure, right: Closure): Closure {
  return (over) => {
    const first = left(over);
    if (first === wins || first === ASK) return first;
    const second = right(over);
    if (second === wins || second === ASK) return second;
    return first === !wins && second === !wins ? !wins : FAILS;
  };
}

function two(operator: Two, left: Closure, right: Closure): Closure {
  return (over) => {
    const first = left(over);
    if (isPlace(first)) return first;
    const second = right(over);
    return isPlace(second) ? second : operator(first, second);
  };
}

const ask: Closure = () => ASK;

function constant(node: ASTNode): unknown {
  if (node.op === 'value') return node.args instanceof Object ? ASK : node.args;
  if (node.op !== 'list') return ASK;
  const items = node.args.map(constant);
  return items.every((item) => typeof item === 'string') ? items : ASK;
}

/** An expression that was found valid (`check`). Parts that are not plain are asked of the library, and the whole with them. */
export function compileClosure(node: ASTNode): Closure {
  switch (node.op) {
    case 'value':
    case 'list': {
      const value = constant(node);
      return () => value;
    }
    case 'id': {
      const name = node.args;
      return (over) => over[name] ?? (over[name] === null ? null : FAILS);
    }
    case '.': {
      const [of, name] = [compileClosure(node.args[0]), node.args[1]];
      return (over) => member(of(over), name);
    }
    case '[]': {
      const [of, name] = [compileClosure(node.args[0]), constant(node.args[1])];
      return typeof name === 'string' ? (over) => member(of(over), name) : ask;
    }
    case '!_': {
      const operand = compileClosure(node.args);
      return (over) => {
        const value = operand(over);
        return typeof value === 'boolean' ? !value : value === ASK ? ASK : FAILS;
      };
    }
    case '&&':
    case '||':
      return logical(node.op === '||', compileClosure(node.args[0]), compileClosure(node.args[1]));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
      return two(TWO[node.op] as Two, compileClosure(node.args[0]), compileClosure(node.args[1]));
    default:
      return ask;
  }
}

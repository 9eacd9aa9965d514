/** Whom and what an access policy is about: its `when`, compiled to a closure. */
import type { AccessPolicy } from './access.ts';
import { type Condition, type ConditionContext, compileCondition } from './condition.ts';
import type { DecisionInput } from './decision-input.ts';

/** Three-valued: `undefined` is a condition that cannot be known. */
export type Matcher = (asked: Asked) => boolean | undefined;

/** A request with what is looked up for it once, whatever number of policies asks. */
export interface Asked {
  readonly input: DecisionInput;
  readonly groups: ReadonlySet<string>;
  conditions?: ConditionContext;
}
/** `*` stands for any text. Linear: no backtracking over what a request brings. */
export function compileGlob(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
    let from = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found < 0 || found + part.length > text.length - last.length) return false;
      from = found + part.length;
    }
    return true;
  };
}

function compileUsers(names: readonly string[] | undefined): ((id: string, groups: ReadonlySet<string>) => boolean) | undefined {
  if (names === undefined) return undefined;
  if (names.includes('*')) return () => true;
  const ids = new Set(names.filter((name) => !name.startsWith('group:')));
  const wanted = names.filter((name) => name.startsWith('group:')).map((name) => name.slice('group:'.length));
  return (id, groups) => ids.has(id) || wanted.some((group) => groups.has(group));
}

export function compileMatcher(when: AccessPolicy['when']): Matcher {
  const includes = compileUsers(when.users?.include);
  const excludes = compileUsers(when.users?.exclude);
  const actions = when.actions === undefined || when.actions.includes('*') ? undefined : new Set(when.actions);
  const resources = when.resources?.map(({ type, id }) => ({ type, matches: id === undefined ? undefined : compileGlob(id) }));
  const condition: Condition | undefined = when.cel === undefined ? undefined : compileCondition(when.cel);
  return (asked) => {
    const { groups } = asked;
    const { subject, resource, action } = asked.input.request;
    if (actions !== undefined && !actions.has(action.name)) return false;
    if (
      resources !== undefined &&
      !resources.some(({ type, matches }) => (type === undefined || type === resource.type) && (matches === undefined || matches(resource.id)))
    )
      return false;
    if (includes !== undefined && !includes(subject.id, groups)) return false;
    if (excludes?.(subject.id, groups)) return false;
    if (condition === undefined) return true;
    asked.conditions ??= conditionContext(asked.input);
    return condition(asked.conditions);
  };
}

/** What conditions see. Properties are a caller's word: of one that may not be believed, only names are left. */
function conditionContext({ request, device, trustProperties }: DecisionInput): ConditionContext {
  const { subject, resource, action, context } = request;
  if (trustProperties) return { subject, resource, action, context: context ?? {}, device };
  return {
    subject: { type: subject.type, id: subject.id },
    resource: { type: resource.type, id: resource.id },
    action: { name: action.name },
    context: {},
    device,
  };
}

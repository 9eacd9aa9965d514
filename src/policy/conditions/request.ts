/** Who asks, for what, to do what: people, resources, actions, labels of the data. */
import type { ActionCondition, ResourceCondition, When } from '../access.ts';
import type { Asked } from '../asked.ts';
import { not, some, type Truth } from '../truth.ts';
import { type Condition, list } from './condition.ts';
import { compileProperties, describeProperties } from './properties.ts';

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

/** Whether what is called like a person, and is none by its type, is meant too cannot be known: so it is blocked with the person, and granted nothing. */
function compileUsers(names: readonly string[]): (asked: Asked) => Truth {
  if (names.includes('*')) return () => true;
  const ids = new Set(names.filter((name) => !name.startsWith('group:')));
  const wanted = names.filter((name) => name.startsWith('group:')).map((name) => name.slice('group:'.length));
  const isIn = (groups: ReadonlySet<string>): boolean => {
    for (const group of wanted) if (groups.has(group)) return true;
    return false;
  };
  return ({ input, person, namesakeGroups }) => {
    const named = ids.has(input.request.subject.id) || isIn(namesakeGroups);
    return named && person === null ? undefined : named;
  };
}

export function userConditions(users: When['users']): Condition[] {
  const conditions: Condition[] = [];
  const who = ({ input, groups }: Asked): string => `${input.request.subject.id} (groups: ${list([...groups]) || 'none'})`;
  /** Of what is no person and is called like one, neither can be said. */
  const why =
    (test: (asked: Asked) => Truth, told: string) =>
    (asked: Asked): string =>
      test(asked) === undefined
        ? `whether the ${asked.input.request.subject.type} ${asked.input.request.subject.id}, no person, is meant is not known`
        : `${who(asked)} ${told}`;
  if (users?.include !== undefined) {
    const names = users.include;
    const includes = compileUsers(names);
    conditions.push({ path: 'when.users.include', test: includes, why: why(includes, `is none of: ${list(names)}`) });
  }
  if (users?.exclude !== undefined) {
    const excludes = compileUsers(users.exclude);
    conditions.push({ path: 'when.users.exclude', test: (asked) => not(excludes(asked)), why: why(excludes, 'is excluded') });
  }
  if (users?.properties !== undefined) {
    const wanted = users.properties;
    const test = compileProperties(wanted);
    conditions.push({
      path: 'when.users.properties',
      test: (asked) => test(asked.subjectProperties),
      why: (asked) => `of ${asked.input.request.subject.id}, ${describeProperties(wanted, asked.subjectProperties)}`,
    });
  }
  return conditions;
}

function compileResource({ type, id, properties }: ResourceCondition): (asked: Asked) => Truth {
  const matches = id === undefined ? undefined : compileGlob(id);
  const has = properties === undefined ? undefined : compileProperties(properties);
  return (asked) => {
    const { resource } = asked.input.request;
    if ((type !== undefined && type !== resource.type) || (matches !== undefined && !matches(resource.id))) return false;
    return has === undefined ? true : has(asked.resourceProperties);
  };
}

export function compileResources(resources: readonly ResourceCondition[]): (asked: Asked) => Truth {
  const tests = resources.map(compileResource);
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (asked) => some(tests, (test) => test(asked));
}

export function resourceConditions(resources: When['resources']): Condition[] {
  const include = Array.isArray(resources) ? resources : resources?.include;
  const exclude = Array.isArray(resources) ? undefined : resources?.exclude;
  const what = ({ input: { request }, resourceProperties }: Asked): string =>
    `${request.resource.type} ${request.resource.id} (properties: ${list(Object.keys(resourceProperties)) || 'none'})`;
  const conditions: Condition[] = [];
  if (include !== undefined)
    conditions.push({ path: 'when.resources', test: compileResources(include), why: (asked) => `${what(asked)} is none of those that are named` });
  if (exclude !== undefined) {
    const excludes = compileResources(exclude);
    conditions.push({ path: 'when.resources.exclude', test: (asked) => not(excludes(asked)), why: (asked) => `${what(asked)} is excluded` });
  }
  return conditions;
}

function compileAction(action: ActionCondition): (asked: Asked) => Truth {
  const name = typeof action === 'string' ? action : action.name;
  const has = typeof action === 'string' || action.properties === undefined ? undefined : compileProperties(action.properties);
  return ({ input, actionProperties }) => (name !== '*' && name !== input.request.action.name ? false : has === undefined ? true : has(actionProperties));
}

export function actionConditions(actions: When['actions']): Condition[] {
  if (actions === undefined) return [];
  const tests = actions.map(compileAction);
  const names = actions.map((action) => (typeof action === 'string' ? action : action.name));
  return [
    {
      path: 'when.actions',
      test: (asked) => some(tests, (test) => test(asked)),
      why: ({ input: { request } }) =>
        names.includes(request.action.name)
          ? `the properties of ${request.action.name} are not those that are named`
          : `${request.action.name} is none of: ${list(names)}`,
    },
  ];
}

export function sensitivityConditions(sensitivity: When['sensitivity']): Condition[] {
  if (sensitivity === undefined) return [];
  const wanted = { sensitivity };
  const test = compileProperties(wanted);
  return [
    {
      path: 'when.sensitivity',
      test: (asked) => test(asked.resourceProperties),
      why: (asked) => `of ${asked.input.request.resource.type} ${asked.input.request.resource.id}, ${describeProperties(wanted, asked.resourceProperties)}`,
    },
  ];
}

/** Properties of subjects, resources and actions: each must be one of the values that are named. */
import type { WantedProperties } from '../access.ts';
import { every, some, type Truth } from '../truth.ts';

type Facts = Readonly<Record<string, unknown>>;

/** A property that is not told cannot be known. Of one that has many values, one is enough. */
export function compileProperties(wanted: WantedProperties): (facts: Facts) => Truth {
  const tests = Object.entries(wanted).map(([name, value]) => ({ name, values: new Set<unknown>(Array.isArray(value) ? value : [value]) }));
  return (facts) =>
    every(tests, ({ name, values }) => {
      const found = Object.hasOwn(facts, name) ? facts[name] : undefined;
      if (found === undefined || found === null) return undefined;
      return Array.isArray(found) ? some(found, (one) => values.has(one)) : values.has(found);
    });
}

/** What was found where it was not what is wanted. */
export function describeProperties(wanted: WantedProperties, facts: Facts): string {
  const wrong = Object.keys(wanted).find((name) => compileProperties({ [name]: wanted[name] ?? '' })(facts) !== true);
  if (wrong === undefined) return 'its properties are as wanted';
  const found = Object.hasOwn(facts, wrong) ? facts[wrong] : undefined;
  return found === undefined || found === null ? `the property ${wrong} is not told` : `the property ${wrong} is ${JSON.stringify(found)}`;
}

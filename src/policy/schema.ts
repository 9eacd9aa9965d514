/** The JSON Schemas of policy files, for editors: JSON Schema 2020-12. */
import { AccessPolicy } from './access.ts';
import { Baseline } from './baseline.ts';
import { Directory, Protection } from './directory.ts';
import { Exemption } from './exemption.ts';
import { PolicyTests } from './test-cases.ts';

const SCHEMAS = {
  'baseline.schema.json': Baseline,
  'access-policy.schema.json': AccessPolicy,
  'directory.schema.json': Directory,
  'exemption.schema.json': Exemption,
  'protection.schema.json': Protection,
  'policy-tests.schema.json': PolicyTests,
};

/** File name → text. TypeBox schemas are JSON Schemas; their internal marks are not enumerable and fall away. */
export const policyJsonSchemas = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      name,
      `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }, null, 2)}\n`,
    ]),
  );

/** What is wrong in a policy file, and where. Apart from the YAML parser, which an agent has no use for. Pure. */

export interface PolicyError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Where a part of a document stands: its key where there is one, else its value, else what holds it. */
export type Locate = (path: readonly (string | number)[]) => { readonly line: number; readonly column: number };

/** `file:line:column: message`, as editors and terminals make links of it. */
export const formatErrors = (errors: readonly PolicyError[]): string =>
  errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n');

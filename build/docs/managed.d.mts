/** See managed.mjs. */
export function managedDocuments(): Readonly<Record<string, string>>;

/** See packages.mjs. */
export function makeHeadless(options: { readonly outdir: string }): Promise<{ readonly bundle: string; readonly executable?: string; readonly deb?: string }>;

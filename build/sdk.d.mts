/** See sdk.mjs. */
export function makeSdk(options: { readonly root: string; readonly outdir: string }): Promise<{ readonly folder: string; readonly browser: string }>;

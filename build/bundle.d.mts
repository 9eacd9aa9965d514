/** See bundle.mjs. */
export type Part = 'main' | 'preload' | 'tray' | 'headless';
/** Bundles the parts named, those of the tray where none is, into `outdir`: `main/`, `renderer/tray/`, `headless/`. */
export function bundle(options: { readonly outdir: string; readonly only?: readonly Part[] }): Promise<void>;

/** See bundle.mjs. */
export type Part = 'main' | 'preload' | 'tray';
/** Bundles the parts named, all where none is, into `outdir`: `main/`, `renderer/tray/`. */
export function bundle(options: { readonly outdir: string; readonly only?: readonly Part[] }): Promise<void>;

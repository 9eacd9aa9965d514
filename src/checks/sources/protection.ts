/** What protects a device from malware, as all systems can say it. */

export const PROTECTION_STATES = ['on', 'off', 'snoozed', 'expired', 'passive'] as const;
/** `none`: this product needs none. `unknown`: it needs some, and did not say how old they are. */
export const SIGNATURE_STATES = ['current', 'old', 'never', 'none', 'unknown'] as const;

export interface Protection {
  readonly name: string;
  readonly state: (typeof PROTECTION_STATES)[number];
  readonly signatures: (typeof SIGNATURE_STATES)[number];
  /** Day of the newest signatures, ISO 8601 (`2026-11-23`): with the time of day the value would change with each of several updates a day. */
  readonly signaturesAt?: string;
}

export interface Protections {
  readonly products: Protection[];
  /** False where some source did not answer: another product may be on. */
  readonly complete: boolean;
  readonly tamperProtected?: boolean;
}

const MAX_PRODUCTS = 16;

/** The same products always give the same value: by name, and bounded. */
export const inOrder = (products: readonly Protection[]): Protection[] =>
  products
    .map((product) => ({ ...product, name: product.name.slice(0, 100) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .slice(0, MAX_PRODUCTS);

/** Signatures of this moment; undefined and times before there were any (Windows counts from 1601) are none. */
export function signaturesOf(at: string | undefined): Pick<Protection, 'signatures' | 'signaturesAt'> {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) || ms < Date.UTC(2000, 0)
    ? { signatures: 'never' }
    : { signatures: 'current', signaturesAt: new Date(ms).toISOString().slice(0, 10) };
}

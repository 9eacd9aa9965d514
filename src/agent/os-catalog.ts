/**
 * The catalogue of releases as the service last gave it: taken only under the service's signature, never an older one than is there.
 * The agent asks nobody else what is up to date.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { decodeJws } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { BUNDLED_CATALOG } from '../checks/index.ts';
import { canonicalJson, EcPublicJwk, OS_CATALOG_TYPE, OsCatalog, OsCatalogClaims, StanceError } from '../model/index.ts';
import { type Kept, keepIn } from './durable.ts';

export interface CatalogKeeper {
  /** The one to judge by; the one that came with this version of Stance, where that is newer. */
  current(): OsCatalog;
  /** Of the kept one; empty where there is none. */
  version(): string;
  /**
   * Takes what the service sent. `keys`: its published keys, asked for only when something was sent.
   * @throws StanceError `signature-invalid`, `key-mismatch`, `claims-malformed`, `audience-mismatch`, `catalog-older`, `state-unwritable`
   */
  take(jws: string, audience: string, keys: () => Promise<unknown>): Promise<void>;
  remove(): void;
}

const Stored = Type.Object({ version: Type.String(), catalog: OsCatalog });
const claimsSchema = Compile(OsCatalogClaims);
const keySet = Compile(Type.Object({ keys: Type.Array(Type.Intersect([EcPublicJwk, Type.Object({ kid: Type.String() })]), { maxItems: 100 }) }));

export const openCatalog = (folder: string): CatalogKeeper => catalogIn(keepIn(folder, 'os-catalog.json', Stored));

export function catalogIn(file: Kept<Static<typeof Stored>>): CatalogKeeper {
  let kept = file.read();
  return {
    current: () => (kept !== undefined && kept.catalog.generatedAt > BUNDLED_CATALOG.generatedAt ? kept.catalog : BUNDLED_CATALOG),
    version: () => kept?.version ?? '',
    async take(jws, audience, keys) {
      const decoded = decodeJws(jws, OS_CATALOG_TYPE);
      const published: unknown = await keys();
      const key = keySet.Check(published) ? published.keys.find(({ kid }) => kid === decoded.header.kid) : undefined;
      if (key === undefined) throw new StanceError('key-mismatch', 'The catalogue of releases is signed with a key that the service does not publish.');
      if (!verifySignature(decoded.signingInput, decoded.signature, key))
        throw new StanceError('signature-invalid', 'The signature of the catalogue of releases does not verify.');
      const claims = decoded.payload;
      if (!claimsSchema.Check(claims) || sha256(canonicalJson(claims.catalog)) !== claims.version)
        throw new StanceError('claims-malformed', 'What the service signed is not a catalogue of releases.');
      if (claims.iss !== audience) throw new StanceError('audience-mismatch', `The catalogue of releases is of ${claims.iss}, not of ${audience}.`);
      if (kept !== undefined && claims.catalog.generatedAt < kept.catalog.generatedAt)
        throw new StanceError(
          'catalog-older',
          `The catalogue of releases here was made at ${kept.catalog.generatedAt}; one of ${claims.catalog.generatedAt} does not replace it.`,
        );
      const next = { version: claims.version, catalog: claims.catalog };
      file.write(next);
      kept = next;
    },
    remove() {
      file.remove();
      kept = undefined;
    },
  };
}

/**
 * The catalogue that is in force at this service: kept as a file beside its keys, signed for agents, never replaced by an older one.
 * Agents ask nobody else.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { signJws } from '../../attest/index.ts';
import { sha256 } from '../../attest/node.ts';
import { BUNDLED_CATALOG } from '../../checks/index.ts';
import { canonicalJson, OS_CATALOG_TYPE, type OsCatalog, type OsCatalogClaims, StanceError } from '../../model/index.ts';
import type { KeyRing } from '../keys.ts';
import { readCatalog } from './build.ts';

export interface OsCatalogHolder {
  readonly catalog: OsCatalog;
  /** SHA-256 of the canonical document, base64url. */
  readonly version: string;
  /** As a JWS of type `stance-os-catalog+jwt` under a key of `/.well-known/jwks.json`. */
  signed(): Promise<string>;
  /** @throws StanceError `catalog-older`, `state-unwritable` */
  activate(catalog: OsCatalog): void;
}

const FILE = 'os-catalog.json';

function readKept(file: string): OsCatalog | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StanceError('state-corrupt', `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
  }
  try {
    return readCatalog(JSON.parse(text));
  } catch (cause) {
    throw new StanceError('state-corrupt', `${file} cannot be understood. Remove it, and the catalogue that comes with Stance counts.`, { cause });
  }
}

/** The catalogue in force for a service with this folder. @throws StanceError `state-corrupt` */
export function catalogIn(folder: string): OsCatalog {
  const kept = readKept(path.join(folder, FILE));
  return kept !== undefined && kept.generatedAt > BUNDLED_CATALOG.generatedAt ? kept : BUNDLED_CATALOG;
}

export function openOsCatalog(folder: string, keys: KeyRing, audience: string, onActivated: () => void): OsCatalogHolder {
  const file = path.join(folder, FILE);
  let catalog = catalogIn(folder);
  let version = sha256(canonicalJson(catalog));
  let jws: { readonly kid: string; readonly version: string; readonly text: Promise<string> } | undefined;
  return {
    get catalog() {
      return catalog;
    },
    get version() {
      return version;
    },
    signed() {
      const { signer, kid } = keys.signing('results');
      // Signed once for each catalogue and key.
      if (jws?.kid !== kid || jws.version !== version) {
        const claims: OsCatalogClaims = { iss: audience, version, catalog };
        jws = { kid, version, text: signJws(OS_CATALOG_TYPE, claims, signer, sha256).then((signed) => signed.jws) };
      }
      return jws.text;
    },
    activate(next) {
      if (next.generatedAt <= catalog.generatedAt)
        throw new StanceError('catalog-older', `The catalogue in force was made at ${catalog.generatedAt}; one of ${next.generatedAt} does not replace it.`);
      try {
        const descriptor = openSync(`${file}.new`, 'w', 0o600);
        writeSync(descriptor, JSON.stringify(next));
        fsyncSync(descriptor);
        closeSync(descriptor);
        renameSync(`${file}.new`, file);
      } catch (cause) {
        throw new StanceError('state-unwritable', `${file} cannot be written: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
      }
      [catalog, version] = [next, sha256(canonicalJson(next))];
      onActivated();
    },
  };
}

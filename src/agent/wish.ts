/** What a device joins with, and its name that tells nobody the token. */
import { sha256 } from '../attest/node.ts';

export interface Wish {
  readonly server: string;
  readonly token: string;
  /** SHA-256 of the one certificate authority to believe, in hexadecimal. */
  readonly caPin?: string;
  readonly serialNumber?: boolean;
}

export const hrefOf = (server: string): string => URL.parse(server)?.href ?? server;

/** SHA-256 of address and token. */
export const idOf = ({ server, token }: Wish): string => sha256(JSON.stringify([hrefOf(server), token]));

/** Keys of this device in its state folder: the one that counts, the one that shall, the one that did, and one that has asked to join. */
import type { EcPublicJwk, Signer } from '../../model/index.ts';
import type { AgentState } from '../state.ts';
import { createFileKey, hasFileKey, keepOnlyKeys, openFileKey } from './file-key.ts';

export interface OwnKeys {
  create(): Signer;
  has(jwk: EcPublicJwk): boolean;
  /** @throws StanceError where the key is not there, or not this one */
  open(jwk: EcPublicJwk): Signer;
  /** Forgets all that are nobody's any more. */
  tidy(): void;
}

export const ownKeys = (stateDir: string, state: AgentState): OwnKeys => ({
  create: () => createFileKey(stateDir),
  has: (jwk) => hasFileKey(stateDir, jwk),
  open: (jwk) => openFileKey(stateDir, jwk),
  tidy() {
    const identity = state.identity();
    const own = [identity?.enrollment.jwk, identity?.nextJwk, identity?.previousJwk, state.joining.read()?.jwk];
    keepOnlyKeys(
      stateDir,
      own.filter((jwk) => jwk !== null && jwk !== undefined),
    );
  },
});

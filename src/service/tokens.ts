/** Bearer tokens with scopes, and enrollment tokens. Shown once; kept as hashes. RFC 6750 for the header. */
import { hash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StanceError } from '../model/index.ts';
import { addressOf, type RateLimiter } from './rate-limits.ts';
import type { EnrollmentGrant, Scope, Store, StoredToken } from './store/store.ts';
import { SCOPES } from './store/store.ts';

export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on routes that ask nobody. */
    caller: Caller | null;
  }
}

export const hasScope = (caller: Caller | null, scope: Scope): boolean => caller !== null && (caller.scopes.includes(scope) || caller.scopes.includes('admin'));

export interface Tokens {
  /** Route options that ask for the scope before the request is looked at any further, and put the caller on it. */
  guard(scope: Scope): { onRequest: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void };
  /** The caller whose `Authorization` this is, with one request taken from what it may ask; undefined where `guard` refuses, and nothing is taken. */
  admit(scope: Scope, authorization: string | undefined): Caller | undefined;
  issue(name: string, scopes: readonly Scope[], expiresAt: string | null): string;
  /** Takes back every token of that name; how many there were. */
  revoke(name: string): number;
  list(): readonly Omit<StoredToken, 'hash'>[];
  issueEnrollment(uses: number, expiresAt: string, grant: EnrollmentGrant): string;
  /** Uses one up; what it gives. @throws StanceError `token-invalid` */
  useEnrollment(token: string, now: string): EnrollmentGrant;
}

const hashOf = (token: string): string => hash('sha256', token, 'base64url');
const tokenIn = (authorization = ''): string | undefined => /^Bearer ([\w~+/.=-]{1,200})$/i.exec(authorization)?.[1];
/** 192 bits, with a word in front that secret scanners find. */
const newToken = (kind: string): string => `${kind}_${randomBytes(24).toString('base64url')}`;

export function createTokens(store: Store, adminToken: string | undefined, now: () => number, limiter: RateLimiter): Tokens {
  const byHash = new Map(store.tokens().map((token) => [token.hash, token]));
  // From the environment, not from the store: it is gone when the service starts without it.
  const administrator: Caller & { hash: string } = { name: 'administrator', scopes: SCOPES, hash: adminToken === undefined ? '' : hashOf(adminToken) };

  function find(token: string | undefined): Caller | undefined {
    if (token === undefined) return undefined;
    // Compared are hashes, never tokens: how long it takes tells nothing of a token that could be used.
    const hashed = hashOf(token);
    if (hashed === administrator.hash) return administrator;
    const known = byHash.get(hashed);
    return known === undefined || (known.expiresAt !== null && Date.parse(known.expiresAt) <= now()) ? undefined : known;
  }

  /** @throws StanceError `unauthorized`, `forbidden` */
  function requireScope(request: FastifyRequest, scope: Scope): Caller {
    const token = tokenIn(request.headers.authorization);
    const caller = find(token);
    if (caller === undefined) {
      limiter.take('address', addressOf(request));
      const message = token === undefined ? 'Send a bearer token: Authorization: Bearer TOKEN' : 'The token is not known, or has expired.';
      throw new StanceError('unauthorized', message);
    }
    if (!hasScope(caller, scope)) throw new StanceError('forbidden', `The token "${caller.name}" lacks the scope ${scope}.`);
    limiter.take('token', caller.name);
    return caller;
  }

  return {
    guard: (scope) => ({
      onRequest(request, _reply, done) {
        request.caller = requireScope(request, scope);
        done();
      },
    }),
    admit(scope, authorization) {
      const caller = find(tokenIn(authorization));
      return caller !== undefined && hasScope(caller, scope) && limiter.took('token', caller.name) ? caller : undefined;
    },
    issue(name, scopes, expiresAt) {
      const token = newToken('stance');
      const stored = { hash: hashOf(token), name, scopes, expiresAt };
      store.addToken(stored);
      byHash.set(stored.hash, stored);
      return token;
    },
    revoke(name) {
      for (const [hashed, token] of byHash) if (token.name === name) byHash.delete(hashed);
      return store.removeToken(name);
    },
    list: () => [...byHash.values()].map(({ name, scopes, expiresAt }) => ({ name, scopes, expiresAt })),
    issueEnrollment(uses, expiresAt, grant) {
      const token = newToken('stance_enroll');
      store.addEnrollmentToken(hashOf(token), uses, expiresAt, grant);
      return token;
    },
    useEnrollment(token, at) {
      const grant = store.useEnrollmentToken(hashOf(token), at);
      if (grant === undefined)
        throw new StanceError('token-invalid', 'The enrollment token is not known, has expired, or is used up. Ask your administrator for a new one.');
      return grant;
    },
  };
}

/** Evidence: all readings of a device at a moment. EAT (RFC 9711) claims with our own under `stance`. DESIGN section 5. */
import { type Static, Type } from 'typebox';
import { Reading } from './reading.ts';

/** 32 bytes in base64url, in their one spelling: the last character has two bits that do not count, and another name of the same key would hang on them. */
const Coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' });

/** Public part of an ES256 key (RFC 7517, RFC 7518 section 6.2). */
export const EcPublicJwk = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: Coordinate,
  y: Coordinate,
});
export type EcPublicJwk = Static<typeof EcPublicJwk>;

const Instant = Type.String({ maxLength: 30, description: 'ISO 8601, UTC' });
const Hash = Type.String({ minLength: 43, maxLength: 43, description: 'SHA-256, base64url' });

const place = {
  observedAt: Instant,
  /** It waited in the outbox: history, whatever its date says of how long. */
  waited: Type.Optional(Type.Literal(true)),
  privilege: Type.Union([Type.Literal('user'), Type.Literal('system')]),
  platform: Type.Union([Type.Literal('linux'), Type.Literal('darwin'), Type.Literal('win32')]),
  bootedAt: Type.Optional(Instant),
  /** Which run of the chain; a new one starts after a restore or a suspicion. */
  epoch: Type.String({ minLength: 1, maxLength: 43 }),
  /** Position in the epoch, from 1. */
  seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  /** SHA-256 of the signing input of the evidence before; `null` for the first of a device. The first of a later epoch cites the head that the service told. */
  prev: Type.Union([Hash, Type.Null()]),
  /** In the first evidence of a later epoch: what this device itself holds to be its last evidence. */
  branch: Type.Optional(Hash),
  /** SHA-256 over the essence of all readings, sorted by check. */
  digest: Hash,
};

export const FullEvidence = Type.Object({
  kind: Type.Literal('full'),
  ...place,
  /** Hash of the full evidence before this one: what lies between may be folded, and what remains still verifies. */
  anchor: Type.Optional(Hash),
  /** The key that counts from the next evidence on, and its proof: a JWS of type `stance-rotation+jwt` under that key. */
  rotation: Type.Optional(Type.Object({ jwk: EcPublicJwk, proof: Type.String({ minLength: 1, maxLength: 4096 }) })),
  readings: Type.Array(Reading, { maxItems: 256 }),
});
/** Unchanged posture: only the digest, and how old the oldest reading of each cost class is. */
export const Heartbeat = Type.Object({
  kind: Type.Literal('heartbeat'),
  ...place,
  oldestReadAt: Type.Object({ cheap: Type.Optional(Instant), process: Type.Optional(Instant), slow: Type.Optional(Instant) }),
});
export const Posture = Type.Union([FullEvidence, Heartbeat]);
export type Posture = Static<typeof Posture>;

export const EvidenceClaims = Type.Object({
  eat_profile: Type.String({ maxLength: 200 }),
  /** Seconds since the epoch; an integer (RFC 9711 section 4.3.1). */
  iat: Type.Integer({ minimum: 0, maximum: 253402300799 }),
  jti: Type.String({ minLength: 1, maxLength: 64 }),
  /** The device id that the service gave. */
  iss: Type.String({ minLength: 1, maxLength: 64 }),
  aud: Type.String({ minLength: 1, maxLength: 300 }),
  eat_nonce: Type.String({ minLength: 8, maxLength: 88 }),
  swname: Type.String({ maxLength: 64 }),
  /** [version, scheme?]: RFC 9711 section 4.2.7, as its CDDL has it. */
  swversion: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 2 }),
  stance: Posture,
});
export type EvidenceClaims = Static<typeof EvidenceClaims>;

/** What a device says when it joins; signed with the key that it brings. */
export const EnrollmentClaims = Type.Object({
  iat: Type.Integer({ minimum: 0, maximum: 253402300799 }),
  jti: Type.String({ minLength: 1, maxLength: 64 }),
  aud: Type.String({ minLength: 1, maxLength: 300 }),
  eat_nonce: Type.String({ minLength: 8, maxLength: 88 }),
  jwk: EcPublicJwk,
  platform: Type.Union([Type.Literal('linux'), Type.Literal('darwin'), Type.Literal('win32')]),
});
export type EnrollmentClaims = Static<typeof EnrollmentClaims>;

/** What a new key says when it takes over from the one before: that it is held by whoever signs with the old one. */
export const RotationClaims = Type.Object({
  iss: Type.String({ minLength: 1, maxLength: 64 }),
  aud: Type.String({ minLength: 1, maxLength: 300 }),
  /** The nonce of the evidence that carries it. */
  eat_nonce: Type.String({ minLength: 8, maxLength: 88 }),
  /** RFC 7638 thumbprint of the key before. */
  from: Hash,
});
export type RotationClaims = Static<typeof RotationClaims>;

/** What a device says when it leaves. */
export const RetirementClaims = Type.Object({
  iat: Type.Integer({ minimum: 0, maximum: 253402300799 }),
  jti: Type.String({ minLength: 1, maxLength: 64 }),
  iss: Type.String({ minLength: 1, maxLength: 64 }),
  aud: Type.String({ minLength: 1, maxLength: 300 }),
  eat_nonce: Type.String({ minLength: 8, maxLength: 88 }),
});
export type RetirementClaims = Static<typeof RetirementClaims>;

/** Signs with a key that it does not show. One method, so that a TPM, a key store and a file are the same to callers. */
export interface Signer {
  readonly publicJwk: EcPublicJwk;
  /** ECDSA P-256 with SHA-256 over `input`; the signature is r ‖ s, 64 bytes (RFC 7518 section 3.4). */
  sign(input: Uint8Array): Promise<Uint8Array>;
}

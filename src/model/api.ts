/** What agent and service say to each other over HTTP. Neither imports the other: this is all they share. DESIGN section 6. */
import { type Static, Type } from 'typebox';

const Instant = Type.String({ maxLength: 30, description: 'ISO 8601, UTC' });

/** `POST /v1/nonces`: a device id where there is one. Unknown devices are answered like known ones. */
export const NonceRequest = Type.Object({
  purpose: Type.Enum(['enrollment', 'evidence', 'retirement']),
  device: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
export type NonceRequest = Static<typeof NonceRequest>;
export const NonceAnswer = Type.Object({
  nonce: Type.String(),
  /** `aud` of what is signed for this service. */
  audience: Type.String(),
  serviceTime: Instant,
});
export type NonceAnswer = Static<typeof NonceAnswer>;

/** A hint that describes the device for people and inventory; never its identity. */
export const DeviceDescription = Type.Object({
  model: Type.Optional(Type.String({ maxLength: 200 })),
  manufacturer: Type.Optional(Type.String({ maxLength: 200 })),
  os: Type.Optional(Type.String({ maxLength: 200 })),
  osVersion: Type.Optional(Type.String({ maxLength: 100 })),
  kernel: Type.Optional(Type.String({ maxLength: 100 })),
  arch: Type.Optional(Type.String({ maxLength: 20 })),
  /** SHA-256 of the service's audience and the machine id, base64url: tells two enrollments of one machine apart from two machines. */
  machineHash: Type.Optional(Type.String({ maxLength: 64 })),
  /** Only where the organisation's managed configuration asks for it by name. */
  serialNumber: Type.Optional(Type.String({ maxLength: 100 })),
});
export type DeviceDescription = Static<typeof DeviceDescription>;

/** `POST /v1/enrollments`. */
export const EnrollmentRequest = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 200 }),
  /** JWS, `typ: stance-enrollment+jwt`, signed with the key that joins. */
  proof: Type.String({ minLength: 1, maxLength: 4096 }),
  description: Type.Optional(DeviceDescription),
});
export type EnrollmentRequest = Static<typeof EnrollmentRequest>;

/** The baselines for this device, so that the agent shows the verdicts that the service gives. */
export const BaselineAnswer = Type.Object({
  /** Their ids, joined by `+`. */
  id: Type.String(),
  /** Changes with any of them. */
  version: Type.String(),
  document: Type.Unknown({ description: '`{baselines, exemptions}`: all that apply to the device, as their files have them.' }),
});
export type BaselineAnswer = Static<typeof BaselineAnswer>;

export const EnrollmentAnswer = Type.Object({
  device: Type.String(),
  state: Type.String(),
  assurance: Type.String(),
  audience: Type.String(),
  /** Position that the first evidence takes. */
  epoch: Type.String(),
  nonce: Type.String(),
  serviceTime: Instant,
  reportIntervalMs: Type.Integer(),
  baseline: Type.Union([BaselineAnswer, Type.Null()]),
});
export type EnrollmentAnswer = Static<typeof EnrollmentAnswer>;

/** `POST /v1/evidence` takes `application/eat+jwt`; the header `stance-baseline` names the version that the agent has. */
export const EVIDENCE_MEDIA_TYPE = 'application/eat+jwt';
export const BASELINE_HEADER = 'stance-baseline';
/** Likewise: the version of the catalogue of releases that the agent has. */
export const OS_CATALOG_HEADER = 'stance-os-catalog';
export const EvidenceAnswer = Type.Object({
  /** `duplicate`: it is the head already; `superseded`: it was accepted, and others after it. Neither writes anything. */
  result: Type.Enum(['accepted', 'duplicate', 'superseded']),
  seq: Type.Integer(),
  /** One of `DEVICE_STATES`: a device that is `suspect` has reported, and is told so. */
  state: Type.String(),
  compliance: Type.String(),
  /** Since when which checks count as failing: what is left of their grace follows from it. */
  failingSince: Type.Optional(Type.Record(Type.String(), Instant)),
  nonce: Type.String(),
  serviceTime: Instant,
  reportIntervalMs: Type.Integer(),
  /** Only when the agent's is another. */
  baseline: Type.Optional(Type.Union([BaselineAnswer, Type.Null()])),
  /** Likewise: the catalogue of releases, a JWS of type `stance-os-catalog+jwt`. */
  osCatalog: Type.Optional(Type.String({ maxLength: 4 * 1024 * 1024 })),
});
export type EvidenceAnswer = Static<typeof EvidenceAnswer>;

/**
 * What a refusal with `chain-fork` or `chain-gap` brings to whoever holds the key: the epoch that is open from now on, and the
 * head that its first evidence cites. Only this answer tells.
 */
export const Reopening = Type.Object({
  epoch: Type.String({ minLength: 1, maxLength: 43 }),
  head: Type.Union([Type.Object({ epoch: Type.String(), seq: Type.Integer(), hash: Type.String() }), Type.Null()]),
});
export type Reopening = Static<typeof Reopening>;

/** `POST /v1/devices/{id}/retirement` takes a JWS of type `stance-retirement+jwt` with this content type: a device leaves. */
export const RETIREMENT_MEDIA_TYPE = 'application/jwt';

/** Where a device stands with the service. Only `active` and `suspect` devices may report. */
export const DEVICE_STATES = ['pending', 'active', 'suspect', 'quarantined', 'revoked', 'retired'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** Largest evidence that is taken, in bytes. */
export const MAX_EVIDENCE_BYTES = 256 * 1024;

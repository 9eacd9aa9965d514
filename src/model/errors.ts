/** One error class, one table of codes. A code is stable: programs and people may rely on it. */

export interface ErrorKind {
  /** HTTP status where the service answers with it. */
  readonly status: number;
  /** RFC 9457 `title`: what kind of thing happened, the same for every occurrence. */
  readonly title: string;
}

export const ERRORS = {
  // requests
  'bad-request': { status: 400, title: 'The request is not of the form that this route takes' },
  'body-too-large': { status: 413, title: 'The body is larger than this route takes' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'headers-too-large': { status: 431, title: 'Address and headers are larger than the service takes' },
  'encoding-unsupported': { status: 415, title: 'The body is encoded in a way that is not understood' },
  'unsupported-media-type': { status: 415, title: 'This route does not take that content type' },
  'not-found': { status: 404, title: 'There is nothing here' },
  unauthorized: { status: 401, title: 'A bearer token is needed' },
  forbidden: { status: 403, title: 'The token lacks the scope' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The service failed' },
  'store-unavailable': { status: 503, title: 'The store cannot take this now' },
  // enrollment
  'token-invalid': { status: 403, title: 'The enrollment token is not valid, expired or used up' },
  'wrong-state': { status: 409, title: 'The device is not in a state that allows this' },
  'key-in-use': { status: 409, title: 'This key belongs to another device' },
  // evidence
  'jws-malformed': { status: 400, title: 'Not a JWS in compact form' },
  'json-ambiguous': { status: 400, title: 'JSON that could be read in two ways' },
  'jws-type': { status: 400, title: 'The JWS has another type' },
  'jws-algorithm': { status: 400, title: 'The algorithm is not ES256' },
  'claims-malformed': { status: 400, title: 'The claims do not match the profile' },
  'profile-unknown': { status: 400, title: 'Another eat_profile' },
  'audience-mismatch': { status: 400, title: 'Made for another service' },
  'device-unknown': { status: 404, title: 'No such device' },
  'device-pending': { status: 403, title: 'The device waits for approval' },
  'device-quarantined': { status: 403, title: 'The key of the device is held twice' },
  'device-suspect': { status: 409, title: 'It is not certain that there is only one such device' },
  'device-revoked': { status: 403, title: 'The device is revoked' },
  'device-retired': { status: 403, title: 'The device has left' },
  'key-mismatch': { status: 403, title: "Not the device's key" },
  'signature-invalid': { status: 403, title: 'The signature does not verify' },
  'nonce-invalid': { status: 409, title: 'The nonce is not ours, or for another purpose' },
  'nonce-expired': { status: 409, title: 'The nonce is too old' },
  'nonce-used': { status: 409, title: 'The nonce was used' },
  'clock-skew': { status: 409, title: "The device's clock is ahead" },
  'chain-gap': { status: 409, title: 'Evidence before this one is missing' },
  'chain-fork': { status: 409, title: 'Another evidence stands at this place of the chain' },
  'full-evidence-required': { status: 409, title: 'Send all readings: this digest is not known' },
  'result-expired': { status: 403, title: 'The attestation result has expired' },
  // relying parties
  'issuer-mismatch': { status: 403, title: 'Made by another service' },
  'key-unknown': { status: 403, title: 'No such key is published' },
  'keys-unavailable': { status: 503, title: 'The keys to verify with cannot be had' },
  'result-missing': { status: 401, title: 'An attestation result is needed' },
  'sign-in-needed': { status: 401, title: 'Somebody must sign in first' },
  'device-not-trusted': { status: 403, title: 'The device is not in a state that is taken here' },
  'access-denied': { status: 403, title: 'Not allowed' },
  'obligation-unenforced': { status: 403, title: 'Allowed only with a restriction that is not enforced here' },
  // the agent and the command line
  'service-unreachable': { status: 502, title: 'The posture service cannot be reached' },
  'service-answer-invalid': { status: 502, title: 'The answer is not from a posture service' },
  'pin-mismatch': { status: 502, title: 'Not the certificate authority that was pinned' },
  'insecure-url': { status: 400, title: 'Plain HTTP is spoken on loopback only' },
  'not-enrolled': { status: 409, title: 'This device is not enrolled' },
  managed: { status: 403, title: 'Your organisation has not allowed this' },
  'managed-unusable': { status: 409, title: 'What your organisation has set cannot be used as it is' },
  'state-unwritable': { status: 500, title: 'The state folder cannot be written' },
  'agent-running': { status: 409, title: 'Another agent uses this folder' },
  'system-agent-absent': { status: 503, title: 'No system agent answers' },
  'socket-untrusted': { status: 403, title: "The local socket is not the system's" },
  'peer-refused': { status: 403, title: 'The local socket is not for this user' },
  'state-corrupt': { status: 500, title: 'A file in the state folder cannot be understood' },
  'port-in-use': { status: 500, title: 'Another program listens there' },
  'tls-invalid': { status: 500, title: 'The certificate cannot be used' },
  'policy-invalid': { status: 422, title: 'A policy file has an error' },
  'impact-too-large': { status: 409, title: 'More devices would be shut out than may be without somebody saying so' },
  'policy-changed': { status: 409, title: 'Other policies were put into force meanwhile' },
  'question-invalid': { status: 400, title: 'Not a question that policies can answer' },
  'feed-invalid': { status: 422, title: 'Not a source of the catalogue of releases' },
  'catalog-older': { status: 409, title: 'The catalogue of releases in force is newer' },
  'recording-invalid': { status: 422, title: 'Not a recorded machine' },
  usage: { status: 400, title: 'Wrong usage' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** What happened, to what, and what to do: `message` says it in words, `code` to programs. */
export class StanceError extends Error {
  override readonly name = 'StanceError';
  readonly code: ErrorCode;
  /** More members of the problem document: `nonce`, `serviceTime`, `head`. */
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(code: ErrorCode, message: string, options: ErrorOptions & { extra?: Record<string, unknown> } = {}) {
    super(message, options);
    this.code = code;
    this.extra = options.extra ?? {};
  }
}

/** RFC 9457. `type` is a URI that names the code; `detail` is the message. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly [member: string]: unknown;
}

export const problemOf = (error: StanceError): Problem => ({
  ...error.extra,
  type: `urn:stance:error:${error.code}`,
  title: ERRORS[error.code].title,
  status: ERRORS[error.code].status,
  code: error.code,
  detail: error.message,
});

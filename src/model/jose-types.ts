/** What signed things call themselves. Stands apart from their schemas, for those who only verify. */

/** RFC 9711 section 4.3.2: names this profile of the EAT. */
export const EVIDENCE_PROFILE = 'tag:stance.example,2026:device-posture#1';
/** JOSE `typ` of each use of a device key. A verifier takes exactly one. */
export const EVIDENCE_TYPE = 'eat+jwt';
export const ENROLLMENT_TYPE = 'stance-enrollment+jwt';
export const ROTATION_TYPE = 'stance-rotation+jwt';
export const RETIREMENT_TYPE = 'stance-retirement+jwt';

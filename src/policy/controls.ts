/** What an access policy requires: its controls, compiled to closures that say what is unmet, to the admin and to the person. */
import { ASSURANCES, type RequiredAction, type Words } from '../model/index.ts';
import type { AccessPolicy, Control } from './access.ts';
import { type Asked, hasSecondFactor } from './asked.ts';
import { lasting } from './duration.ts';
import type { Unmet } from './standing.ts';

export interface Requirement {
  /** As the file names it. */
  readonly name: string;
  readonly test: (asked: Asked) => Unmet | undefined;
}

const challenge = (action: RequiredAction, admin: Words, user: Words): Unmet => ({ outcome: 'challenge', action, admin, user });

const NOT_REPORTED = challenge(
  'fix-device',
  { en: 'The device has not reported yet.', de: 'Das Gerät hat sich noch nicht gemeldet.' },
  {
    en: 'This device has not reported yet. Open Stance on it and choose "Check again".',
    de: 'Dieses Gerät hat sich noch nicht gemeldet. Öffne Stance darauf und wähle „Erneut prüfen“.',
  },
);

function silent(device: string, ms: number): Unmet {
  const { en, de } = lasting(ms);
  return challenge(
    'fix-device',
    { en: `Device ${device} has not reported for ${en}.`, de: `Das Gerät ${device} hat sich seit ${de} nicht gemeldet.` },
    {
      en: `This device has not reported for ${en}. Open Stance on it and choose "Check again".`,
      de: `Dieses Gerät hat sich seit ${de} nicht gemeldet. Öffne Stance darauf und wähle „Erneut prüfen“.`,
    },
  );
}

const COMPLIANCE_WORDS = { 'not-compliant': 'nicht regelkonform', unknown: 'nicht ausreichend bekannt' } as const;

function complianceOf({ input: { device, at }, unfit, span }: Asked): Unmet | undefined {
  if (unfit !== undefined) return unfit;
  if (device === null) return NOT_REPORTED;
  if (span === undefined) return silent(device.id, at - device.observedAt);
  if (span.compliance === 'compliant' || span.compliance === 'grace') return undefined;
  const lacking = Object.entries(span.checks).flatMap(([check, standing]) => (standing === 'failing' || standing === 'unknown' ? [check] : []));
  const why = lacking
    .map((check) => {
      const because = span.stale.includes(check) ? 'read too long ago' : device.problems.find((problem) => problem.check === check)?.because;
      return because === undefined ? check : `${check} (${because})`;
    })
    .join('; ');
  return challenge(
    'fix-device',
    {
      en: `Device ${device.id} is ${span.compliance}: ${why || 'no baseline is for it'}.`,
      de: `Das Gerät ${device.id} ist ${COMPLIANCE_WORDS[span.compliance]}: ${why || 'keine Baseline gilt für es'}.`,
    },
    span.compliance === 'unknown'
      ? {
          en: 'Some things about this device could not be read, so it cannot be told whether it is healthy.',
          de: 'Manches an diesem Gerät war nicht zu lesen, deshalb ist nicht bekannt, ob es in Ordnung ist.',
        }
      : {
          en: 'This device needs attention before it may open this.',
          de: 'Dieses Gerät braucht Aufmerksamkeit, bevor es das öffnen darf.',
        },
  );
}

/** Most policies ask for it: it is put in words once. */
function testCompliance(asked: Asked): Unmet | undefined {
  if (asked.compliance === undefined) asked.compliance = complianceOf(asked) ?? null;
  return asked.compliance ?? undefined;
}

const MFA = challenge(
  'mfa',
  {
    en: 'No multi-factor authentication is claimed for this session (context.amr).',
    de: 'Für diese Sitzung ist keine Anmeldung mit zweitem Faktor belegt (context.amr).',
  },
  { en: 'Confirm that it is you with a second factor.', de: 'Bestätige mit einem zweiten Faktor, dass du es bist.' },
);
const PHISHING_RESISTANT = challenge(
  'phishing-resistant-mfa',
  {
    en: 'No phishing-resistant multi-factor authentication is claimed for this session (context.amr, context.acr).',
    de: 'Für diese Sitzung ist keine phishing-sichere Anmeldung mit zweitem Faktor belegt (context.amr, context.acr).',
  },
  { en: 'Sign in with a security key or a passkey.', de: 'Melde dich mit einem Sicherheitsschlüssel oder einem Passkey an.' },
);
const TERMS = challenge(
  'terms-of-use',
  { en: 'The terms of use are not accepted (context.terms_of_use).', de: 'Die Nutzungsbedingungen sind nicht angenommen (context.terms_of_use).' },
  { en: 'Read and accept the terms of use.', de: 'Lies die Nutzungsbedingungen und nimm sie an.' },
);
const PASSWORD = challenge(
  'password-change',
  {
    en: 'The password was not changed in this session (context.password_changed).',
    de: 'Das Passwort wurde in dieser Sitzung nicht geändert (context.password_changed).',
  },
  { en: 'Change your password.', de: 'Ändere dein Passwort.' },
);
const APPROVED_APP = challenge(
  'use-approved-app',
  { en: 'The client (context.client_id) is no approved app.', de: 'Die Anwendung (context.client_id) ist nicht freigegeben.' },
  { en: 'Use an app that your organisation has approved.', de: 'Benutze eine App, die deine Organisation freigegeben hat.' },
);

/** OpenID EAP ACR Values 1.0: `phr`, and `phrh` with a key in hardware. Some name them, or a FIDO key, among the methods. */
const PHISHING_RESISTANT_MARKS = ['phr', 'phrh', 'fido'];
function isPhishingResistant({ context }: Asked): boolean {
  const { acr, amr } = context;
  return PHISHING_RESISTANT_MARKS.some((mark) => acr === mark || (Array.isArray(amr) && amr.includes(mark)));
}

function requireAssurance(wanted: (typeof ASSURANCES)[number]): (asked: Asked) => Unmet | undefined {
  return ({ input: { device }, unfit }) => {
    if (device !== null && unfit === undefined && ASSURANCES.indexOf(device.assurance) <= ASSURANCES.indexOf(wanted)) return undefined;
    if (unfit !== undefined) return unfit;
    return {
      outcome: 'block',
      admin: {
        en: `The assurance of the device is ${device?.assurance ?? 'not known'}; ${wanted} is required.`,
        de: `Die Identität des Geräts ist belegt durch: ${device?.assurance ?? 'nicht bekannt'}; verlangt ist ${wanted}.`,
      },
      user: {
        en: 'This needs a device with a security chip that is enrolled with it.',
        de: 'Das braucht ein Gerät mit Sicherheitschip, das mit ihm angemeldet ist.',
      },
    };
  };
}

function compileControl(control: Control, approvedApps: ReadonlySet<unknown>): Requirement {
  const simple = (name: string, unmet: Unmet, met: (asked: Asked) => boolean): Requirement => ({ name, test: (asked) => (met(asked) ? undefined : unmet) });
  if (typeof control === 'object') return { name: `assurance: ${control.assurance}`, test: requireAssurance(control.assurance) };
  switch (control) {
    case 'compliant-device':
      return { name: control, test: testCompliance };
    case 'mfa':
      return simple(control, MFA, ({ context }) => hasSecondFactor(context));
    case 'phishing-resistant-mfa':
      return simple(control, PHISHING_RESISTANT, (asked) => hasSecondFactor(asked.context) && isPhishingResistant(asked));
    case 'terms-of-use':
      return simple(control, TERMS, ({ context }) => context.terms_of_use === true);
    case 'password-change':
      return simple(control, PASSWORD, ({ context }) => context.password_changed === true);
    case 'approved-app':
      return simple(control, APPROVED_APP, ({ context }) => approvedApps.has(context.client_id));
  }
}

export interface Requirements {
  readonly controls: readonly Requirement[];
  /** One is enough. */
  readonly any: boolean;
}

export function compileRequirements(grant: NonNullable<AccessPolicy['grant']>, approvedApps: ReadonlySet<unknown>): Requirements | 'block' {
  if ('block' in grant) return 'block';
  const { require: wanted } = grant;
  const any = 'any' in wanted;
  const controls = 'any' in wanted ? wanted.any : 'all' in wanted ? wanted.all : wanted;
  return { controls: controls.map((control) => compileControl(control, approvedApps)), any: any && controls.length > 0 };
}

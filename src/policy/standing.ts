/** Whether a device may be used at all, by where it stands with the service and by whose it is. Pure. */
import type { DeviceState, RequiredAction, Words } from '../model/index.ts';
import type { DecisionInput } from './decision-input.ts';

/** What is lacking: what it makes of the outcome, what the person can do, and how both are told. */
export interface Unmet {
  readonly outcome: 'challenge' | 'block';
  readonly action?: RequiredAction;
  readonly admin: Words;
  readonly user: Words;
}

type Told = Omit<Unmet, 'admin' | 'user'> & { readonly admin: (name: string) => Words; readonly user: Words };

const FOREIGN: Told = {
  outcome: 'block',
  admin: (name) => ({ en: `The device ${name} belongs to somebody else.`, de: `Das Gerät ${name} gehört jemand anderem.` }),
  user: {
    en: 'This device belongs to somebody else. Use your own, or ask your administrator.',
    de: 'Dieses Gerät gehört jemand anderem. Nimm dein eigenes oder frag deine Administration.',
  },
};

const UNFIT: Readonly<Record<Exclude<DeviceState, 'active'> | 'unknown' | 'none', Told>> = {
  none: {
    outcome: 'block',
    action: 'enroll-device',
    admin: () => ({ en: 'The request names no device that is enrolled here.', de: 'Die Anfrage nennt kein Gerät, das hier angemeldet ist.' }),
    user: {
      en: 'This device is not known here. Install Stance on it and enroll it.',
      de: 'Dieses Gerät ist hier nicht bekannt. Installiere Stance darauf und melde es an.',
    },
  },
  unknown: {
    outcome: 'block',
    admin: (name) => ({
      en: `Whether the device ${name} was revoked cannot be told: the posture service has not reached its store for too long.`,
      de: `Ob das Gerät ${name} gesperrt wurde, ist nicht bekannt: Der Dienst erreicht seine Datenbank zu lange nicht.`,
    }),
    user: {
      en: 'Your devices cannot be checked at the moment. Try again later.',
      de: 'Deine Geräte können gerade nicht geprüft werden. Versuche es später noch einmal.',
    },
  },
  pending: {
    outcome: 'block',
    admin: (name) => ({ en: `The device ${name} waits for approval.`, de: `Das Gerät ${name} wartet auf Freigabe.` }),
    user: { en: 'This device waits for the approval of your administrator.', de: 'Dieses Gerät wartet auf die Freigabe durch deine Administration.' },
  },
  quarantined: {
    outcome: 'block',
    admin: (name) => ({
      en: `The device ${name} is quarantined: two report with its key.`,
      de: `Das Gerät ${name} ist in Quarantäne: Zwei melden sich mit seinem Schlüssel.`,
    }),
    user: {
      en: 'Somebody else reports as this device. Tell your administrator; the device has to be enrolled again.',
      de: 'Jemand anderes meldet sich als dieses Gerät. Sag deiner Administration Bescheid; das Gerät muss neu angemeldet werden.',
    },
  },
  revoked: {
    outcome: 'block',
    admin: (name) => ({ en: `The device ${name} is revoked.`, de: `Das Gerät ${name} ist gesperrt.` }),
    user: {
      en: 'This device may not be used any more. Ask your administrator.',
      de: 'Dieses Gerät darf nicht mehr benutzt werden. Frag deine Administration.',
    },
  },
  retired: {
    outcome: 'block',
    action: 'enroll-device',
    admin: (name) => ({ en: `The device ${name} is retired.`, de: `Das Gerät ${name} ist abgemeldet.` }),
    user: { en: 'This device has left. Enroll it again to use it here.', de: 'Dieses Gerät ist abgemeldet. Melde es neu an, um es hier zu benutzen.' },
  },
  suspect: {
    outcome: 'challenge',
    action: 'mfa',
    admin: (name) => ({
      en: `The device ${name} is suspect: it was restored from a backup, or its key is held twice.`,
      de: `Das Gerät ${name} ist verdächtig: Es wurde aus einer Sicherung zurückgespielt, oder es gibt seinen Schlüssel zweimal.`,
    }),
    user: {
      en: 'Something about this device changed. Confirm that it is you with a second factor.',
      de: 'An diesem Gerät hat sich etwas geändert. Bestätige mit einem zweiten Faktor, dass du es bist.',
    },
  },
};

/** Subjects that are people, as callers of AuthZEN name their type. A robot that is called like a person is not that person. */
const PEOPLE: ReadonlySet<string> = new Set(['user', 'identity']);
export const isPerson = (type: string): boolean => PEOPLE.has(type);
/** The person who asks, by the id of the directory; null where it is none. */
export const personOf = ({ type, id }: DecisionInput['request']['subject']): string | null => (isPerson(type) ? id : null);

export const isForeign = (owner: string | null, person: string | null, groups: ReadonlySet<string>): boolean =>
  owner !== null && owner !== person && !(owner.startsWith('group:') && groups.has(owner.slice('group:'.length)));

/**
 * What stands in the way of using the device of a request; undefined for one that may be used. Suspicion is a challenge: a second
 * factor is asked of the person.
 */
export function unfitness(input: DecisionInput, groups: ReadonlySet<string>, hasSecondFactor: boolean): Unmet | undefined {
  const { state, device, owner, request } = input;
  const foreign = state !== null && isForeign(owner, personOf(request.subject), groups);
  if (!foreign && (state === 'active' || (state === 'suspect' && hasSecondFactor))) return undefined;
  const told = foreign ? FOREIGN : UNFIT[state === null || state === 'active' ? 'none' : state];
  const { admin, ...rest } = told;
  return { ...rest, admin: admin(device?.id ?? 'of this request') };
}

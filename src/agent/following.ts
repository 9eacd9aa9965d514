/**
 * The agent does what the organisation has set: joins with no click, moves with the service, believes another authority, and keeps
 * people from what they may not change. One rule for every new beginning: nothing is begun on half of a configuration, a device
 * that left stays out, and one that the service has shut out joins again only with a token that it has not used yet.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { faultInWords, isWhole, type Managed, NOTHING_MANAGED, personMay, StanceError } from '../model/index.ts';
import { createClient } from './client.ts';
import { SYSTEM_STATE } from './folders.ts';
import type { Fetch } from './http.ts';
import { type ManagedDoor, readEnrollmentToken } from './managed.ts';
import { findPinned, parsePin, trustFor } from './pin.ts';
import type { AgentState, Enrollment } from './state.ts';
import { hrefOf, idOf, type Wish } from './wish.ts';

export interface FollowingOptions {
  readonly door: ManagedDoor;
  readonly state: AgentState;
  readonly fetcher: Fetch;
  readonly join: (wish: Wish) => Promise<unknown>;
  /** Runs with the rights of the administrator, who may do everything. */
  readonly root: boolean;
  /** What flag or environment say, which go before the organisation: then it is not followed there. */
  readonly chosenServer?: string;
  /** Folders of the tokens are looked at from here down. */
  readonly trustedFrom?: string;
  /** The state folder of the agent of the whole system. */
  readonly systemState?: string;
}

export interface Following {
  /** As last read. */
  managed(): Managed;
  read(): Promise<Managed>;
  /**
   * Reads again and does what follows. `shutOut`: the service takes nothing of this device any more.
   * @throws StanceError `managed`, `managed-unusable`, and as joining does
   */
  follow(shutOut: boolean): Promise<void>;
  /** @throws StanceError `managed` where a person may not join that service */
  mayJoin(server: string): void;
  /** @throws StanceError `managed` where a person may not leave */
  mayLeave(): void;
  /** Somebody let this device join by hand. */
  joined(): void;
  /** Somebody took it out: kept where the organisation would have it join again. */
  left(): void;
}

const pinOf = (ca: string): string => parsePin(new X509Certificate(ca).fingerprint256);

export function createFollowing({ door, state, fetcher, join, root, chosenServer, trustedFrom, systemState = SYSTEM_STATE }: FollowingOptions): Following {
  let managed = NOTHING_MANAGED;

  const read = async (): Promise<Managed> => {
    managed = await door.read();
    return managed;
  };

  /** @throws StanceError where the organisation says more than could be understood: the pin could be in the other part */
  function requireWhole(): void {
    const fault = managed.faults.find(({ kind }) => kind !== 'ignored');
    if (fault === undefined) return;
    throw new StanceError(
      fault.kind === 'unreadable' ? 'managed' : 'managed-unusable',
      `This device joins nothing while a part of its managed configuration cannot be used: ${faultInWords(fault)}`,
    );
  }

  /** What the organisation lets this device join with; undefined where it leaves that to people. */
  async function invitation(server: string): Promise<Wish | undefined> {
    requireWhole();
    const token = await readEnrollmentToken(managed, trustedFrom);
    const { caPin, collectSerialNumber } = managed.values;
    if (token === undefined) return undefined;
    return { server, token, ...(caPin === undefined ? {} : { caPin }), ...(collectSerialNumber ? { serialNumber: true } : {}) };
  }

  async function accept(wish: Wish): Promise<void> {
    await join(wish);
    state.invitation.write({ taken: idOf(wish), leftAt: null });
  }

  async function joinFirst(server: string): Promise<void> {
    const remembered = state.invitation.read();
    if (remembered !== undefined && remembered.leftAt !== null && managed.values.rejoinAfterLeaving !== true) return;
    if (!root && existsSync(systemState))
      throw new StanceError('managed', 'This device joins by the agent of the whole system; a second one for this user would be a second device.');
    const wish = await invitation(server);
    if (wish !== undefined) await accept(wish);
  }

  /** Joins anew with a token that was not used yet; false where there is none. */
  async function joinAgain(server: string): Promise<boolean> {
    const wish = await invitation(server);
    if (wish === undefined || idOf(wish) === state.invitation.read()?.taken) return false;
    await accept(wish);
    return true;
  }

  /** The service is elsewhere now: the same one at another address, or another one. */
  async function move(enrollment: Enrollment, server: string): Promise<void> {
    const { caPin } = managed.values;
    requireWhole();
    const { ca: _old, ...rest } = enrollment;
    const ca = caPin === undefined ? {} : { ca: await findPinned(server, parsePin(caPin)) };
    trustFor(ca);
    const { audience } = await createClient(server, fetcher).nonce({ purpose: 'evidence', device: enrollment.device });
    if (audience === enrollment.audience) state.update({ enrollment: { ...rest, server, ...ca } });
    else if (!(await joinAgain(server)))
      throw new StanceError(
        'managed-unusable',
        `This device is to report to ${server}, which is another service than the one it has joined, and there is no token for it that was not used yet.`,
      );
  }

  async function followEnrolled(enrollment: Enrollment, server: string, shutOut: boolean): Promise<void> {
    if (hrefOf(enrollment.server) !== hrefOf(server)) {
      // Where people may choose, they may have chosen.
      if (managed.values.userMayChangeServer !== true) await move(enrollment, server);
      return;
    }
    if (shutOut && (await joinAgain(server))) return;
    const { caPin } = managed.values;
    if (caPin === undefined || !isWhole(managed) || (enrollment.ca !== undefined && pinOf(enrollment.ca) === parsePin(caPin))) return;
    state.update({ enrollment: { ...enrollment, ca: await findPinned(server, parsePin(caPin)) } });
  }

  return {
    managed: () => managed,
    read,
    async follow(shutOut) {
      const { values } = await read();
      if (values.server === undefined || (chosenServer !== undefined && hrefOf(chosenServer) !== hrefOf(values.server))) return;
      const enrollment = state.identity()?.enrollment;
      try {
        await (enrollment === undefined ? joinFirst(values.server) : followEnrolled(enrollment, values.server, shutOut));
      } finally {
        // Whatever was tried: from here on the service that this device is enrolled at.
        trustFor(state.identity()?.enrollment ?? {});
      }
    },
    mayJoin(server) {
      const { values, from } = managed;
      if (root || personMay(managed).changeServer || values.server === undefined || hrefOf(server) === hrefOf(values.server)) return;
      throw new StanceError('managed', `${from.server} says that this device reports to ${values.server}. Leave the address out, or ask your administrator.`);
    },
    mayLeave() {
      if (root || personMay(managed).unenroll) return;
      throw new StanceError('managed', 'Your organisation keeps this device enrolled. Ask your administrator.');
    },
    joined: () => state.invitation.remove(),
    left() {
      if (managed.values.server === undefined) state.invitation.remove();
      else state.invitation.write({ taken: state.invitation.read()?.taken ?? null, leftAt: new Date().toISOString() });
    },
  };
}

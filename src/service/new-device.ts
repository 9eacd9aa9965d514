/** A device as it is when it has just joined. */
import { newEpoch } from './branches.ts';
import type { StoredDevice } from './store/store.ts';

type Joining = Pick<StoredDevice, 'id' | 'jwk' | 'platform' | 'enrolledAt'> & Partial<StoredDevice>;

export const newDevice = (joining: Joining): StoredDevice => ({
  previousJwk: null,
  // A key that a program made and keeps. Nothing a device says of itself makes it more.
  assurance: 'software',
  state: 'active',
  stateReason: null,
  description: {},
  owner: null,
  tags: [],
  clocks: {},
  predecessor: null,
  epoch: newEpoch(),
  openedBy: null,
  closed: [],
  head: null,
  nonceFloor: 0,
  facts: null,
  factsVersion: null,
  lastReceivedAt: null,
  revision: 0,
  ...joining,
});

/** Talking to a posture service as an administrator: bearer token, problem documents, bounded answers. */

import { request } from '../agent/index.ts';
import { ERRORS, type ErrorCode, StanceError } from '../model/index.ts';
import { resolveSetting } from './settings.ts';

export interface RemoteOptions {
  readonly server?: string;
  readonly token?: string;
  readonly json?: boolean;
}

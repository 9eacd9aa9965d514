/** Where every attack takes place: a service that listens, an innocent device, one that is attacked, and what is decided on them. */
import { EVIDENCE_MEDIA_TYPE, type NonceRequest, type Reading } from '../../src/model/index.ts';
import type { ServiceOptions } from '../../src/service/index.ts';
import { ADMIN, createTestService, joinDevice, type TestService } from '../service/service.ts';
import { type Answer, type Sending, send, wire } from './wire.ts';

export type Device = Awaited<ReturnType<typeof joinDevice>>;

const reading = (check: string, value: unknown): Reading => ({
  ...{ check, status: 'known', value, method: 'as it was read' },
  ...{ readAt: '2026-11-24T08:00:00.000Z', tookMs: 1 },
});

/** All that the default baseline asks for. */
export const HEALTHY: readonly Reading[] = [
  reading('os.supported', { os: 'ubuntu', cycle: '26.04', name: 'Ubuntu 26.04' }),
  reading('os.security_updates', { pending: [], count: 0, listsOn: '2026-11-24' }),
  reading('os.reboot_pending', { required: false }),
  reading('disk.encryption', { volumes: [{ mount: '/', state: 'encrypted', by: ['luks2'], plain: [] }] }),
  reading('screen.lock', { desktop: 'GNOME', ways: [{ by: 'idle', idleMs: 300_000, delayMs: 0 }], unread: [] }),
  reading('firewall.enabled', { enabled: true, product: 'ufw', ipv4Only: false }),
  reading('boot.secure_boot', { enabled: true, setupMode: false, validationOff: false }),
  reading('device.virtual', { container: null, wsl: false, hypervisor: null }),
];

/** The healthy readings with one check's replaced, or without it. */
export const healthyBut = (check: string, instead?: Partial<Reading>): readonly Reading[] =>
  HEALTHY.flatMap((healthy) => (healthy.check !== check ? [healthy] : instead === undefined ? [] : [{ ...healthy, ...instead } as Reading]));

/** Its disk lies in plain. */
export const FAILING = healthyBut('disk.encryption', { value: { volumes: [{ mount: '/', state: 'plain', by: [], plain: ['sda2'] }] } } as Partial<Reading>);

export interface Field {
  /** Everything as IT has it, with the administrator's token; over TCP too. */
  readonly service: TestService;
  readonly bystander: Device;
  /** Whoever the attack is on, or comes from. Healthy at first. */
  attacked: Device;
  /** A request of the attacker's: no token, unless it brings one. */
  send(method: string, path: string, sending?: Sending): Promise<Answer>;
  wire(bytes: string | Uint8Array, drip?: string | Uint8Array): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  report(jws: string): Promise<Answer>;
  nonce(device: Device | undefined, purpose?: NonceRequest['purpose']): Promise<string>;
  /** May this person open the wiki on this device? Asked by IT's gateway. */
  decide(device: unknown, subject?: string): Promise<Answer>;
  /** Time passes, and the bystander goes on reporting. */
  pass(ms: number): Promise<void>;
  /** Reports as somebody who holds the device's key and this state of its chain, and does what the answer says. */
  reportAs(chain: Device['chain'], readings?: readonly Reading[]): Promise<Answer>;
  token(...scopes: readonly string[]): Promise<{ readonly authorization: string }>;
  readonly log: string[];
  /** Requests that were sent, by anybody. */
  readonly sent: () => number;
}

export async function createField(options: Partial<ServiceOptions> = {}): Promise<Field> {
  const log: string[] = [];
  const inner = await createTestService({ ...options, log: { write: (line: string) => void log.push(line) } });
  let sent = 0;
  const knock = (method: string, path: string, sending?: Sending): Promise<Answer> => {
    sent++;
    return send(inner.url, method, path, sending);
  };
  const post: Field['post'] = (path, body, headers = {}) =>
    knock('POST', path, { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
  const report = (jws: string): Promise<Answer> => post('/v1/evidence', jws, { 'content-type': EVIDENCE_MEDIA_TYPE });
  const call: TestService['call'] = (method, url, body, headers = {}) =>
    body === undefined
      ? knock(method, url, { headers: { authorization: `Bearer ${ADMIN}`, ...headers } })
      : post(url, body, { authorization: `Bearer ${ADMIN}`, ...headers });
  const enrollmentToken: TestService['enrollmentToken'] = async (grant = { approves: true }) =>
    (await call('POST', '/v1/enrollment-tokens', { expiresInSeconds: 600, ...grant })).json().token;
  const service: TestService = { ...inner, call, report, enrollmentToken };
  const token: Field['token'] = async (...scopes) => ({
    authorization: `Bearer ${(await call('POST', '/v1/tokens', { name: scopes.join(), scopes })).json().token}`,
  });
  const gateway = await token('decide');

  const field: Field = {
    ...{ service, send: knock, post, report, token, log, sent: () => sent },
    bystander: await joinDevice(service),
    attacked: await joinDevice(service),
    wire: (bytes, drip) => {
      sent++;
      return wire(inner.url, bytes, drip);
    },
    nonce: async (device, purpose = 'evidence') =>
      (await post('/v1/nonces', { purpose, ...(device === undefined ? {} : { device: device.id }) })).json().nonce as string,
    decide: (device, subject = 'you@example.com') =>
      post(
        '/access/v1/evaluation',
        { subject: { type: 'user', id: subject }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' }, context: { device: { id: device } } },
        gateway,
      ),
    async pass(ms) {
      service.pass(ms);
      field.bystander.chain.nonce = await field.nonce(field.bystander);
      await field.bystander.report(HEALTHY);
    },
    async reportAs(chain, readings = HEALTHY) {
      const device = field.attacked;
      Object.assign(device.chain, chain, { nonce: await field.nonce(device) });
      const answer = await device.report(readings);
      const { epoch, head } = answer.json();
      if (epoch !== undefined) Object.assign(device.chain, { epoch, seq: 1, prev: head?.hash ?? null });
      Object.assign(chain, device.chain);
      return answer;
    },
  };
  for (const device of [field.bystander, field.attacked]) for (let reports = 0; reports < 2; reports++) await device.report(HEALTHY);
  return field;
}

/** What is decided on a device, and what is known of it: everything of it that could be better for an attacker. */
async function standingOf({ decide, service }: Field, id: string) {
  const { decision, context } = (await decide(id)).json();
  const { outcome, reasons, required_actions, device } = context;
  const { state, assurance, owner, platform, branches, readings, code } = (await service.call('GET', `/v1/devices/${id}`)).json();
  const decided = { decision, outcome, reasons, required_actions, compliance: device?.compliance, assurance: device?.assurance };
  return { ...decided, kept: { state, assurance, owner, platform, branches, readings, code } };
}

/** Of the bystander, of the attacked device, of one that nobody knows. */
export const look = async (field: Field) => ({
  bystander: await standingOf(field, field.bystander.id),
  attacked: await standingOf(field, field.attacked.id),
  nobody: await standingOf(field, '00000000-0000-4000-8000-000000000000'),
});

/** Inventory, history, and the attestation result of each device. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type AttestationResultClaims, EAR_PROFILE, shutOut, signJws, statusOf, trustworthinessVector } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { type Appraisal, EVIDENCE_MEDIA_TYPE, EVIDENCE_TYPE, StanceError } from '../model/index.ts';
import { complianceOf } from './appraiser.ts';
import { type Context, instant } from './context.ts';
import type { HeldDevice } from './inventory.ts';

/** Life of an attestation result: long enough to be handed on, short enough not to outlive the facts. */
const RESULT_LIFE_MS = 10 * 60 * 1000;

/** As it is at a moment, ms since the epoch. */
export const summaryOf = (device: HeldDevice, at: number) => ({
  id: device.id,
  platform: device.platform,
  state: device.state,
  assurance: device.assurance,
  owner: device.owner,
  tags: device.tags,
  compliance: complianceOf(device, at),
  enrolledAt: device.enrolledAt,
  lastReportedAt: device.lastReceivedAt,
  failing: Object.entries(device.facts?.verdicts ?? {}).flatMap(([check, verdict]) => (verdict === 'fail' ? [check] : [])),
});

export function registerDevices(app: FastifyInstance, context: Context): void {
  const { inventory, store, tokens, rules, now } = context;
  const security = [{ bearer: [] }];
  const read = tokens.guard('read');
  const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

  const find = (id: string): HeldDevice => {
    const device = inventory.get(id);
    if (device === undefined) throw new StanceError('not-found', `There is no device ${id}.`);
    return device;
  };
  /** The last evidence, judged now. */
  const appraisalOf = (device: HeldDevice): Appraisal => rules().appraiser.appraisal(device, store.readings(device.id), now());

  const ListQuery = Type.Object({
    failing: Type.Optional(Type.String({ maxLength: 64, description: '`any` for devices that are not compliant, or the id of a check that fails.' })),
    platform: Type.Optional(Type.Enum(['linux', 'darwin', 'win32'])),
    cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the page before.' })),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  });
  type ListQuery = { failing?: string; platform?: string; cursor?: string; limit: number };
  app.get<{ Querystring: ListQuery }>(
    '/v1/devices',
    { ...read, schema: { summary: 'Devices, page by page. Scope: read.', querystring: ListQuery, security } },
    async (request) => {
      const { failing, platform, cursor = '', limit } = request.query;
      const at = now();
      const wanted = (device: HeldDevice): boolean =>
        (platform === undefined || device.platform === platform) &&
        (failing === undefined || (failing === 'any' ? complianceOf(device, at) === 'not-compliant' : device.facts?.verdicts[failing] === 'fail'));
      const devices: HeldDevice[] = [];
      for (const device of inventory.list(cursor)) {
        if (!wanted(device)) continue;
        if (devices.length === limit) return { devices: devices.map((one) => summaryOf(one, at)), next: devices.at(-1)?.id ?? null };
        devices.push(device);
      }
      return { devices: devices.map((one) => summaryOf(one, at)), next: null };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/devices/:id',
    { ...read, schema: { summary: 'One device with its verdicts. Scope: read.', params: Id, security } },
    async (request) => {
      const device = find(request.params.id);
      const { checks, reasons, baseline, baselines, deadline = null } = appraisalOf(device);
      return {
        ...summaryOf(device, now()),
        stateReason: device.stateReason,
        predecessor: device.predecessor,
        description: device.description,
        chain: { epoch: device.epoch, head: device.head, closed: device.closed },
        branches: store.branches(device.id),
        baseline,
        baselines,
        deadline,
        checks,
        reasons,
        readings: store.readings(device.id),
      };
    },
  );

  const HistoryQuery = Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1000, default: 50 }) });
  app.get<{ Params: { id: string }; Querystring: { limit: number } }>(
    '/v1/devices/:id/history',
    { ...read, schema: { summary: 'Accepted evidence, the newest first. Scope: read.', params: Id, querystring: HistoryQuery, security } },
    async (request) => {
      return { history: store.history(find(request.params.id).id, request.query.limit) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/devices/:id/jwks.json',
    { ...read, schema: { summary: 'The public keys of a device, the newest last (RFC 7517). Scope: read.', params: Id, security } },
    async (request) => {
      const { id } = find(request.params.id);
      return { keys: store.deviceKeys(id).map(({ kid, jwk }) => ({ ...jwk, kid, alg: 'ES256', use: 'sig' })) };
    },
  );

  const ResultQuery = Type.Object({
    audience: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description:
          'The relying party that it is for. It names device and evidence as this audience alone knows them, so that two of them cannot put together what they know.',
      }),
    ),
  });
  app.get<{ Params: { id: string }; Querystring: { audience?: string } }>(
    '/v1/devices/:id/attestation-result',
    { ...read, schema: { summary: 'The signed appraisal: an EAR as a compact JWS. Scope: read.', params: Id, querystring: ResultQuery, security } },
    async (request, reply) => {
      const { audience } = request.query;
      const { pairwise } = context.keys;
      const device = find(request.params.id);
      const { head, facts } = device;
      if (head === null || facts === null) throw new StanceError('not-found', `Device ${device.id} has not reported yet.`);
      // Nobody stands for a device that may not report, or of which it is not certain that there is only one.
      const shut = shutOut(device.state);
      if (shut !== undefined) throw new StanceError(shut.code, `Device ${device.id} is ${device.state}: nothing is attested of it.`);
      if (device.state === 'suspect')
        throw new StanceError('device-suspect', `Device ${device.id} is suspect: nothing is attested of it until its next report.`);
      const appraisal = appraisalOf(device);
      const vector = trustworthinessVector(appraisal, device.assurance);
      const at = now();
      const claims: AttestationResultClaims = {
        eat_profile: EAR_PROFILE,
        iss: context.url(),
        iat: Math.floor(at / 1000),
        exp: Math.floor((at + RESULT_LIFE_MS) / 1000),
        jti: randomUUID(),
        ...(audience === undefined ? {} : { aud: audience }),
        ear_verifier_id: { developer: 'https://stance.example', build: `stance ${context.version}` },
        submods: {
          device: {
            ear_status: statusOf(vector),
            ear_trustworthiness_vector: vector,
            ...(appraisal.baselines.length === 0
              ? {}
              : { ear_appraisal_policy_ids: appraisal.baselines.map((baseline) => `urn:stance:baseline:${baseline.id}:${baseline.version}`) }),
          },
        },
        stance: {
          device: audience === undefined ? device.id : pairwise.device(audience, device.id),
          compliance: appraisal.compliance,
          assurance: device.assurance,
          checks: Object.fromEntries(appraisal.checks.map(({ check, verdict }) => [check, verdict])),
          evidence: audience === undefined ? head.hash : pairwise.evidence(audience, head.hash),
          observedAt: instant(facts.observedAt),
        },
      };
      const { jws } = await signJws(EVIDENCE_TYPE, claims, context.keys.signing('results').signer, sha256);
      return reply.type(EVIDENCE_MEDIA_TYPE).send(jws);
    },
  );
}

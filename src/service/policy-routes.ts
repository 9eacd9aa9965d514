/** Policies over HTTP: which are in force, which were, and putting others into force. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { StanceError } from '../model/index.ts';
import type { Context } from './context.ts';

/** A folder of policies may have 500 files; texts as large as this in all are more than anybody can read. */
const MAX_BYTES = 4 * 1024 * 1024;
const Note = Type.String({ minLength: 1, maxLength: 1000 });
const ConfirmImpact = Type.Optional(Type.Integer({ minimum: 0, description: 'How many of the devices that are fine today may be shut out.' }));

const ApplyRequest = Type.Object({
  files: Type.Array(Type.Object({ name: Type.String({ minLength: 1, maxLength: 256 }), text: Type.String() }), { minItems: 1, maxItems: 500 }),
  note: Type.Optional(Note),
  confirmImpact: ConfirmImpact,
  dryRun: Type.Optional(Type.Boolean({ description: 'Says the impact and changes nothing.' })),
});
type ApplyRequest = Static<typeof ApplyRequest>;
const BackRequest = Type.Object({ reason: Note, confirmImpact: ConfirmImpact });
type BackRequest = Static<typeof BackRequest>;
const VersionNumber = Type.Object({ number: Type.Integer({ minimum: 0 }) });

const security = [{ bearer: [] }];

export function registerPolicies(app: FastifyInstance, { policies, store, tokens }: Context): void {
  app.get('/v1/policies', { ...tokens.guard('read'), schema: { summary: 'Versions of the policies, the newest first. Scope: read.', security } }, async () => {
    const { files: _, ...active } = policies.active();
    const problem = policies.problem();
    return { active, versions: policies.versions(), ...(problem === undefined ? {} : { problem }) };
  });

  app.get(
    '/v1/policies/active',
    { ...tokens.guard('read'), schema: { summary: 'The policies in force, with their files. Scope: read.', security } },
    async () => policies.active(),
  );

  const versionOf = (number: number) => {
    const found = store.appliedPolicies(number);
    if (found === undefined) throw new StanceError('not-found', `There is no version ${number} of the policies. GET /v1/policies names those that are kept.`);
    return found;
  };
  app.get<{ Params: { number: number } }>(
    '/v1/policies/:number',
    { ...tokens.guard('read'), schema: { summary: 'A version of the policies, with its files. Scope: read.', params: VersionNumber, security } },
    async ({ params }) => versionOf(params.number),
  );

  app.post<{ Body: ApplyRequest }>(
    '/v1/policies',
    {
      ...tokens.guard('admin'),
      bodyLimit: MAX_BYTES,
      schema: { summary: 'Puts policies into force, at once. Scope: admin.', body: ApplyRequest, security },
    },
    async ({ body: { note = '', files, confirmImpact, dryRun = false }, caller }, reply) => {
      const applied = await policies.apply({
        ...{ by: caller?.name ?? '', note, dryRun },
        // Only what is named here is kept.
        files: files.map(({ name, text }) => ({ name, text })),
        ...(confirmImpact === undefined ? {} : { confirmImpact }),
      });
      return reply.code(dryRun ? 200 : 201).send(applied);
    },
  );

  app.post<{ Params: { number: number }; Body: BackRequest }>(
    '/v1/policies/:number/activation',
    {
      ...tokens.guard('admin'),
      schema: { summary: 'Puts an older version into force again, as a new one. Scope: admin.', params: VersionNumber, body: BackRequest, security },
    },
    async ({ params: { number }, body: { reason, confirmImpact }, caller }, reply) => {
      const { files } = versionOf(number);
      const confirmed = confirmImpact === undefined ? {} : { confirmImpact };
      return reply.code(201).send(await policies.apply({ by: caller?.name ?? '', note: reason, files, backTo: number, ...confirmed }));
    },
  );
}

/** Access policies: who may do what, on which device, with which data, at which risk. One YAML document each; `engine.ts` gives them their meaning. */
import { type Static, Type } from 'typebox';
import { ASSURANCES, COMPLIANCES, DEVICE_STATES, PLATFORMS, PROOFS, VERDICTS } from '../model/index.ts';
import { DAYS } from './calendar.ts';
import { Duration } from './duration.ts';

const closed = { additionalProperties: false };
const Text = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
const Texts = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 1000, description });
const AnyOf = <const T extends readonly string[]>(names: T, description: string) =>
  Type.Array(Type.Enum([...names] as unknown as T), { minItems: 1, uniqueItems: true, description });
const Cel = (description: string) => Type.String({ minLength: 1, maxLength: 2000, description });
const Scalar = Type.Union([Type.String({ maxLength: 1024 }), Type.Number(), Type.Boolean()]);
const Properties = Type.Record(Type.String(), Type.Union([Scalar, Type.Array(Scalar, { minItems: 1, maxItems: 1000 })]), {
  description: 'Properties and what they must be: a value, or a list of values of which one. A property that is not told cannot be known.',
});
export type WantedProperties = Static<typeof Properties>;

export const RISKS = ['none', 'low', 'medium', 'high'] as const;

const ResourceCondition = Type.Object(
  {
    type: Type.Optional(Type.String({ maxLength: 256, description: 'Type of the resource: app, record, …' })),
    id: Type.Optional(Type.String({ maxLength: 256, description: 'Id of the resource; `*` stands for any text.' })),
    properties: Type.Optional(Properties),
  },
  closed,
);
export type ResourceCondition = Static<typeof ResourceCondition>;
const Resources = (description: string) => Type.Array(ResourceCondition, { minItems: 1, maxItems: 1000, description });

const ActionCondition = Type.Union([
  Text('Name of the action; `*`: any.'),
  Type.Object({ name: Text('Name of the action.'), properties: Type.Optional(Properties) }, closed),
]);
export type ActionCondition = Static<typeof ActionCondition>;

const CheckCondition = Type.Object(
  {
    verdict: Type.Optional(AnyOf(VERDICTS, 'Any of these. A verdict that is unknown cannot be known to be another: name `unknown` to mean it.')),
    proof: Type.Optional(AnyOf(PROOFS, 'How far the reading is proven: any of these.')),
    value: Type.Optional(Cel('A condition in CEL over `value`, as docs/checks.md describes it for this check.')),
  },
  { ...closed, minProperties: 1 },
);
export type CheckCondition = Static<typeof CheckCondition>;

const DeviceCondition = Type.Object(
  {
    managed: Type.Optional(Type.Boolean({ description: 'true: a device that is enrolled here, may report, and is not somebody else’s.' })),
    compliance: Type.Optional(AnyOf(COMPLIANCES, 'Any of these, by fresh evidence. Name `unknown` to mean devices of which it cannot be known.')),
    assurance: Type.Optional(AnyOf(ASSURANCES, "Any of these: how far the device's identity is proven.")),
    platform: Type.Optional(AnyOf(PLATFORMS, 'Any of these systems.')),
    state: Type.Optional(AnyOf(DEVICE_STATES, 'Where it stands with the service: any of these.')),
    owner: Type.Optional(AnyOf(['self', 'other', 'none'] as const, 'Whose it is: the person’s own, somebody else’s, nobody’s in particular.')),
    tags: Type.Optional(Texts('Any of these tags is on it.')),
    checks: Type.Optional(Type.Record(Type.String(), CheckCondition, { description: 'Checks by id, and what must be so of each.' })),
  },
  { ...closed, minProperties: 1, description: 'All that is named must hold. What no fresh evidence of the person’s device tells cannot be known.' },
);
export type DeviceCondition = Static<typeof DeviceCondition>;

const Users = Type.Object(
  {
    include: Type.Optional(Texts('User ids, `group:NAME`, or `*`.')),
    exclude: Type.Optional(Texts('The same; whoever is excluded is not touched by this policy. Break-glass accounts belong here.')),
    properties: Type.Optional(Properties),
  },
  closed,
);

export const When = Type.Object(
  {
    users: Type.Optional(Users),
    resources: Type.Optional(
      Type.Union([
        Resources('Any of these.'),
        Type.Object(
          { include: Type.Optional(Resources('Any of these.')), exclude: Type.Optional(Resources('And none of these.')) },
          { ...closed, minProperties: 1 },
        ),
      ]),
    ),
    actions: Type.Optional(Type.Array(ActionCondition, { minItems: 1, maxItems: 1000, description: 'Any of these.' })),
    sensitivity: Type.Optional(Texts('Labels of the data (the property `sensitivity` of the resource): any of these.')),
    device: Type.Optional(DeviceCondition),
    network: Type.Optional(
      Type.Object(
        {
          include: Type.Optional(Texts('IP ranges (192.0.2.0/24, 2001:db8::/32) or `location:NAME` of the directory: any of these holds context.ip.')),
          exclude: Type.Optional(Texts('The same: and none of these.')),
        },
        { ...closed, minProperties: 1 },
      ),
    ),
    risk: Type.Optional(
      Type.Object(
        {
          user: Type.Optional(AnyOf(RISKS, 'context.risk.user is any of these.')),
          session: Type.Optional(AnyOf(RISKS, 'context.risk.session is any of these.')),
        },
        { ...closed, minProperties: 1 },
      ),
    ),
    time: Type.Optional(
      Type.Object(
        {
          days: Type.Optional(AnyOf(DAYS, 'Any of these. A span over midnight belongs to the day on which it begins.')),
          from: Type.Optional(Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'Begin, as 08:00.' })),
          to: Type.Optional(Type.String({ pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$', description: 'End, which is not part of it, as 18:00.' })),
          zone: Type.Optional(Text('Time zone, as Europe/Berlin. Left out: UTC.')),
        },
        { ...closed, minProperties: 1 },
      ),
    ),
    cel: Type.Optional(
      Cel(
        'A condition in CEL over subject, resource, action, context, device. One that cannot be known counts as true in a policy that blocks, and never grants.',
      ),
    ),
  },
  { ...closed, description: 'All that is named must hold. Nothing named: always.' },
);
export type When = Static<typeof When>;

/** A control that must be met before access is given. */
const Control = Type.Union([
  Type.Enum(['compliant-device', 'mfa', 'phishing-resistant-mfa', 'terms-of-use', 'password-change', 'approved-app']),
  Type.Object({ assurance: Type.Enum([...ASSURANCES], { description: 'The identity of the device is proven at least this far.' }) }, closed),
]);
export type Control = Static<typeof Control>;
const Controls = (description: string) => Type.Array(Control, { maxItems: 10, description });

const SessionControl = Type.Union([
  Type.Enum(['limit-downloads', 'read-only', 'no-persistent-session']),
  Type.Object({ 'sign-in-frequency': Duration('The person signs in again after this long at the latest.') }, closed),
]);
export type SessionControl = Static<typeof SessionControl>;

const Words = Type.Object({ en: Type.String({ maxLength: 500 }), de: Type.String({ maxLength: 500 }) }, closed);

export const AccessPolicy = Type.Object(
  {
    kind: Type.Literal('access-policy'),
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
      description: 'Stable name, of lower-case letters, digits, dot, dash, underscore; decisions cite it.',
    }),
    title: Type.Optional(Type.String({ maxLength: 200, description: 'For people.' })),
    state: Type.Enum(['enforced', 'report-only', 'off'], { description: 'report-only: what it would do is told beside each decision, and changes nothing.' }),
    when: When,
    grant: Type.Optional(
      Type.Union(
        [
          Type.Object({ block: Type.Literal(true, { description: 'No access.' }) }, closed),
          Type.Object(
            {
              require: Type.Union(
                [
                  Controls('Access, when all of these are met. Nothing named: access.'),
                  Type.Object({ all: Controls('All of these.') }, closed),
                  Type.Object({ any: Controls('One of these, whichever.') }, closed),
                ],
                { description: 'Controls: a list of which all must be met, or `any: […]`.' },
              ),
            },
            closed,
          ),
        ],
        {
          description: 'All policies that match apply: block wins, controls add up. Left out: the policy neither grants nor blocks, and only adds its session.',
        },
      ),
    ),
    session: Type.Optional(
      Type.Array(SessionControl, { minItems: 1, maxItems: 10, description: 'Obligations on whoever lets the person in: the outcome is "restrict".' }),
    ),
    message: Type.Optional({ ...Words, description: 'What the person is told where this policy blocks.' }),
  },
  { ...closed, title: 'Stance access policy', description: 'Who may do what, on which device, with which data, at which risk.' },
);
export type AccessPolicy = Static<typeof AccessPolicy>;

/** `directory.yaml`: the users, groups, resources, places and apps that policies and searches speak of. */
import { type Static, Type } from 'typebox';
import { addressRangeOf } from './addresses.ts';
import type { Locate, PolicyError } from './policy-errors.ts';
import { schemaErrors } from './schema-errors.ts';

const closed = { additionalProperties: false };
const Properties = Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Facts that policies may use.' }));
const Name = Type.String({ minLength: 1, maxLength: 256 });

export const Directory = Type.Object(
  {
    kind: Type.Literal('directory'),
    users: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Name,
            groups: Type.Optional(
              Type.Array(Type.String({ maxLength: 256 }), { maxItems: 1000, description: 'Groups the user is in; policies say `group:NAME`.' }),
            ),
            properties: Properties,
          },
          closed,
        ),
        { maxItems: 200_000 },
      ),
    ),
    resources: Type.Optional(
      Type.Array(
        Type.Object(
          {
            type: Name,
            id: Name,
            protected: Type.Optional(
              Type.Boolean({
                description:
                  'true: nobody gets in where no policy grants it, and the evidence of the device must be younger than two report intervals. false or left out: it decides itself who may enter, and policies add conditions. A resource that no directory names counts as protected.',
              }),
            ),
            properties: Properties,
          },
          closed,
        ),
        { maxItems: 200_000 },
      ),
    ),
    locations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Name,
            ranges: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 10_000, description: 'IP ranges: 192.0.2.0/24, 2001:db8::/32.' }),
          },
          closed,
        ),
        { maxItems: 1000, description: 'Places on the network; policies say `location:NAME`.' },
      ),
    ),
    actions: Type.Optional(Type.Array(Name, { maxItems: 1000, description: 'Names of actions that searches shall find, beside those that policies name.' })),
    approvedApps: Type.Optional(Type.Array(Name, { maxItems: 10_000, description: 'Client ids of the apps that the control `approved-app` lets through.' })),
  },
  { ...closed, title: 'Stance directory', description: 'Users, groups, resources, places and apps.' },
);
export type Directory = Static<typeof Directory>;

/** Which kinds of resources are protected, beside those that the directory marks. */
export const Protection = Type.Object(
  {
    kind: Type.Literal('protection'),
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'Stable name, of lower-case letters, digits, dot, dash, underscore.' }),
    resources: Type.Array(
      Type.Object(
        {
          type: Type.Optional(Type.String({ maxLength: 256, description: 'Type of the resource: app, record, …' })),
          id: Type.Optional(Type.String({ maxLength: 256, description: 'Id of the resource; `*` stands for any text.' })),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1000, description: 'Any of these is protected, whatever the directory says of it.' },
    ),
  },
  { ...closed, title: 'Stance protection', description: 'Resources into which nobody gets where no policy grants it.' },
);
export type Protection = Static<typeof Protection>;

export function directoryErrors(value: unknown, file: string, locate: Locate): PolicyError[] {
  const errors = schemaErrors(Directory, value, file, locate);
  if (errors.length > 0) return errors;
  for (const [index, { ranges }] of ((value as Directory).locations ?? []).entries()) {
    for (const [place, range] of ranges.entries()) {
      if (addressRangeOf(range) === undefined)
        errors.push({ file, ...locate(['locations', String(index), 'ranges', String(place)]), message: `"${range}" is no IP range, such as 192.0.2.0/24.` });
    }
  }
  return errors;
}

/** `directory.yaml`: the users, groups and resources that policies and searches speak of. */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };
const Properties = Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Facts that policies may use.' }));

export const Directory = Type.Object(
  {
    kind: Type.Literal('directory'),
    users: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 256 }),
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
        Type.Object({ type: Type.String({ minLength: 1, maxLength: 256 }), id: Type.String({ minLength: 1, maxLength: 256 }), properties: Properties }, closed),
        { maxItems: 200_000 },
      ),
    ),
  },
  { ...closed, title: 'Stance directory', description: 'Users, groups and resources.' },
);
export type Directory = Static<typeof Directory>;

/** What is known of a firewall, on every system. */
import { type Static, Type } from 'typebox';

/** Names of Windows' profiles, in no language. */
export const PROFILES = ['Domain', 'Private', 'Public'] as const;

export const Firewall = Type.Object({
  enabled: Type.Boolean(),
  product: Type.String({ maxLength: 64 }),
  ipv4Only: Type.Boolean({ description: 'What comes in over IPv6 is not filtered.' }),
  cause: Type.Optional(
    Type.Enum(['switched-off', 'admits-all', 'service-stopped'], { description: 'Why it is not enabled; admits-all: it runs, and lets everything in.' }),
  ),
  profiles: Type.Optional(
    Type.Array(Type.Enum(PROFILES), { maxItems: PROFILES.length, description: 'Windows: the profiles in which that is so. Without: in all.' }),
  ),
});
export type Firewall = Static<typeof Firewall>;

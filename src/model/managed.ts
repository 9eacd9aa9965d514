/**
 * What an organisation may set for everybody who uses a device: the one schema of it, in the names that stand in its files, profiles
 * and registry values. Documents and templates are made from it (`npm run docs`). DESIGN section 7 says where it stands among settings.
 */
import { type Static, Type } from 'typebox';

/** Preference domain on macOS. */
export const MANAGED_DOMAIN = 'io.github.stance';

/** Where each system keeps it. Only an administrator can write there; on Linux that is checked. */
export const MANAGED_PLACES = {
  /** Every `*.json`, in the order of their names; the later file wins, member by member. */
  linux: '/etc/opt/stance/policies/managed',
  darwin: `/Library/Managed Preferences/${MANAGED_DOMAIN}.plist`,
  /** Values of this key; the user's own hive is never asked. */
  win32: 'HKLM\\SOFTWARE\\Policies\\Stance',
} as const;

const AbsolutePath = '^(/|[A-Za-z]:\\\\).+$';

export const ManagedConfiguration = Type.Object(
  {
    server: Type.Optional(
      Type.String({
        title: 'Posture service',
        description: 'Address of the posture service that this device reports to: https, or http on loopback.',
        pattern: '^https?://\\S+$',
        maxLength: 1000,
        examples: ['https://posture.example.com'],
      }),
    ),
    enrollmentToken: Type.Optional(
      Type.String({
        title: 'Enrollment token',
        description:
          'Token that lets devices join, made by “stance token enrollment”. With it and the address of the service the agent joins with no click. Everybody who can read the configuration can read it: where that matters, name a file instead.',
        minLength: 1,
        maxLength: 200,
        examples: ['stance_enroll_REPLACE-ME'],
      }),
    ),
    enrollmentTokenFile: Type.Optional(
      Type.String({
        title: 'File with the enrollment token',
        description:
          'Absolute path of a file that holds the enrollment token and nothing else, for the eyes of the administrator only. It is read when the device joins. Where the token itself is set too, that counts.',
        pattern: AbsolutePath,
        maxLength: 1000,
        examples: ['/etc/opt/stance/enrollment-token'],
      }),
    ),
    caPin: Type.Optional(
      Type.String({
        title: 'Pinned certificate authority',
        description:
          'SHA-256 of the certificate of the one authority that is believed for the posture service, in hexadecimal: openssl x509 -in ca.pem -noout -fingerprint -sha256. Without it, the authorities that the system trusts are believed. A changed pin takes effect on devices that have joined; one that is taken away does not.',
        pattern: '^([0-9A-Fa-f]{2}:?){32}$',
        examples: ['0000000000000000000000000000000000000000000000000000000000000000'],
      }),
    ),
    state: Type.Optional(
      Type.String({
        title: 'State folder',
        description:
          'Absolute path of the folder that the agent keeps its key and chain in; read when the agent starts. The unit of the Debian package names its folder itself, which goes before this.',
        pattern: AbsolutePath,
        maxLength: 1000,
        examples: ['/var/lib/stance-agent'],
      }),
    ),
    intervalMs: Type.Optional(
      Type.Integer({
        title: 'Report interval',
        description:
          'Milliseconds between two reports until the service names another interval, which it does with its first answer. Read when the agent starts.',
        minimum: 10_000,
        maximum: 86_400_000,
        examples: [300_000],
      }),
    ),
    collectSerialNumber: Type.Optional(
      Type.Boolean({
        title: 'Collect the serial number',
        description:
          'Also send the serial number of the device when it joins. The person is shown that, and the number, in the window. On Linux only an agent that runs as root can read it.',
        default: false,
      }),
    ),
    userMayChangeServer: Type.Optional(
      Type.Boolean({
        title: 'People may choose another service',
        description: 'People without the rights of the administrator may let this device join another posture service than the one set here.',
        default: false,
      }),
    ),
    userMayChangeInterval: Type.Optional(
      Type.Boolean({
        title: 'People may change the report interval',
        description: 'People without the rights of the administrator may give the agent another report interval than the one set here.',
        default: false,
      }),
    ),
    userMayUnenroll: Type.Optional(
      Type.Boolean({
        title: 'People may leave',
        description:
          'People without the rights of the administrator may take this device out of the posture service (“stance unenroll”). Left out, they may where no service is set here.',
        default: false,
      }),
    ),
    userMayQuit: Type.Optional(
      Type.Boolean({
        title: 'People may quit',
        description: 'People may quit Stance from its icon in the tray.',
        default: true,
      }),
    ),
    rejoinAfterLeaving: Type.Optional(
      Type.Boolean({
        title: 'Join again after leaving',
        description:
          'A device that was taken out with “stance unenroll” joins again by itself. Otherwise it stays out until somebody lets it join with “stance enroll”.',
        default: false,
      }),
    ),
  },
  { additionalProperties: false },
);
export type ManagedConfiguration = Static<typeof ManagedConfiguration>;
export type ManagedName = keyof ManagedConfiguration;

/** Never shown. */
const SECRETS: ReadonlySet<string> = new Set<ManagedName>(['enrollmentToken']);

export interface ManagedFault {
  /** The file or registry key. */
  readonly source: string;
  /**
   * `ignored`: somebody else than the administrator could have written it, so it is as if it were not there.
   * `unreadable`: it is the administrator's, and this user may not read it. `broken`: it is, and not of the right form.
   */
  readonly kind: 'ignored' | 'unreadable' | 'broken';
  /** Why, and what to do. */
  readonly says: string;
}

/** One place as it was found: a file, a property list, a registry key. */
export type ManagedSource = { readonly name: string } & (
  | { readonly text: string }
  | { readonly members: Readonly<Record<string, unknown>> }
  | Omit<ManagedFault, 'source'>
);

/** Everything that is managed on this device. */
export interface Managed {
  readonly values: ManagedConfiguration;
  /** Which source each value stands in. */
  readonly from: Readonly<Partial<Record<ManagedName, string>>>;
  readonly faults: readonly ManagedFault[];
}

export const NOTHING_MANAGED: Managed = { values: {}, from: {}, faults: [] };

/** Whether the organisation says anything here, be it that this user cannot know what. */
export const isManaged = ({ values, faults }: Managed): boolean => Object.keys(values).length > 0 || !isWhole({ faults });

/** False where the organisation says more than could be understood. Nothing new is begun on half of a configuration: the pin could be in the other. */
export const isWhole = ({ faults }: Pick<Managed, 'faults'>): boolean => faults.every(({ kind }) => kind === 'ignored');

/** What somebody without the rights of the administrator may do. Unknown is not yes. */
export function personMay(managed: Managed): {
  readonly changeServer: boolean;
  readonly changeInterval: boolean;
  readonly unenroll: boolean;
  readonly quit: boolean;
} {
  const { values } = managed;
  return {
    changeServer: values.server === undefined || values.userMayChangeServer === true,
    changeInterval: values.intervalMs === undefined || values.userMayChangeInterval === true,
    unenroll: values.userMayUnenroll ?? (values.server === undefined && isWhole(managed)),
    quit: values.userMayQuit !== false,
  };
}

/** A managed value as people see it. */
export interface ManagedSetting {
  readonly name: string;
  readonly title: string;
  readonly value: string;
  readonly from: string;
}

/** What is managed, as the tray shows it. */
export interface ManagedView {
  readonly settings: readonly ManagedSetting[];
  /** A line for each source that does not count, or not as a whole. */
  readonly faults: readonly string[];
  readonly may: ReturnType<typeof personMay>;
}

/** One line for a fault. */
export const faultInWords = ({ source, kind, says }: ManagedFault): string =>
  `${source} ${kind === 'ignored' ? 'is ignored' : kind === 'unreadable' ? 'cannot be read by this user' : 'has an error'}: ${says}`;

/** What is managed, in the order of the schema, secrets hidden. */
export const managedSettings = ({ values, from }: Managed): readonly ManagedSetting[] =>
  (Object.keys(ManagedConfiguration.properties) as ManagedName[]).flatMap((name) => {
    const value = values[name];
    if (value === undefined) return [];
    const shown = SECRETS.has(name) ? '(hidden)' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
    return [{ name, title: titleOf(name), value: shown, from: from[name] ?? '' }];
  });
const titleOf = (name: ManagedName): string => (ManagedConfiguration.properties[name] as { title?: string }).title ?? name;

/** Null where there is nothing to show. */
export const managedView = (managed: Managed): ManagedView | null =>
  isManaged(managed) || managed.faults.length > 0
    ? { settings: managedSettings(managed), faults: managed.faults.map(faultInWords), may: personMay(managed) }
    : null;

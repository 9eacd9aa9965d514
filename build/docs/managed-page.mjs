/** `docs/managed-configuration.md`: the table of members from the schema, the rest in words. */
import { MANAGED_DOMAIN, MANAGED_PLACES } from '../../src/model/managed.ts';

const cell = (text) => text.replaceAll('|', '\\|');

function typeOf({ type, minimum, maximum }) {
  if (type === 'boolean') return 'yes or no';
  return type === 'integer' ? `whole number, ${minimum} to ${maximum}` : 'text';
}

const rowOf = (member) =>
  `| \`${member.name}\` | ${typeOf(member)} | ${member.default === undefined ? '' : member.default ? 'yes' : 'no'} | **${cell(member.title)}.** ${cell(member.description)} |`;

export const managedPage = (members) => `# Managed configuration

_Made from \`src/model/managed.ts\` by \`npm run docs\`._

What an organisation sets for everybody who uses a device. With the address of a service and an enrollment token in place, the agent joins and reports by itself: nobody types or clicks anything.

| System | Place | Template |
| --- | --- | --- |
| Linux | \`${MANAGED_PLACES.linux}/*.json\`, all of them, in the order of their names; a later file wins, member by member | [example.json](../build/mdm/linux/example.json) |
| macOS | managed preferences of the domain \`${MANAGED_DOMAIN}\` (\`${MANAGED_PLACES.darwin}\`), set for the device; those of a single user are not asked | [stance.mobileconfig](../build/mdm/macos/stance.mobileconfig) |
| Windows | values of \`${MANAGED_PLACES.win32}\`; \`HKCU\` is never asked | [stance.admx](../build/mdm/windows/stance.admx) with texts in [English](../build/mdm/windows/en-US/stance.adml) and [German](../build/mdm/windows/de-DE/stance.adml) |

Linux is what this has run on. What reads the other two is tested on files and answers that were written by hand; it has not run on macOS or Windows.

## What can be set

| Name | Value | Default | Meaning |
| --- | --- | --- | --- |
${members.map(rowOf).join('\n')}

In the registry, texts are \`REG_SZ\`, numbers \`REG_DWORD\`, yes and no \`REG_DWORD\` 1 and 0. Editors complete the JSON from [the schema](schema/managed-configuration.schema.json).

## On Linux, in three commands

    sudo install -d -m 755 ${MANAGED_PLACES.linux}
    echo 'stance_enroll_…' | sudo install -m 600 /dev/stdin /etc/opt/stance/enrollment-token
    sudo install -m 644 build/mdm/linux/example.json ${MANAGED_PLACES.linux}/10-stance.json

The Debian package makes the folder, and its agent starts as soon as there is a \`.json\` in it. Purging the package leaves everything that you put there.

## Whose word it is

A file counts only if nobody but root can have written it: it is owned by root, its group and others cannot write it, the same is true of every folder above it, and no symbolic link stands on the way. (On NixOS, where files in \`/etc\` are links, give the file a mode: \`environment.etc."…".mode = "0644"\` makes it a file.) The file that \`enrollmentTokenFile\` names is held to the same. Hidden files, and files that do not end in \`.json\`, are not looked at.

| What lies there | What it does |
| --- | --- |
| a file that somebody else could have written | Nothing: it is **ignored**, as if it were not there. |
| a file of root's that this user may not read | What stands in it is **unknown** to this process, which then joins nothing. The agent of the system reads it. |
| a file of root's that is not JSON, has a member twice, a member that does not exist, or a value of the wrong form | An **error**, with line and column. What can be understood counts, and nothing new is begun while it lasts: no joining, no moving. The pin may be in the part that cannot be understood. A device that has joined goes on reporting. |

Each of these is said by \`stance doctor\`, in the window of the tray, and by \`stance agent\` in its log. An agent of an older version does not know a member that came later, and treats it as an error: add new members after the agents are up to date.

## Among the other settings

Flag, then environment (\`STANCE_…\`), then managed configuration, then the person's own file, then the default: the nearer one wins, and \`stance doctor\` names the source of each value.

That a nearer source wins does not mean that everybody may use it. Where the organisation sets \`server\` or \`intervalMs\`, a person without the rights of root who chooses another value by flag or environment is refused, unless \`userMayChangeServer\` or \`userMayChangeInterval\` says otherwise. Nothing is overlooked silently. The address for commands of an administrator (\`stance device list --server …\`) is free: it does not say where this device reports to.

**What this is not.** These are rules of this program. Somebody can run another program, or this one changed, as themselves; what they cannot do without the rights of root is to change the agent of the system, its key or its state. On Windows nobody is taken for root yet: where \`userMayUnenroll\` is not set, an administrator takes the policy away first.

## What the agent does by it

**Joins.** A device that has not joined does so with \`server\` and a token, at the first turn or as soon as the file is there. While the service does not answer or refuses, it tries again after 15 seconds, then 30, doubling up to its interval. A device that waits for approval asks at its interval, and reports once it is let in. Where only \`server\` is set, people bring the token: \`stance enroll --enrollment-token …\`. Where a system agent is installed on Linux (\`/var/lib/stance-agent\` is there), the agent of a user does not join as a second device.

**A token is for joining.** Devices that have joined do not care about a new one, so it can be changed every week. A device that the service has revoked, retired, quarantined or forgotten joins again only with a token that it has not used yet: a new token in the file is a new invitation, the old one is not.

**Follows the service.** Another \`server\` that turns out to be the same service (it answers with the same audience) is moved to, as the same device. Another service is joined with its token; until that has worked, the device goes on reporting to the old one. Where the authority was pinned, give \`caPin\` with the new address too. Changes are noticed at once on Linux and macOS, elsewhere within an interval. With \`userMayChangeServer\`, a device that has joined is left where it is.

**Does not bring back who left.** \`stance unenroll\` is for root, and for people where \`userMayUnenroll\` says so. Whoever took the device out meant it: it stays out through restarts, new tokens and new addresses, and its state folder keeps a note of that and nothing else. \`stance enroll\` lets it join again, without further arguments where the organisation names service and token. Only \`rejoinAfterLeaving\` makes it join again by itself; people should be told before you set it.

**When it is taken away**, a device that has joined stays as it is and goes on reporting.

## What people see

The window of the tray says “Managed by your organisation”, lists what is set (never the token), where it stands, and what only the administrator may change; “Quit” is disabled where \`userMayQuit\` is no. \`stance doctor\` shows the same. Where the serial number was asked for, the window says so and shows the number that was sent.
`;

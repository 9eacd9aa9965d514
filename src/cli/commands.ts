/** The commands as data: name, what it is for, options, an example, and the function that does it, loaded only when it is called. */
import { Option } from 'commander';
import { spareMemory } from './frugality.ts';

/** Called with the arguments of the command and its options; gives the exit code. */
export type Action = (...given: never[]) => Promise<number>;

export interface CommandSpec {
  /** `device show <id>`: group, name, arguments. */
  readonly name: string;
  readonly says: string;
  readonly options: readonly Option[];
  readonly example: string;
  readonly load: () => Promise<Action>;
}

export const GROUPS: Readonly<Record<string, string>> = {
  device: 'what the service knows of devices, and what becomes of them',
  token: 'tokens: enrollment tokens for devices, access tokens for callers',
  policy: 'policies as files',
  catalog: 'releases of operating systems: when their support ends, which builds are newest',
  store: "the service's data",
  audit: 'what the service has acknowledged',
};

const option = (flags: string, says: string, otherwise?: string): Option => {
  const made = new Option(flags, says);
  return otherwise === undefined ? made : made.default(otherwise);
};
const needed = (flags: string, says: string): Option => new Option(flags, says).makeOptionMandatory();

const LISTEN = '127.0.0.1:8700';
const json = option('--json', 'print one JSON document on stdout; everything else goes to stderr');
const state = option('--state <folder>', 'folder of key and chain (default: STANCE_STATE, managed or user configuration, XDG state folder)');
const server = option('--server <url>', 'address of the posture service (default: STANCE_SERVER, managed or user configuration)');
const token = option('--token <token>', 'bearer token (default: STANCE_ADMIN_TOKEN)');
const reason = needed('--reason <text>', 'why; it is kept');
const store = option('--store <url>', 'sqlite:PATH', 'sqlite:stance.db');
const keys = option('--state <folder>', 'folder of the service keys', 'stance-service');
const enforce = option('--enforce <id...>', 'as if these access policies were enforced, whatever their state');
const remote = [server, token, json];

const onThisDevice: readonly CommandSpec[] = [
  {
    name: 'demo',
    says: 'service, enrollment, reading, report and decision on this machine, end to end',
    options: [
      option('--once', 'end after the decision'),
      option('--listen <host:port>', 'where the service listens', LISTEN),
      option('--state <folder>', 'folder of service and agent (default: XDG state folder, demo)'),
      option('--replay <file>', 'a recorded machine instead of this one'),
      json,
    ],
    example: 'npm start -- --once --json',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'check',
    says: 'read this machine and judge it by default parameters; sends nothing',
    options: [
      option('--only <id...>', 'only these checks'),
      option('--no-slow', 'skip what takes long (update searches)'),
      option('--record <file>', 'also write what was seen as a recorded machine, names and serial numbers masked').conflicts('replay'),
      option('--replay <file>', 'read a recorded machine instead of this one'),
      state,
      json,
    ],
    example: 'stance check --only disk.encryption firewall.enabled',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'enroll',
    says: 'join this device to a posture service',
    options: [
      option('--enrollment-token <token>', 'from `stance token enrollment` or your administrator (default: managed configuration)'),
      option('--ca-pin <sha256>', 'believe this certificate authority and no other: SHA-256 of its certificate (default: managed configuration)'),
      ...[server, state, json],
    ],
    example: 'stance enroll --server https://posture.example.com --enrollment-token …',
    load: async () => (await import('./enroll.ts')).enroll,
  },
  {
    name: 'unenroll',
    says: 'tell the service that this device leaves, and remove key, chain and everything else of it',
    options: [option('--force', 'leave even where the service cannot be told'), state, json],
    example: 'stance unenroll',
    load: async () => (await import('./enroll.ts')).unenroll,
  },
  {
    name: 'agent',
    says: 'read and report, again and again, without a window',
    options: [
      option('--once', 'end after one report'),
      option('--rotate-key', 'the next report brings a new key'),
      option('--interval <ms>', 'report interval in milliseconds'),
      ...[state, json],
    ],
    example: 'stance agent --state /var/lib/stance-agent',
    load: async () => {
      // Before anything of the agent is compiled.
      spareMemory();
      return (await import('./agent.ts')).agent;
    },
  },
  {
    name: 'session',
    says: 'in a person’s session: read what belongs there and hand it to the system agent',
    options: [option('--once', 'hand over once, have the system agent look again, and show what it shows'), json],
    example: 'stance session',
    load: async () => {
      spareMemory();
      return (await import('./session.ts')).session;
    },
  },
  {
    name: 'doctor',
    says: 'what is set, where it comes from, what cannot be read and why',
    options: [server, state, json],
    example: 'stance doctor',
    load: async () => (await import('./doctor.ts')).doctor,
  },
];

const ofTheService: readonly CommandSpec[] = [
  {
    name: 'serve',
    says: 'the posture service',
    options: [
      option('--listen <host:port>', 'where to listen; anything but loopback needs TLS', LISTEN),
      option('--store <url>', 'memory: | sqlite:PATH', 'sqlite:stance.db'),
      option('--policies <folder>', 'folder of YAML files (default: the ones that come with Stance)'),
      keys,
      option('--public-url <url>', 'address that devices and callers use, where it differs'),
      option('--tls-cert <file>', 'certificate and what stands above it, PEM; read again when it changes'),
      option('--tls-key <file>', 'its key, PEM'),
      option('--trust-proxy <addresses>', 'proxies that are believed about whom they speak for, separated by commas'),
      option('--retention-days <n>', 'how long evidence is kept', '400'),
      option('--catalog-source <feed=url...>', 'fetch what is known of releases once a day: endoflife=, sofa=, msrc= (default: nobody is asked)'),
    ],
    example: 'stance serve --store sqlite:/var/lib/stance/service.db --policies ./policies',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'store backup',
    says: 'copy database and keys as of one moment; the service may run',
    options: [needed('--to <folder>', 'an empty folder'), store, keys, json],
    example: 'stance store backup --to /backup/2026-11-24',
    load: async () => (await import('./store.ts')).backUp,
  },
  {
    name: 'store restore',
    says: 'put a backup back; the service must not run',
    options: [needed('--from <folder>', 'made by `stance store backup`'), store, keys, json],
    example: 'stance store restore --from /backup/2026-11-24',
    load: async () => (await import('./store.ts')).restore,
  },
  {
    name: 'audit verify',
    says: 'check every signature and every link of every chain, without the service; exit 0 or 1',
    options: [store, keys, json],
    example: 'stance audit verify --store sqlite:/var/lib/stance/service.db --state /var/lib/stance',
    load: async () => (await import('./store.ts')).verifyAudit,
  },
  {
    name: 'policy validate <folder>',
    says: 'check every YAML file of a folder; nothing is activated',
    options: [json],
    example: 'stance policy validate ./policies',
    load: async () => (await import('./policy.ts')).validatePolicies,
  },
  {
    name: 'policy test <folder>',
    says: 'try the cases that stand beside the policies; nothing is activated; exit 0 or 1',
    options: [option('--case <text>', 'only cases whose name holds this'), json],
    example: 'stance policy test ./policies',
    load: async () => (await import('./policy.ts')).testPolicies,
  },
  {
    name: 'policy what-if <folder>',
    says: 'what every policy would say to a question, and why not; nothing is activated; exit 0 where the decision is true, else 1',
    options: [
      option('--ask <file>', 'the question as YAML or JSON: subject, action, resource, context, device, at, as in a test case'),
      option('--subject <id>', 'who asks'),
      option('--resource <type:id>', 'for what; without a type it is an app'),
      option('--action <name>', 'to do what (default: open)'),
      option('--check <id=verdict...>', 'on an imagined device of which these checks come out so, and all others pass'),
      option('--compliance <word>', 'on an imagined device that is compliant, grace, not-compliant or unknown'),
      option('--device <id>', 'on this device, as the store has it; none: on no device'),
      ...[enforce, store, keys, json],
    ],
    example: 'stance policy what-if ./policies --subject ada --resource app:payroll --check disk.encryption=fail',
    load: async () => (await import('./policy-what-if.ts')).whatIfPolicies,
  },
  {
    name: 'policy replay <folder>',
    says: 'a draft of policies on the decisions that the service has kept: who would have been let in or shut out, how long, through what',
    options: [option('--days <n>', 'decisions of the last days', '7'), ...[enforce, store, keys, json]],
    example: 'stance policy replay ./policies --days 14 --enforce compliant-device-for-everything --store sqlite:/var/lib/stance/service.db',
    load: async () => (await import('./policy-replay.ts')).replayPolicies,
  },
];

const ruling = (verb: 'approve' | 'revoke' | 'retire', says: string): CommandSpec => ({
  name: `device ${verb} <id>`,
  says,
  options: [reason, ...remote],
  example: `stance device ${verb} 6b1f… --reason "ticket 4711"`,
  load: async () => (await import('./device.ts')).ruleOnDevice(verb),
});

const forAdministrators: readonly CommandSpec[] = [
  {
    name: 'device list',
    says: 'all devices',
    options: [option('--failing [check]', 'only those that fail a required check, or this one'), option('--csv', 'comma-separated values'), ...remote],
    example: 'stance device list --failing disk.encryption --csv',
    load: async () => (await import('./device.ts')).listDevices,
  },
  {
    name: 'device show <id>',
    says: 'one device: verdicts, reasons, history, branches',
    options: remote,
    example: 'stance device show 6b1f…',
    load: async () => (await import('./device.ts')).showDevice,
  },
  ruling('approve', 'let a device report that has joined and waits'),
  ruling('revoke', 'take nothing of a device any more, and grant nothing on it'),
  ruling('retire', 'a device leaves in good order'),
  {
    name: 'device erase <id>',
    says: 'erase a device with its evidence and the decisions on it, for good',
    options: remote,
    example: 'stance device erase 6b1f…',
    load: async () => (await import('./device.ts')).eraseDevice,
  },
  {
    name: 'device erase-person <subject>',
    says: "erase a person's devices, and take the person out of the decisions that are kept",
    options: remote,
    example: 'stance device erase-person ada@example.com',
    load: async () => (await import('./device.ts')).erasePerson,
  },
  {
    name: 'policy apply <folder>',
    says: 'put a folder of policies into force at the service, at once; cases that fail, or too many devices shut out, keep it out; exit 0 or 1',
    options: [
      option('--note <text>', 'why; it is kept'),
      option('--confirm-impact <n>', 'that many of the devices that are fine today may be shut out (needed above 5 %)'),
      option('--dry-run', 'say the impact and change nothing'),
      ...remote,
    ],
    example: 'stance policy apply ./policies --note "ticket 4711"',
    load: async () => (await import('./policy-apply.ts')).applyPolicies,
  },
  {
    name: 'policy diff <folder> [other]',
    says: 'what two folders of policies differ in; with one, what it would change of what is in force; exit 0 where nothing, else 1',
    options: remote,
    example: 'stance policy diff ./policies',
    load: async () => (await import('./policy-diff.ts')).diffPolicies,
  },
  {
    name: 'policy explain <decision>',
    says: "why a decision was as it was: its id is `context.id` of the answer; by the policies of then, out of the service's database",
    options: [option('--policies <folder>', 'holds the policies of then, where the service has none of that version'), store, json],
    example: 'stance policy explain 0b2c… --store sqlite:/var/lib/stance/service.db',
    load: async () => (await import('./policy-explain.ts')).explainDecision,
  },
  {
    name: 'policy list',
    says: 'versions of the policies, the one in force marked',
    options: remote,
    example: 'stance policy list',
    load: async () => (await import('./policy-apply.ts')).listPolicies,
  },
  {
    name: 'policy roll-back [number]',
    says: 'put an older version into force again: that one, or the one before',
    options: [reason, option('--confirm-impact <n>', 'that many of the devices that are fine today may be shut out'), ...remote],
    example: 'stance policy roll-back --reason "finance cannot work"',
    load: async () => (await import('./policy-apply.ts')).rollBackPolicies,
  },
  {
    name: 'token enrollment',
    says: 'a token that lets devices join',
    options: [
      option('--uses <n>', 'how many devices', '1'),
      option('--expires <hours>', 'life in hours', '24'),
      option('--approve', 'devices that join with it need no approval; who steals it gets in'),
      option('--owner <user>', 'whose devices join with it'),
      ...remote,
    ],
    example: 'stance token enrollment --uses 50 --expires 72',
    load: async () => (await import('./token.ts')).createEnrollmentToken,
  },
  {
    name: 'token access <name>',
    says: 'a bearer token for a caller of the API',
    options: [needed('--scope <scope...>', 'decide, assert, read, admin'), ...remote],
    example: 'stance token access gateway --scope decide',
    load: async () => (await import('./token.ts')).createAccessToken,
  },
  {
    name: 'catalog build',
    says: 'a catalogue of releases from files that others publish; fetches nothing',
    options: [
      needed('--out <file>', 'where it is written'),
      option('--endoflife <file...>', 'products of endoflife.date (API v1), JSON'),
      option('--distro-info <folder>', "debian.csv and ubuntu.csv of Debian's distro-info-data"),
      option('--sofa <file...>', "SOFA's macOS feed, JSON"),
      option('--msrc <file...>', 'months of Microsoft (MSRC CVRF), JSON'),
      option('--base <file>', 'the catalogue that it goes on from (default: the one that comes with Stance)'),
      option('--as-of <day>', 'when the sources were fetched, where they do not say (default: when the files were written)'),
      json,
    ],
    example: 'stance catalog build --out os-catalog.json --distro-info /usr/share/distro-info --sofa macos_data_feed.json',
    load: async () => (await import('./catalog.ts')).buildFromFiles,
  },
  {
    name: 'catalog apply <file>',
    says: 'put a newer catalogue into force at the service; devices get it with their next report',
    options: remote,
    example: 'stance catalog apply os-catalog.json',
    load: async () => (await import('./catalog.ts')).applyFile,
  },
  {
    name: 'catalog show [file]',
    says: 'what a catalogue says: this file, or the one that comes with Stance',
    options: [option('--os <id>', 'only this system: windows, macos, ubuntu, …'), json],
    example: 'stance catalog show --os ubuntu',
    load: async () => (await import('./catalog.ts')).showFile,
  },
  {
    name: 'verify <file>',
    says: 'check the signature of evidence or an attestation result; exit 0 or 1',
    options: [needed('--jwks <file|url>', 'the keys to trust'), json],
    example: 'stance verify result.jwt --jwks https://posture.example.com/.well-known/jwks.json',
    load: async () => (await import('./verify.ts')).verifyFile,
  },
];

export const COMMANDS: readonly CommandSpec[] = [...onThisDevice, ...ofTheService, ...forAdministrators];

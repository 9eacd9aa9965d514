/** `stance`: one file per command, loaded only when it is called. Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 could not be done. */
import process from 'node:process';
import { Command, CommanderError, Option } from 'commander';
import { ERRORS, StanceError } from '../model/index.ts';
import { spareMemory } from './frugality.ts';
import { warn } from './output.ts';
import { VERSION } from './version.ts';

const LISTEN = '127.0.0.1:8700';
let exitCode = 0;

/** Runs a command's function with its options; what it returns is the exit code. */
const run =
  (load: () => Promise<(...args: never[]) => Promise<number>>) =>
  async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command;
    exitCode = await ((await load()) as (...given: unknown[]) => Promise<number>)(...args.slice(0, -2), command.optsWithGlobals());
  };

const json = (): Option => new Option('--json', 'print one JSON document on stdout; everything else goes to stderr');
const state = (): Option => new Option('--state <folder>', 'folder of key and chain (default: STANCE_STATE, managed or user configuration, XDG state folder)');
const server = (): Option => new Option('--server <url>', 'address of the posture service (default: STANCE_SERVER, managed or user configuration)');
const token = (): Option => new Option('--token <token>', 'bearer token (default: STANCE_ADMIN_TOKEN)');

function build(): Command {
  const program = new Command('stance')
    .description('Reads the health of this device, proves it, and answers whether it deserves access.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError();
  const example = (command: Command, text: string): Command => command.addHelpText('after', `\nExample:\n  ${text}`);

  example(
    program
      .command('demo')
      .description('service, enrollment, reading, report and decision on this machine, end to end')
      .option('--once', 'end after the decision')
      .option('--listen <host:port>', 'where the service listens', LISTEN)
      .option('--state <folder>', 'folder of service and agent (default: XDG state folder, demo)')
      .option('--replay <file>', 'a recorded machine instead of this one')
      .addOption(json())
      .action(run(async () => (await import('./demo.ts')).demo)),
    'npm start -- --once --json',
  );
  example(
    program
      .command('check')
      .description('read this machine and judge it by default parameters; sends nothing')
      .option('--only <id...>', 'only these checks')
      .option('--no-slow', 'skip what takes long (update searches)')
      .addOption(new Option('--record <file>', 'also write what was seen as a recorded machine, names and serial numbers masked').conflicts('replay'))
      .option('--replay <file>', 'read a recorded machine instead of this one')
      .addOption(state())
      .addOption(json())
      .action(run(async () => (await import('./check.ts')).check)),
    'stance check --only disk.encryption firewall.enabled',
  );
  example(
    program
      .command('enroll')
      .description('join this device to a posture service')
      .requiredOption('--enrollment-token <token>', 'from `stance token enrollment` or your administrator')
      .option('--ca-pin <sha256>', 'believe this certificate authority and no other: SHA-256 of its certificate')
      .addOption(server())
      .addOption(state())
      .addOption(json())
      .action(run(async () => (await import('./enroll.ts')).enroll)),
    'stance enroll --server https://posture.example.com --enrollment-token …',
  );
  example(
    program
      .command('unenroll')
      .description('tell the service that this device leaves, and remove key, chain and everything else of it')
      .option('--force', 'leave even where the service cannot be told')
      .addOption(state())
      .addOption(json())
      .action(run(async () => (await import('./enroll.ts')).unenroll)),
    'stance unenroll',
  );
  example(
    program
      .command('agent')
      .description('read and report, again and again, without a window')
      .option('--once', 'end after one report')
      .option('--rotate-key', 'the next report brings a new key')
      .option('--interval <ms>', 'report interval in milliseconds')
      .addOption(state())
      .addOption(json())
      .action(
        run(async () => {
          spareMemory();
          return (await import('./agent.ts')).agent;
        }),
      ),
    'stance agent --state /var/lib/stance',
  );
  example(
    program
      .command('serve')
      .description('the posture service')
      .option('--listen <host:port>', 'where to listen; anything but loopback needs TLS', LISTEN)
      .option('--store <url>', 'memory: | sqlite:PATH', 'sqlite:stance.db')
      .option('--policies <folder>', 'folder of YAML files (default: the ones that come with Stance)')
      .option('--state <folder>', 'folder of the service keys', 'stance-service')
      .option('--public-url <url>', 'address that devices and callers use, where it differs')
      .option('--tls-cert <file>', 'certificate and what stands above it, PEM; read again when it changes')
      .option('--tls-key <file>', 'its key, PEM')
      .option('--trust-proxy <addresses>', 'proxies that are believed about whom they speak for, separated by commas')
      .option('--retention-days <n>', 'how long evidence is kept (default: 400)')
      .action(run(async () => (await import('./serve.ts')).serve)),
    'STANCE_ADMIN_TOKEN=… stance serve --store sqlite:/var/lib/stance/service.db --policies ./policies',
  );
  const device = program.command('device').description('what the service knows of devices');
  example(
    device
      .command('list')
      .description('all devices')
      .option('--failing [check]', 'only those that fail a required check, or this one')
      .option('--csv', 'comma-separated values')
      .addOption(server())
      .addOption(token())
      .addOption(json())
      .action(run(async () => (await import('./device.ts')).listDevices)),
    'stance device list --failing disk.encryption --csv',
  );
  example(
    device
      .command('show <id>')
      .description('one device: verdicts, reasons, history')
      .addOption(server())
      .addOption(token())
      .addOption(json())
      .action(run(async () => (await import('./device.ts')).showDevice)),
    'stance device show 6b1f…',
  );
  const reason = (): Option => new Option('--reason <text>', 'why; it is kept').makeOptionMandatory();
  for (const [verb, description] of [
    ['approve', 'let a device report that has joined and waits'],
    ['revoke', 'take nothing of a device any more, and grant nothing on it'],
    ['retire', 'a device leaves in good order'],
  ] as const) {
    example(
      device
        .command(`${verb} <id>`)
        .description(description)
        .addOption(reason())
        .addOption(server())
        .addOption(token())
        .addOption(json())
        .action(run(async () => (await import('./device.ts')).ruleOnDevice(verb))),
      `stance device ${verb} 6b1f… --reason "ticket 4711"`,
    );
  }
  example(
    device
      .command('erase <id>')
      .description('erase a device with its evidence and the decisions on it, for good')
      .addOption(server())
      .addOption(token())
      .addOption(json())
      .action(run(async () => (await import('./device.ts')).eraseDevice)),
    'stance device erase 6b1f…',
  );
  example(
    device
      .command('erase-person <subject>')
      .description("erase a person's devices, and take the person out of the decisions that are kept")
      .addOption(server())
      .addOption(token())
      .addOption(json())
      .action(run(async () => (await import('./device.ts')).erasePerson)),
    'stance device erase-person ada@example.com',
  );
  const storage = (): Option => new Option('--store <url>', 'sqlite:PATH').default('sqlite:stance.db');
  const keys = (): Option => new Option('--state <folder>', 'folder of the service keys').default('stance-service');
  const stored = program.command('store').description("the service's data");
  example(
    stored
      .command('backup')
      .description('copy database and keys as of one moment; the service may run')
      .requiredOption('--to <folder>', 'an empty folder')
      .addOption(storage())
      .addOption(keys())
      .addOption(json())
      .action(run(async () => (await import('./store.ts')).backUp)),
    'stance store backup --to /backup/2026-11-24',
  );
  example(
    stored
      .command('restore')
      .description('put a backup back; the service must not run')
      .requiredOption('--from <folder>', 'made by `stance store backup`')
      .addOption(storage())
      .addOption(keys())
      .addOption(json())
      .action(run(async () => (await import('./store.ts')).restore)),
    'stance store restore --from /backup/2026-11-24',
  );
  const audit = program.command('audit').description('what the service has acknowledged');
  example(
    audit
      .command('verify')
      .description('check every signature and every link of every chain, without the service; exit 0 or 1')
      .addOption(storage())
      .addOption(keys())
      .addOption(json())
      .action(run(async () => (await import('./store.ts')).verifyAudit)),
    'stance audit verify --store sqlite:/var/lib/stance/service.db --state /var/lib/stance',
  );
  const tokens = program.command('token').description('tokens: enrollment tokens for devices, access tokens for callers');
  example(
    tokens
      .command('enrollment')
      .description('a token that lets devices join')
      .option('--uses <n>', 'how many devices', '1')
      .option('--expires <hours>', 'life in hours', '24')
      .option('--approve', 'devices that join with it need no approval; who steals it gets in')
      .option('--owner <user>', 'whose devices join with it')
      .addOption(server())
      .addOption(token())
      .addOption(json())
      .action(run(async () => (await import('./token.ts')).createEnrollmentToken)),
    'stance token enrollment --uses 50 --expires 72',
  );
  example(
    tokens
      .command('access <name>')
      .description('a bearer token for a caller of the API')
      .requiredOption('--scope <scope...>', 'decide, assert, read, admin')
      .addOption(server())
      .addOption(token())
      .addOption(json())
      .action(run(async () => (await import('./token.ts')).createAccessToken)),
    'stance token access gateway --scope decide',
  );
  const policy = program.command('policy').description('policies as files');
  example(
    policy
      .command('validate <folder>')
      .description('check every YAML file of a folder; nothing is activated')
      .addOption(json())
      .action(run(async () => (await import('./policy.ts')).validatePolicies)),
    'stance policy validate ./policies',
  );
  example(
    program
      .command('verify <file>')
      .description('check the signature of evidence or an attestation result; exit 0 or 1')
      .requiredOption('--jwks <file|url>', 'the keys to trust')
      .addOption(json())
      .action(run(async () => (await import('./verify.ts')).verifyFile)),
    'stance verify result.jwt --jwks https://posture.example.com/.well-known/jwks.json',
  );
  example(
    program
      .command('doctor')
      .description('what is set, where it comes from, what cannot be read and why')
      .addOption(server())
      .addOption(state())
      .addOption(json())
      .action(run(async () => (await import('./doctor.ts')).doctor)),
    'stance doctor',
  );
  return program;
}

// Whoever reads our output may have seen enough (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCode);
});

/** A function, because CommonJS, which the single executable runs, has no `await` outside of one. */
async function main(): Promise<void> {
  try {
    await build().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : 2;
    else if (error instanceof StanceError) {
      const usage = error.code === 'usage';
      warn(`stance: ${ERRORS[error.code].title}: ${error.message} (${error.code})`);
      if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
      exitCode = usage ? 2 : 3;
    } else {
      warn(`stance: an internal error. Please report it with this trace.\n${error instanceof Error ? error.stack : String(error)}`);
      exitCode = 3;
    }
  }
  process.exitCode = exitCode;
}

void main();

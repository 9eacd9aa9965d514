/** `stance`: the commands of `commands.ts`. Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 could not be done. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { ERRORS, StanceError } from '../model/index.ts';
import { COMMANDS, type CommandSpec, GROUPS } from './commands.ts';
import { warn } from './output.ts';
import { VERSION } from './version.ts';

let exitCode = 0;

function add(to: Command, { says, options, example, load }: CommandSpec, words: string): void {
  const command = to
    .command(words)
    .description(says)
    .addHelpText('after', `\nExample:\n  ${example}`)
    .action(async (...given: unknown[]) => {
      const action = (await load()) as (...args: unknown[]) => Promise<number>;
      // Commander gives the arguments, then the options, then the command.
      exitCode = await action(...given.slice(0, -2), command.optsWithGlobals());
    });
  for (const option of options) command.addOption(option);
}

function build(): Command {
  const program = new Command('stance')
    .description('Reads the health of this device, proves it, and answers whether it deserves access.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError();
  const groups = new Map(Object.entries(GROUPS).map(([name, says]) => [name, program.command(name).description(says)]));
  for (const spec of COMMANDS) {
    const [first = '', ...rest] = spec.name.split(' ');
    const group = groups.get(first);
    if (group === undefined) add(program, spec, spec.name);
    else add(group, spec, rest.join(' '));
  }
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

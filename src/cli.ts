#!/usr/bin/env node
// The engine from a terminal: inspect files, serve the collector, list, show, locate, why. Runs on Node 20; what needs node:sqlite says so.
import { helpOf, parseCommand } from './cli/arguments.ts';
import { CliError, processIo, type CliIo } from './cli/cliIo.ts';
import { COMMANDS, generalHelp, isCommandName, loadCommand } from './cli/commands.ts';
import { VERSION } from './cli/version.ts';

async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const [word, ...rest] = argv;
  if (word === '--version' || word === '-v') {
    io.write(`${VERSION}\n`);
    return 0;
  }
  if (word === '--help' || word === '-h' || word === 'help') {
    io.write(generalHelp());
    return 0;
  }
  if (word === undefined) throw new CliError(2, `which command? One of ${Object.keys(COMMANDS).join(', ')}; "tracefall --help" tells more.`);
  if (!isCommandName(word)) throw new CliError(2, `there is no command ${JSON.stringify(word)}; it is one of ${Object.keys(COMMANDS).join(', ')}.`);
  const spec = COMMANDS[word];
  const end = rest.indexOf('--');
  if ((end < 0 ? rest : rest.slice(0, end)).some((argument) => argument === '--help' || argument === '-h')) {
    io.write(helpOf(spec));
    return 0;
  }
  return (await loadCommand(word))(spec, parseCommand(spec, rest), io);
}

/** Errors that were meant for people carry a kind; anything else is a fault of ours and shows its stack. */
function isSentence(error: unknown): error is Error {
  return error instanceof CliError || (error instanceof Error && typeof (error as { kind?: unknown }).kind === 'string');
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const io = processIo();
try {
  process.exitCode = await main(process.argv.slice(2), io);
} catch (error) {
  if (!isSentence(error)) throw error;
  io.warn(error.message);
  process.exitCode = error instanceof CliError ? error.exitCode : 1;
}

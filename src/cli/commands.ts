// What the command line offers: a command is its specification here, one file, and one line in `loadCommand`.
import { jsonFormats } from '../formats/documentKinds.ts';
import type { Arguments, CommandSpec, OptionSpec } from './arguments.ts';
import type { CliIo } from './cliIo.ts';

/** Answers the exit code. */
export type RunCommand = (spec: CommandSpec, args: Arguments, io: CliIo) => Promise<number>;

const HELP: OptionSpec = { type: 'boolean', help: 'this help' };
const JSON_OPTION: OptionSpec = { type: 'boolean', help: 'machine-readable: one line of JSON each' };
const DB: OptionSpec = { type: 'string', value: 'FILE', help: 'the database (default: the one of this OS user, which the editor uses too)' };

/** Where traces are read from instead of the store: any system the editor can connect to. */
const BACKEND = {
  backend: { type: 'string', value: 'URL', help: 'read from this server, or a folder or file of traces, instead of the database' },
  kind: { type: 'string', value: 'K', help: 'what it is: jaeger, zipkin, tempo …; found out by asking where left out' },
  option: { type: 'string', value: 'KEY=VALUE', help: 'what its kind needs besides: project, region, tenant …; repeatable', repeats: true },
  header: { type: 'string', value: '"NAME: VALUE"', help: 'sent with every request; repeatable', repeats: true },
  since: { type: 'string', value: '1h', help: 'how far back to look: 30m, 6h, 7d (default 1d on servers; all of the database and of files)' },
} as const satisfies Record<string, OptionSpec>;
const SECRETS = 'Secrets come from the environment: TRACEFALL_TOKEN (bearer), TRACEFALL_USER and TRACEFALL_PASSWORD (basic); clouds use their own (AWS_PROFILE, GOOGLE_APPLICATION_CREDENTIALS …) with --auth aws or google.';
const AUTH: OptionSpec = { type: 'string', value: 'A', help: 'none, bearer, basic, aws or google; told from the environment where left out' };

export const COMMANDS = {
  inspect: {
    name: 'inspect',
    usage: 'FILE… [--json]',
    summary: 'read trace files and print one line a trace',
    description: [
      `Reads OTLP/protobuf (also length-prefixed, as the file exporter writes it), ${jsonFormats('and')}; one document or many after each other, plain or packed with gzip or zstd; "-" is standard input.`,
      'A trace spread over several files is one. Lines are sorted by start, then id; spans without a valid trace id are counted on a last line with an empty id.',
      'spans + duplicates + rejected is always what the files held. Exits with 2 only when nothing was readable.',
    ],
    positionals: { name: 'FILE', least: 1, most: Infinity },
    options: { json: JSON_OPTION, help: HELP },
  },
  serve: {
    name: 'serve',
    usage: '[--port N] [--grpc-port N] [--forward-to URL] [--db FILE]',
    summary: 'run the collector: OTLP over HTTP and gRPC on 127.0.0.1',
    description: [
      'Receives OTLP over HTTP and gRPC and stores it, as the editor does. Prints "listening on http://127.0.0.1:N" once it accepts, then where it takes gRPC; port 0 takes free ones.',
      'One process a database listens. Where another one does already, this one stands by, says so, and takes over when that one goes. Ctrl-C drains and ends.',
    ],
    positionals: { name: 'nothing', least: 0, most: 0 },
    options: { port: { type: 'string', value: 'N', help: 'the port for HTTP (default 4318)' }, 'grpc-port': { type: 'string', value: 'N', help: 'the port for gRPC (default 4317)' }, 'forward-to': { type: 'string', value: 'URL', help: 'send everything on to this OTLP/HTTP endpoint too; OTEL_EXPORTER_OTLP_HEADERS go with it' }, db: DB, help: HELP },
  },
  list: {
    name: 'list',
    usage: '[--db FILE | --backend URL [--kind K]] [--errors|--slow] [--service S] [--since 1h] [--limit N] [--json]',
    summary: 'list traces',
    description: ['Lists the newest traces of the database, or of a server, sorted by start, then id. Works while a collector runs.', SECRETS],
    positionals: { name: 'nothing', least: 0, most: 0 },
    options: {
      db: DB,
      errors: { type: 'boolean', help: 'only traces with errors' },
      slow: { type: 'boolean', help: 'only traces slower than is usual for their root operation' },
      service: { type: 'string', value: 'S', help: 'only traces this service has a part in' },
      limit: { type: 'string', value: 'N', help: 'at most this many, the newest (default 100)' },
      ...BACKEND,
      auth: AUTH,
      json: JSON_OPTION,
      help: HELP,
    },
  },
  show: {
    name: 'show',
    usage: 'TRACEID [--db FILE | --backend URL [--kind K]]',
    summary: 'draw a trace as a waterfall of text',
    description: ['Durations, bars, errors, the critical path and the code each span names. Fits the width of the terminal (COLUMNS).', SECRETS],
    positionals: { name: 'TRACEID', least: 1, most: 1 },
    options: { db: DB, ...BACKEND, auth: AUTH, help: HELP },
  },
  export: {
    name: 'export',
    usage: 'TRACEID [--db FILE | --backend URL [--kind K]] [--format otlp]',
    summary: 'print a trace as one OTLP/JSON document',
    description: ['What "Export" in the editor saves; every reader of OTLP takes it.', SECRETS],
    positionals: { name: 'TRACEID', least: 1, most: 1 },
    options: { db: DB, format: { type: 'string', value: 'otlp', help: 'the only one so far' }, ...BACKEND, auth: AUTH, help: HELP },
  },
  locate: {
    name: 'locate',
    usage: 'TRACEID|FILE --workspace DIR [--db FILE | --backend URL [--kind K]] [--json]',
    summary: 'find the source line of every span',
    description: [
      'Looks in DIR for the code of each span of a stored trace or of a trace file ("-" is standard input), and says how certain that is and how it was found.',
      'Nothing outside DIR is read, also not by way of a symbolic link.',
      SECRETS,
    ],
    positionals: { name: 'TRACEID or FILE', least: 1, most: 1 },
    options: { workspace: { type: 'string', value: 'DIR', help: 'the folder with the sources (required)' }, db: DB, ...BACKEND, auth: AUTH, json: JSON_OPTION, help: HELP },
  },
  why: {
    name: 'why',
    usage: 'TRACEID [--db FILE | --backend URL [--kind K]] [--json]',
    summary: 'say why a trace was slow',
    description: ['Compares the trace with the latest ≤ 200 others of its root operation: which spans took longer than they usually do, and what is unusual about them.', SECRETS],
    positionals: { name: 'TRACEID', least: 1, most: 1 },
    options: { db: DB, ...BACKEND, auth: AUTH, json: JSON_OPTION, help: HELP },
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** Loaded on use: `inspect` must run where there is no node:sqlite. */
export async function loadCommand(name: CommandName): Promise<RunCommand> {
  switch (name) {
    case 'inspect':
      return (await import('./inspect.ts')).inspect;
    case 'serve':
      return (await import('./serve.ts')).serve;
    case 'list':
      return (await import('./list.ts')).list;
    case 'show':
      return (await import('./show.ts')).show;
    case 'export':
      return (await import('./export.ts')).exportCommand;
    case 'locate':
      return (await import('./locate.ts')).locateCommand;
    case 'why':
      return (await import('./why.ts')).whyCommand;
  }
}

export function generalHelp(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    'Usage: tracefall COMMAND …',
    '',
    'Distributed traces in the terminal: the engine of the Tracefall extension for VS Code.',
    '',
    'Commands:',
    ...Object.values(COMMANDS).map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    '"tracefall COMMAND --help" tells more; "tracefall --version" prints the version.',
    '',
  ].join('\n');
}

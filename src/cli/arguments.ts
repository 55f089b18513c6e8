// argv → positionals and options, by a command's own table. Every mistake is one sentence that names the word at fault.
// Must not know what a command does.
import { parseArgs } from 'node:util';
import { CliError } from './cliIo.ts';

export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  /** Shown in the help: DIR, FILE, N. */
  readonly value?: string;
  readonly help: string;
  /** May be given more than once; every value counts. */
  readonly repeats?: boolean;
}

export interface CommandSpec {
  readonly name: string;
  /** After the name: `FILE… [--json]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for the command's own help. */
  readonly description: readonly string[];
  /** Names of the positionals: [least, most] how many. */
  readonly positionals: { readonly name: string; readonly least: number; readonly most: number };
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export interface Arguments {
  readonly positionals: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  /** Of options that repeat. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** Throws CliError(2). `--` ends the options; `-` is a positional. */
export function parseCommand(spec: CommandSpec, argv: readonly string[]): Arguments {
  const options = Object.fromEntries(Object.entries(spec.options).map(([name, option]) => [name, { type: option.type }]));
  // Not strict: node's sentences advise what does not apply here, so the tokens are judged below.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const positionals: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(spec.options, token.name) ? spec.options[token.name] : undefined;
    if (option === undefined) throw wrong(spec, `there is no option ${token.rawName} here`);
    if (option.type === 'boolean') {
      if (token.value !== undefined) throw wrong(spec, `${token.rawName} takes no value`);
      flags.add(token.name);
    } else {
      if (token.value === undefined || token.value === '' || (!token.inlineValue && token.value.startsWith('--'))) throw wrong(spec, `${token.rawName} needs a value (${option.value ?? 'VALUE'})`);
      if (option.repeats === true) lists.set(token.name, [...(lists.get(token.name) ?? []), token.value]);
      else values.set(token.name, token.value);
    }
  }
  const { name, least, most } = spec.positionals;
  if (positionals.length < least) throw wrong(spec, `${name} is missing`);
  if (positionals.length > most) throw wrong(spec, `"${positionals[most]}" is one argument too many`);
  return { positionals, flags, values, lists };
}

/** A whole number within bounds, or a sentence. */
export function wholeNumber(spec: CommandSpec, args: Arguments, option: string, least: number, most: number): number | undefined {
  const text = args.values.get(option);
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw wrong(spec, `--${option} wants a whole number from ${least} to ${most}, not "${text}"`);
  return value;
}

export function wrong(spec: CommandSpec, what: string): CliError {
  return new CliError(2, `${spec.name}: ${what}; "tracefall ${spec.name} --help" tells more.`);
}

export function helpOf(spec: CommandSpec): string {
  const rows = Object.entries(spec.options).map(([name, option]) => [`--${name}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`, option.help] as const);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `Usage: tracefall ${spec.name} ${spec.usage}`,
    '',
    ...spec.description,
    '',
    'Options:',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    '',
  ].join('\n');
}

// Headers that a program of the user's prints: tokens that expire (oauth2-proxy, IAP). The program and its arguments are run as they stand,
// without a shell, in the home folder; what it printed is kept until a server answers 401. Only ever from the user's own settings (the host
// sees to that), and never while the workspace is not trusted. Nothing that it prints is repeated in a sentence.
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BackendError } from '../backends/backend.ts';
import { orAborted } from './abortable.ts';
import type { Authorizer } from './connectionClient.ts';

export interface HeadersCommand {
  readonly command: readonly string[];
  /** The connection's name, for sentences. */
  readonly name: string;
  /** The workspace is not trusted. */
  readonly restricted: boolean;
  readonly timeoutMs?: number;
}

type HeaderValues = Readonly<Record<string, string>>;

const TIMEOUT_MS = 15_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_HEADERS = 32;
/** Would change what the request is, not who sends it. */
const NOT_OURS: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'te', 'trailer', 'proxy-authorization', 'accept-encoding', '__proto__']);

export function headersCommandAuthorizer(options: HeadersCommand): Authorizer {
  let known: HeaderValues | undefined;
  let running: { readonly result: Promise<HeaderValues>; readonly stop: AbortController; waiting: number } | undefined;
  const start = (): NonNullable<typeof running> => {
    const stop = new AbortController();
    const result = run(options, stop.signal);
    const started = { result, stop, waiting: 0 };
    const ended = (): void => {
      if (running === started) running = undefined;
    };
    result.then((headers) => {
      if (running === started) known = headers;
      ended();
    }, ended);
    return started;
  };
  return {
    headers: async (_request, signal) => {
      if (options.restricted) throw problem(options, 'is not run while the workspace is not trusted; trust it first');
      if (known !== undefined) return known;
      const mine = (running ??= start());
      mine.waiting++;
      try {
        return await orAborted(mine.result, signal, `the headers of ${options.name}`);
      } finally {
        mine.waiting--;
        // Nobody is left who wants to know.
        if (mine.waiting === 0 && running === mine) {
          running = undefined;
          mine.stop.abort();
        }
      }
    },
    refresh: async (_signal, refused) => {
      // Another request may have brought new ones already.
      if (refused === undefined || isDeepStrictEqual(known, refused)) known = undefined;
      return true;
    },
  };
}

async function run(options: HeadersCommand, signal: AbortSignal): Promise<HeaderValues> {
  const [program, ...args] = options.command;
  if (program === undefined || program === '') throw problem(options, 'names no program; edit the connection');
  if (!isAbsolute(program) && /[\\/]/.test(program)) throw problem(options, 'is a relative path; use the whole path, or a name that is on the PATH');
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const output = await new Promise<string>((resolve, reject) => {
    execFile(program, args, { encoding: 'utf8', shell: false, windowsHide: true, cwd: homedir(), timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES, signal }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(problem(options, whyItFailed(error, timeoutMs)));
    }).stdin?.end();
  });
  return headersOf(output, options);
}

function whyItFailed({ code, killed }: { readonly code?: string | number | null | undefined; readonly killed?: boolean | undefined }, timeoutMs: number): string {
  if (code === 'ENOENT') return 'was not found; correct its path';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be run; make it executable';
  if (code === 'ABORT_ERR') return 'was cancelled';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${MAX_OUTPUT_BYTES / 1024} kB; it should print headers only`;
  if (killed === true) return `took longer than ${timeoutMs / 1000} s; run it in a terminal to see what it waits for`;
  return `failed (${typeof code === 'number' ? `exit code ${code}` : String(code ?? 'killed')}); run it in a terminal to see why`;
}

/** One JSON object of strings, or lines `Name: value`. Throws BackendError auth. */
export function headersOf(output: string, options: Pick<HeadersCommand, 'command' | 'name'>): HeaderValues {
  const text = output.replace(/^\uFEFF/, '').trim();
  const pairs = text.startsWith('{') ? jsonPairs(text) : linePairs(text);
  if (pairs === undefined || pairs.length === 0) throw problem(options, 'printed no headers; it should print lines like "Authorization: Bearer …", or one JSON object of strings');
  if (pairs.length > MAX_HEADERS) throw problem(options, `printed more than ${MAX_HEADERS} headers`);
  for (const [name, value] of pairs) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]+$/.test(value)) throw problem(options, 'printed something that is no header; it should print lines like "Authorization: Bearer …", or one JSON object of strings');
    if (NOT_OURS.has(name.toLowerCase())) throw problem(options, `printed the header ${name.toLowerCase()}, which is not for it to set`);
  }
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
}

function linePairs(text: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const line of text.split(/\r?\n/).filter((line) => line.trim() !== '')) {
    const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function jsonPairs(text: string): [string, string][] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // Its message quotes the text.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string') ? entries : undefined;
}

const problem = ({ command, name }: Pick<HeadersCommand, 'command' | 'name'>, what: string): BackendError =>
  new BackendError('auth', `The program ${JSON.stringify((command[0] ?? '').slice(0, 120))} for the headers of the connection ${JSON.stringify(name)} ${what}.`);

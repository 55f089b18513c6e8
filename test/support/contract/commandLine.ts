// The contract's rows of the command line: the real `tracefall` in a process of its own, told of the system as a user would, secrets by the
// environment. Where a server lets everybody in, a gate stands before it.
import assert from 'node:assert/strict';
import { summaryToJson } from '../../../src/model/summary.ts';
import { summaryOf } from '../../../src/model/traceSummary.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../../src/protocol/connections.ts';
import { jsonLines, runCli, type CliResult } from '../../unit/cli/runCli.ts';
import { standBefore } from '../standBefore.ts';
import { builtOf, every, FAILING, SLOW } from './traffic.ts';
import type { RowContext } from './system.ts';

/** What `tracefall` is told. */
export interface Told {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A server behind which nobody asks who it is. */
  readonly openUrl?: string;
}

const SINCE_S = 1200;
/** How many of the traffic; its ids begin with their second, in which they began `within`. */
const startedSince = (ids: readonly string[], seconds: number, within: 0 | 1): number => ids.filter((id) => Number.parseInt(id.slice(0, 8), 16) + within > Date.now() / 1000 - seconds).length;

type Line = Readonly<Record<string, unknown>> & { readonly traceId: string };

export function toldOf({ kind, url, options = {}, auth }: Pick<ConnectionConfig, 'kind' | 'url' | 'options' | 'auth'>, secrets: ConnectionSecrets = {}): Told {
  const { secret = '', accessKeyId = '', secretAccessKey = '' } = secrets;
  const env: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    none: {}, bearer: { TRACEFALL_TOKEN: secret }, basic: { TRACEFALL_USER: auth?.user ?? '', TRACEFALL_PASSWORD: secret }, aws: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  };
  const type = auth?.type ?? 'none';
  return {
    args: ['--backend', url!, '--kind', kind, ...Object.entries(options).flatMap(([key, value]) => ['--option', `${key}=${value}`]), ...(type === 'aws' ? ['--auth', type] : [])],
    env: env[type]!,
    ...(type === 'none' ? { openUrl: url! } : {}),
  };
}

async function run({ server }: RowContext, words: readonly string[], stdin?: string): Promise<CliResult> {
  const { args, env } = server.told!;
  const result = await runCli(words[0] === 'inspect' ? words : [...words, ...args], { env, ...(stdin === undefined ? {} : { stdin }) });
  assert.equal(result.code, 0, `tracefall ${words.join(' ')}: ${result.stderr}`);
  return result;
}

export async function commandList(context: RowContext): Promise<void> {
  const { traffic: sent, references } = context.server;
  const { service, ids } = sent!;
  const of = async (...more: readonly string[]): Promise<string[]> => jsonLines<Line>(await run(context, ['list', '--json', '--limit', '1000', ...more])).map(({ traceId }) => traceId);
  const own = (found: readonly string[]): string[] => ids.filter((id) => found.includes(id));
  const recent = await of();
  assert.deepEqual([own(recent), Object.values(references).filter(({ traceId }) => !recent.includes(traceId))], [ids, []]);
  const can = (row: keyof NonNullable<typeof context.system.without>): boolean => context.system.without?.[row] === undefined;
  if (can('errors')) assert.deepEqual(every(ids, FAILING).filter((id) => own(recent).includes(id)), own(await of('--errors')));
  if (can('slow')) {
    const slow = own(await of('--slow'));
    assert.ok(slow.length > 0 && slow.every((id) => every(ids, SLOW).includes(id)));
  }
  if (can('filter: service')) assert.deepEqual((await of('--service', service)).toSorted(), ids.toSorted());
  // The time goes on meanwhile.
  const most = startedSince(ids, SINCE_S, 1);
  const since = own(await of('--since', `${SINCE_S / 60}m`));
  assert.ok(since.length <= most && since.length >= startedSince(ids, SINCE_S, 0) && since.length < ids.length, `${since.length} traces of 20 minutes, not ${most}`);
  assert.deepEqual(since, ids.slice(0, since.length));
  const { stdout } = await run(context, ['list', '--limit', '5']);
  assert.match(stdout, /^TRACE +ROOT +START \(UTC\)/);
  assert.equal(stdout.trimEnd().split('\n').filter((line) => /^[0-9a-f]{32} /.test(line)).length, 5);
}

export async function commandShow(context: RowContext): Promise<void> {
  for (const { traceId } of Object.values(context.server.references)) {
    const trace = builtOf(traceId, (await context.backend.trace({ traceId }, context.signal)).batches);
    const { stdout } = await run(context, ['show', traceId]);
    assert.ok(stdout.includes(`trace ${traceId}`) && stdout.includes(`${trace.spans} spans · ${trace.errors} error`), stdout.slice(0, 300));
    assert.ok(stdout.includes(trace.strings[trace.name[trace.rootRow]!]!));
  }
}

export async function commandExport(context: RowContext): Promise<void> {
  for (const { traceId } of Object.values(context.server.references)) {
    const trace = builtOf(traceId, (await context.backend.trace({ traceId }, context.signal)).batches);
    const { stdout } = await run(context, ['export', traceId, '--format', 'otlp']);
    const [line, ...more] = jsonLines<Line>(await run(context, ['inspect', '-', '--json'], stdout));
    // What reading it warned of is said where it was read.
    assert.deepEqual({ ...line, warnings: [] }, { ...(JSON.parse(JSON.stringify(summaryToJson(summaryOf(trace)))) as Line), traceId, warnings: [] });
    assert.equal(more.length, 0);
  }
}

export async function commandSecrets({ server }: RowContext): Promise<void> {
  const { openUrl, args } = server.told!;
  const secret = 'canary-9d41';
  const through = (url: string): string[] => ['list', '--limit', '1', '--json', ...args.map((arg) => (arg === openUrl ? url : arg))];
  for (const [name, expected, more, env] of [
    ['x-team-key', secret, ['--header', `X-Team-Key: ${secret}`], {}],
    ['authorization', `Bearer ${secret}`, [], { TRACEFALL_TOKEN: secret }],
    ['authorization', `Basic ${btoa(`dev:${secret}`)}`, [], { TRACEFALL_USER: 'dev', TRACEFALL_PASSWORD: secret }],
  ] as const) {
    // The server behind it knows no such credentials: they are the gate's.
    const gate = await standBefore(openUrl!, (_path, headers) => {
      const given = headers[name];
      delete headers[name];
      return given === expected ? undefined : { status: 401, type: 'text/plain', body: `who are you, ${String(given)}?` };
    });
    try {
      const allowed = await runCli([...through(gate.url), ...more], { env });
      assert.deepEqual([allowed.code, jsonLines(allowed).length], [0, 1], allowed.stderr);
      const wrong = secret.replace('canary', 'wrong');
      const refused = await runCli([...through(gate.url), ...more.map((arg) => arg.replace(secret, wrong))], { env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value.replace(secret, wrong)])) });
      assert.equal(refused.code, 1, 'refused');
      assert.ok(!refused.stderr.includes(wrong) && refused.stderr.length > 0, refused.stderr);
    } finally {
      await gate.close();
    }
  }
}

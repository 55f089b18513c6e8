// `serve`: the collector in the foreground, until it is told to stop. The same collector as in the editor.
import { once } from 'node:events';
import { plural } from '../analysis/numberText.ts';
import type { CollectorState } from '../protocol/messages.ts';
import { withoutCredentials } from '../protocol/typedAddress.ts';
import { headersOf, isEndpoint } from '../engine/collector/forwardTransport.ts';
import { wholeNumber, wrong } from './arguments.ts';
import { CliError, type CliIo } from './cliIo.ts';
import type { RunCommand } from './commands.ts';
import { dbPath } from './storeAccess.ts';

export const serve: RunCommand = async (spec, args, io) => {
  const port = wholeNumber(spec, args, 'port', 0, 65_535);
  const forwardTo = args.values.get('forward-to');
  if (forwardTo !== undefined && !isEndpoint(forwardTo)) throw wrong(spec, `--forward-to wants an http or https address, not ${JSON.stringify(withoutCredentials(forwardTo).slice(0, 80))}`);
  const grpcPort = wholeNumber(spec, args, 'grpc-port', 0, 65_535);
  const [{ undiciTransport }, { startCollector }, { DEFAULT_CONFIG }, { storePathOf, requireSqlite }] = await Promise.all([
    import('../engine/http.ts'),
    import('../engine/collector/collector.ts'),
    import('../engine/defaultConfig.ts'),
    import('../engine/storeReader.ts'),
  ]);
  await requireSqlite();
  const stop = new AbortController();
  stopOnSignal(stop);
  const report = reporter(io, stop);
  const collector = await startCollector({
    ...DEFAULT_CONFIG,
    storePath: dbPath(args, io, storePathOf),
    needsDatabase: true,
    port: port ?? DEFAULT_CONFIG.port,
    // Who takes any free port takes any free one for gRPC too.
    grpcPort: grpcPort ?? (port === 0 ? 0 : DEFAULT_CONFIG.grpcPort),
    ...(forwardTo === undefined ? {} : { forwardTo, transport: () => undiciTransport(), forwardHeaders: headersOf(process.env['OTEL_EXPORTER_OTLP_HEADERS']) }),
    stateChanged: report,
    log: (level, message) => {
      if (level !== 'info') io.warn(message);
    },
  });
  report(collector.state);
  const { role, endpoint, problem } = collector.state;
  if (role !== 'reader' && role !== 'failed' && endpoint === undefined && port !== undefined) {
    // An address that was asked for and cannot be had is a failure here: nobody watches a status bar.
    await collector.close();
    if (problem === undefined) throw new CliError(1, `Port ${port} cannot be listened on.`);
    // It has been said.
    return 1;
  }
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  const failed = collector.state.role === 'failed';
  await collector.close();
  return failed ? 1 : 0;
};

/** Says what changed, once: where it listens, whom it stands by for, what is wrong. A collector that failed is stopped. */
function reporter(io: CliIo, stop: AbortController): (state: CollectorState) => void {
  let endpoint: string | undefined;
  let grpcEndpoint: string | undefined;
  let grpcProblem: string | undefined;
  let problem: string | undefined;
  let standingBy = false;
  let hasLost = false;
  return (state) => {
    const listening = state.role === 'owner';
    if (listening && state.endpoint !== undefined && state.endpoint !== endpoint) io.write(`listening on ${state.endpoint}\n`);
    if (listening) endpoint = state.endpoint;
    if (listening && state.grpcEndpoint !== undefined && state.grpcEndpoint !== grpcEndpoint) io.write(`listening for gRPC on http://${state.grpcEndpoint}\n`);
    if (listening) grpcEndpoint = state.grpcEndpoint;
    if (state.role === 'reader' && !standingBy) {
      const where = state.endpoint === undefined ? '' : ` and listens on ${state.endpoint}`;
      io.warn(`another process already collects into this database${where}; this one stands by and takes over when that one ends.`);
    }
    standingBy = state.role === 'reader';
    if (state.problem !== undefined && state.problem !== problem) io.warn(state.problem);
    problem = state.problem;
    if (state.grpcProblem !== undefined && state.grpcProblem !== grpcProblem) io.warn(`gRPC is not served: ${state.grpcProblem}`);
    grpcProblem = state.grpcProblem;
    // The first time; how many it were in the end is said at the end.
    if (state.forwarding !== undefined && state.forwarding.lost > 0 && !hasLost) {
      io.warn(`Not taken by ${state.forwarding.url} so far, as far as is known: ${plural(state.forwarding.lost, 'request')}.`);
      hasLost = true;
    }
    if (state.role === 'failed') stop.abort();
  };
}

/** Ctrl-C, or a polite kill. A second one ends at once, as ever. */
function stopOnSignal(stop: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
}

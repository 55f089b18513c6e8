// What a real server is to the live tests: something the machine may have, that is installed once and started for each run.
// A server is one small file here and one line in servers/all.ts. What tests get of it crosses a process boundary as JSON.

/** What a running server tells the tests, as JSON in TRACEFALL_LIVE. Only `version` is known of every server. */
export interface LiveServer {
  /** As the server is named in the table and in connections: jaeger, zipkin, xray … */
  readonly system: string;
  readonly version: string;
  /** Base address of its query API. */
  readonly url?: string;
  /** Where OTLP over HTTP goes, without /v1/traces. */
  readonly otlpUrl?: string;
  /** Where OTLP over gRPC goes. */
  readonly otlpGrpcUrl?: string;
  /** How to start the Python that has its libraries, for senders and judges. */
  readonly python?: { readonly command: string; readonly env: Readonly<Record<string, string>> };
}

export interface RunningServer {
  readonly live: LiveServer;
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  /** A fresh directory of this server alone; whoever starts it removes it. */
  readonly dataDir: string;
  readonly signal: AbortSignal;
}

export interface ServerKind {
  readonly system: string;
  readonly version: string;
  /** What it needs when it runs, in MB: decides how many run at once. */
  readonly memoryMb: number;
  /** undefined: this machine can have it. Otherwise why not, in a sentence. */
  readonly available: () => string | undefined;
  /** Puts it into the cache unless it is there. Answers where it is. */
  readonly install: (log: (line: string) => void, signal: AbortSignal) => Promise<string>;
  /** Answers when it takes requests. */
  readonly start: (home: string, options: StartOptions) => Promise<RunningServer>;
}

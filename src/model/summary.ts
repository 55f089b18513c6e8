// The row shown in a list: what is known of a trace without opening it. Every backend fills it.

export interface TraceSummary {
  /** 32 hex digits, or the backend's own id. */
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUnixNano: bigint;
  /** Last end − first start. */
  readonly durationNs: bigint;
  /** Spans that had not ended when they were sent; absent where there is none or the source does not say. */
  readonly unfinished?: number;
  readonly spans: number;
  readonly errors: number;
  readonly orphans: number;
  /** Orphans are not among them. */
  readonly roots: number;
  /** A root is 1; 0 where the source does not say. */
  readonly maxDepth: number;
  readonly services: readonly string[];
  readonly duplicates: number;
  readonly rejected: number;
  readonly warnings: readonly string[];
  /** min/max/sum while spans arrive; replaced by the built trace's counts within a second of its last part. */
  readonly provisional: boolean;
}

/** The one JSON form of a summary: command line, "copy as JSON" and agents print this (issue 3 §3). */
export function summaryToJson(summary: TraceSummary): Record<string, unknown> {
  return {
    traceId: summary.traceId,
    rootService: summary.rootService,
    rootName: summary.rootName,
    startUnixNano: summary.startUnixNano.toString(),
    durationNs: summary.durationNs.toString(),
    spans: summary.spans,
    errors: summary.errors,
    orphans: summary.orphans,
    roots: summary.roots,
    maxDepth: summary.maxDepth,
    services: summary.services,
    duplicates: summary.duplicates,
    rejected: summary.rejected,
    warnings: summary.warnings,
  };
}

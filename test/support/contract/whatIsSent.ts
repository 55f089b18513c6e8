// What the contract's rows look for in a system: traffic of an hour, and both reference traces, with ids and times of their own.
import { manyTraces, type ManyTraces } from '../../live/send/manyTraces.ts';
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { referenceTrace, renewal, type SentTrace } from '../../live/send/reference.ts';
import type { ReferenceName } from '../sameTrace.ts';
import { secondReference, type SecondOptions } from '../secondReference.ts';

export interface Sent {
  readonly traffic: ManyTraces;
  readonly references: Readonly<Record<ReferenceName, SentTrace>>;
}

const TRACES = 120;
const EVERY_MS = 30_000;

export async function whatIsSent(options: SecondOptions = {}): Promise<Sent> {
  return { traffic: manyTraces(TRACES, EVERY_MS), references: { first: await referenceTrace(), second: secondReference(renewal(), options) } };
}

/** References first: what is read last of the traffic was sent after them. */
export const documentsOf = ({ traffic, references }: Sent): readonly OtlpDocument[] => [references.first.otlp, references.second.otlp, traffic.otlp];

/** A document a trace, in the order of their first spans. */
export function byTrace({ resourceSpans }: OtlpDocument): readonly OtlpDocument[] {
  const ids = new Set(resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ traceId }) => traceId))));
  return [...ids].map((id) => ({
    resourceSpans: resourceSpans
      .map((resource) => ({ ...resource, scopeSpans: resource.scopeSpans.map((scope) => ({ ...scope, spans: scope.spans.filter(({ traceId }) => traceId === id) })).filter(({ spans }) => spans.length > 0) }))
      .filter(({ scopeSpans }) => scopeSpans.length > 0),
  }));
}

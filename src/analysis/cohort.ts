// The cohort of a trace: other traces with the same root, met one at a time and dropped again. Keeps, for each operation
// of the trace in question, how long it was on the path of each other trace and what its attributes were.
// Memory is bounded by SPANS_PER_TRACE, whatever the traces' size. Must not know what is usual (spanTiming, attributeStats).
import type { SpanBatch } from '../model/spanBatch.ts';
import type { SpanDetails } from '../model/spanDetails.ts';
import { runAtOnce, type Steps } from '../model/slices.ts';
import type { Trace } from '../model/trace.ts';
import { type Feature, featuresOf } from './attributeFeatures.ts';
import { RenamedOperations } from './renamedOperations.ts';
import { nameTemplate, operationKey, operationOf, rowsByOperation } from './spanMatching.ts';
import { profileOf, profileSteps, type TraceProfile } from './traceProfile.ts';

export type DecodeSpan = (batch: SpanBatch, index: number) => SpanDetails;

/** Operations whose attributes are compared, and spans decoded per trace; the longest on the path come first. */
const OPERATIONS = 256;
const SPANS_PER_TRACE = 256;
/** Occurrences of one operation in one trace whose attributes are read. */
const OCCURRENCES = 4;

/** One span whose attributes were read. */
export interface SpanSample {
  /** Index of the cohort trace; -1 for the trace in question. */
  readonly trace: number;
  /** Which of its operation's spans in that trace, 0 the first. */
  readonly ordinal: number;
  readonly row: number;
  readonly durationNs: number;
  readonly span: ReadonlyMap<string, Feature>;
  readonly resource: ReadonlyMap<string, Feature>;
  readonly error: boolean;
}

/** One operation across the cohort. Arrays have an entry a cohort trace, 0 where the operation was absent. */
export interface OperationHistory {
  readonly service: string;
  readonly name: string;
  readonly count: number[];
  readonly pathNs: number[];
  readonly selfNs: number[];
  /** Path time of the n-th occurrence, for the first few. */
  readonly ordinalPathNs: number[][];
  readonly samples: SpanSample[];
}

/** An operation of the trace in question with its history. */
export interface TargetOperation {
  readonly rows: readonly number[];
  readonly samples: readonly SpanSample[];
  readonly history: OperationHistory;
}

export class CohortBuilder {
  readonly target: Trace;
  readonly profile: TraceProfile;
  readonly operations = new Map<string, TargetOperation>();
  readonly renamed: RenamedOperations;
  /** Path length and duration of each cohort trace, ns. */
  readonly totals: number[] = [];
  readonly durations: number[] = [];
  readonly #decode: DecodeSpan;
  readonly #read = new Set<string>();
  readonly #templates = new Map<string, string>();
  readonly #resources = new WeakMap<SpanBatch, Map<number, ReadonlyMap<string, Feature>>>();

  /** `profile`: made in slices beforehand where the trace may be huge (traceProfile.ts: profileSteps). */
  constructor(target: Trace, decode: DecodeSpan, profile: TraceProfile = profileOf(target)) {
    this.target = target;
    this.#decode = decode;
    this.profile = profile;
    const named = rowsByOperation(target);
    this.renamed = new RenamedOperations(target, named);
    const byOperation = [...named].map(([key, rows]) => ({ key, rows, weight: this.#weight(rows) }));
    byOperation.sort((a, b) => b.weight - a.weight);
    let spans = 0;
    for (const { key, rows } of byOperation) {
      if (this.#read.size < OPERATIONS && spans < SPANS_PER_TRACE) {
        this.#read.add(key);
        spans += Math.min(rows.length, OCCURRENCES);
      }
      const [service, name] = key.split('\u0000') as [string, string];
      this.#noteTemplate(key, service, name);
      this.operations.set(key, {
        rows,
        samples: this.#read.has(key) ? this.#sample(target, rows, -1) : [],
        history: { service, name, count: [], pathNs: [], selfNs: [], ordinalPathNs: [], samples: [] },
      });
    }
  }

  get size(): number {
    return this.totals.length;
  }

  /** Takes what it needs and keeps nothing of the trace. False for the trace itself, an empty one and one with another root. */
  add(trace: Trace): boolean {
    return runAtOnce(this.addSteps(trace));
  }

  /** `add` that can be interrupted; one trace at a time. */
  *addSteps(trace: Trace): Steps<boolean> {
    const { target } = this;
    if (trace.count === 0 || trace.traceId === target.traceId || target.count === 0) return false;
    if (operationOf(trace, trace.rootRow) !== operationOf(target, target.rootRow)) return false;
    const profile = yield* profileSteps(trace);
    yield;
    const rows = this.#matched(trace);
    yield;
    const at = this.totals.push(profile.total) - 1;
    this.durations.push(Number(trace.durationNs));
    for (const [key, { history }] of this.operations) this.#addOperation(history, key, trace, profile, rows.get(key) ?? [], at);
    this.renamed.add(trace, profile, [...rows].filter(([key]) => !this.operations.has(key)), at);
    return true;
  }

  #addOperation(history: OperationHistory, key: string, trace: Trace, profile: TraceProfile, rows: readonly number[], at: number): void {
    let path = 0;
    let self = 0;
    rows.forEach((row, ordinal) => {
      path += profile.path[row]!;
      self += profile.self[row]!;
      if (ordinal < OCCURRENCES) (history.ordinalPathNs[ordinal] ??= [])[at] = profile.path[row]!;
    });
    history.count.push(rows.length);
    history.pathNs.push(path);
    history.selfNs.push(self);
    if (rows.length > 0 && this.#read.has(key)) history.samples.push(...this.#sample(trace, rows, at));
  }

  /** Rows by operation; operations of the trace that only share a name's template with one of the target count as that one. */
  #matched(trace: Trace): Map<string, number[]> {
    const rows = rowsByOperation(trace);
    if (this.#templates.size === 0) return rows;
    for (const [key, members] of rows) {
      if (this.operations.has(key)) continue;
      const [service, name] = key.split('\u0000') as [string, string];
      const alias = this.#templates.get(operationKey(service, nameTemplate(name)));
      if (alias === undefined || rows.has(alias)) continue;
      rows.set(alias, members);
      rows.delete(key);
    }
    return rows;
  }

  #noteTemplate(key: string, service: string, name: string): void {
    const template = nameTemplate(name);
    if (template !== name) this.#templates.set(operationKey(service, template), key);
  }

  #weight(rows: readonly number[]): number {
    let weight = 0;
    for (const row of rows) weight += this.profile.path[row]! * 1000 + this.target.duration[row]!;
    return weight;
  }

  #sample(trace: Trace, rows: readonly number[], at: number): SpanSample[] {
    const chosen = rows.slice(0, OCCURRENCES);
    if (rows.length > OCCURRENCES) {
      let longest = OCCURRENCES - 1;
      for (let i = OCCURRENCES; i < rows.length; i++) if (trace.duration[rows[i]!]! > trace.duration[rows[longest]!]!) longest = i;
      chosen[OCCURRENCES - 1] = rows[longest]!;
    }
    return chosen.map((row, ordinal) => {
      const batch = trace.batches[trace.batch[row]!]!;
      const details = this.#decode(batch, trace.index[row]!);
      return {
        trace: at,
        ordinal,
        row,
        durationNs: trace.duration[row]!,
        span: featuresOf(details.attributes),
        resource: this.#resourceOf(batch, trace.index[row]!, details),
        error: details.statusCode === 2,
      };
    });
  }

  #resourceOf(batch: SpanBatch, index: number, details: SpanDetails): ReadonlyMap<string, Feature> {
    let known = this.#resources.get(batch);
    if (known === undefined) this.#resources.set(batch, (known = new Map()));
    const resource = batch.resource[index]!;
    let features = known.get(resource);
    if (features === undefined) known.set(resource, (features = featuresOf(details.resource)));
    return features;
  }
}

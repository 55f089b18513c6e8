// Synthetic pipelines with known faults, to judge the "why" engine on services it has never seen. Each pipeline makes one
// conversation's span tree at a time, normal or with one of its faults; noise attributes (ids, clocks, urls, free text,
// pods) come with every span. Deterministic for a seed. Must not know the engine.
import type { Attribute } from '../../src/model/attributes.ts';
import { spanIdAt } from '../../src/model/ids.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../src/model/spanDetails.ts';
import type { Trace } from '../../src/model/trace.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { batchOf, type SpanSpec, type SpecAttributes, type SpecValue } from './batches.ts';

/** Mulberry32 with the distributions a service has. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** Integer in [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }
  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)]!;
  }
  chance(share: number): boolean {
    return this.next() < share;
  }
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
  /** Lognormal around `middle`. */
  around(middle: number, sigma = 0.12): number {
    return middle * Math.exp(sigma * this.normal());
  }
  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += Math.floor(this.next() * 16).toString(16);
    return text;
  }
  words(count: number): string {
    const words = 'how do i reset the valve on my boiler when pressure drops again please help order refund late arrived broken'.split(' ');
    return Array.from({ length: count }, () => this.pick(words)).join(' ');
  }
}

/** One span to be, with what runs under it. Times in ms. */
export interface Step {
  readonly service: string;
  readonly name: string;
  /** Own time around and between the children. */
  readonly own: number;
  readonly kind?: number;
  readonly attributes?: SpecAttributes;
  readonly resource?: SpecAttributes;
  readonly error?: boolean;
  readonly children?: readonly Step[];
  readonly parallel?: boolean;
  /** Starts at its turn but nobody waits for it. */
  readonly detached?: boolean;
  /** Its machine's clock, and that of all that runs inside, is ahead by so much. */
  readonly skewMs?: number;
}

export interface Expectation {
  /** Names one of which the leading finding must have. */
  readonly spans: readonly string[];
  /** Attributes one of which it must carry; empty: it must carry none. */
  readonly attributes: readonly string[];
}

export interface Pipeline {
  readonly name: string;
  readonly faults: Readonly<Record<string, Expectation>>;
  /** `fault` undefined: a normal one. */
  make(random: Random, fault: string | undefined): Step;
}

/** Noise as life has it: one or two attributes that always differ, one that rarely does. */
function noise(random: Random, name: string): SpecAttributes {
  return {
    'thread.id': random.int(1, 64),
    'request.id': random.hex(32),
    'event.time': new Date(1_790_000_000_000 + random.int(0, 1e9)).toISOString(),
    'net.peer.port': random.int(32768, 60999),
    'sampler.type': 'parentbased',
    'url.full': `https://svc.local/v1/items/${random.int(1, 1e7)}?trace=${random.hex(8)}`,
    ...(name.length % 3 === 0 ? { 'user.tier': random.chance(0.85) ? 'free' : random.chance(0.9) ? 'pro' : 'internal' } : {}),
    'text.note': random.words(random.int(2, 30)),
  };
}

interface Built {
  readonly trace: Trace;
}

const detailsOf = new WeakMap<SpanBatch, readonly SpanSpec[]>();

/** Decodes spans of traces made here; the real one reads bytes (formats/spanDecoder.ts). */
export function decodeSpec(batch: SpanBatch, index: number): SpanDetails {
  const spec = detailsOf.get(batch)?.[index];
  if (spec === undefined) throw new Error(`no span ${index} was made by this generator`);
  return {
    traceId: spec.trace ?? '',
    spanId: spanIdAt(batch.spanId, index),
    parentSpanId: spec.parent ?? '',
    traceState: '',
    name: spec.name ?? '',
    kind: spec.kind ?? 1,
    startUnixNano: BigInt(spec.start ?? 0),
    endUnixNano: BigInt(spec.end ?? 0),
    statusCode: spec.error ? 2 : 0,
    statusMessage: '',
    attributes: listOf(spec.attributes),
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    resource: listOf({ ...(spec.service === undefined ? {} : { 'service.name': spec.service }), ...spec.resource }),
    scopeName: '',
    scopeVersion: '',
    scopeAttributes: [],
  };
}

function listOf(values: SpecAttributes | undefined): Attribute[] {
  return Object.entries(values ?? {}).map(([key, value]) => ({ key, value: natural(value) }));
}

const natural = (value: SpecValue): Attribute['value'] => (typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value) as Attribute['value'];

/** Spans of one conversation, starting `startMs` after the base time. */
function specsOf(root: Step, random: Random, trace: string, startMs: number): SpanSpec[] {
  const specs: SpanSpec[] = [];
  lay(root, startMs, '', { specs, random, trace });
  return specs;
}

export function traceOf(root: Step, random: Random, startMs: number): Built['trace'] {
  const id = random.hex(32);
  const specs = specsOf(root, random, id, startMs);
  const batch = batchOf(specs.map(({ attributes: _attributes, resource: _resource, ...rest }) => rest));
  detailsOf.set(batch, specs);
  return buildTrace(id, [{ batch }]);
}

interface Layout {
  readonly specs: SpanSpec[];
  readonly random: Random;
  readonly trace: string;
}

const ns = (ms: number): number => Math.round(ms * 1e6);

/** Trees here are a dozen deep at most. Returns when the step ended, ms. */
function lay(step: Step, start: number, parent: string, layout: Layout, skew = 0): number {
  const ahead = skew + (step.skewMs ?? 0);
  const id = layout.random.hex(16);
  const at = layout.specs.push({ id }) - 1;
  const children = step.children ?? [];
  const gap = step.own / (children.length + 1);
  let clock = start;
  if (step.parallel === true) {
    clock += step.own / 2;
    let last = clock;
    for (const child of children) last = Math.max(last, lay(child, clock + layout.random.next() * 0.2, id, layout, ahead));
    clock = last + step.own / 2;
  } else {
    for (const child of children) {
      clock += gap;
      const ended = lay(child, clock, id, layout, ahead);
      if (child.detached !== true) clock = ended;
    }
    clock += gap;
  }
  layout.specs[at] = {
    id,
    ...(parent === '' ? {} : { parent }),
    trace: layout.trace,
    name: step.name,
    service: step.service,
    start: ns(start + ahead),
    end: ns(clock + ahead),
    kind: step.kind ?? 1,
    ...(step.error === true ? { error: true } : {}),
    attributes: { ...noise(layout.random, step.name), ...step.attributes },
    resource: { 'telemetry.sdk.language': 'go', 'host.arch': 'amd64', ...podOf(step.service, layout.random), ...step.resource },
  };
  return clock;
}

/** Four pods a service, each with its own name, instance id and pid. */
function podOf(service: string, random: Random): SpecAttributes {
  const pod = random.int(0, 3);
  return {
    'k8s.pod.name': `${service}-7f9c-${'abcd'[pod]}`,
    'service.instance.id': `${pod}f1e2d3c-1111-4222-8333-${service.length}4444555566${pod}`,
    'process.pid': 100 + pod * 7,
    'service.version': '3.1.4',
  };
}

export interface CohortPlan {
  readonly size: number;
  /** Share of the cohort that has the same fault. */
  readonly sameFault: number;
  /** Share of the cohort that has any other of the pipeline's faults. */
  readonly otherFaults: number;
}

/** One trace with the fault (or none) and its cohort, in order of time; the trace is somewhere among them. */
export function scene(pipeline: Pipeline, fault: string | undefined, plan: CohortPlan, seed: number): { trace: Trace; cohort: Trace[] } {
  const random = new Random(seed);
  const others = Object.keys(pipeline.faults).filter((name) => name !== fault);
  const one = (at: number, name: string | undefined): Trace => traceOf(pipeline.make(random, name), random, at * 1500 + random.int(0, 900));
  const place = random.int(0, plan.size);
  const cohort: Trace[] = [];
  let trace: Trace | undefined;
  for (let at = 0; at <= plan.size; at++) {
    const roll = random.next();
    if (at === place) trace = one(at, fault);
    else if (fault !== undefined && roll < plan.sameFault) cohort.push(one(at, fault));
    else if (roll > 1 - plan.otherFaults && others.length > 0) cohort.push(one(at, random.pick(others)));
    else cohort.push(one(at, undefined));
  }
  return { trace: trace!, cohort };
}

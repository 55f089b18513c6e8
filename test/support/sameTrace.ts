// Is it the same trace? A built trace as facts (path → text), and the written list of what a system loses of them. A loss is believed only
// while it happens, and only where the datum is absent from the raw answer: what survives must be read.
import assert from 'node:assert/strict';
import { decodeRow } from '../../src/engine/details.ts';
import type { Attribute } from '../../src/model/attributes.ts';
import { attributeText, attributeType } from '../../src/model/attributeText.ts';
import { SpanFlag } from '../../src/model/spanBatch.ts';
import type { Trace } from '../../src/model/trace.ts';

/** `a1b2c3d4e5f60001/attribute/http.route` → `string:/chat`. Times are ns from the trace's start. */
export type Facts = ReadonlyMap<string, string>;

export interface Loss {
  /** One sentence for the table of what works on which system. */
  readonly what: string;
  /** The one reference trace that has what is lost; absent: both do. */
  readonly only?: ReferenceName;
  /** The facts it is about. */
  readonly paths: RegExp;
  /** What is there instead ('' for nothing; undefined: this is another loss); absent: nothing may be. */
  readonly becomes?: (value: string, path: string, there: string) => string | undefined;
  /** The datum is not in what the server answered. `value` is the fact as it was sent. */
  readonly absent: (raw: string, path: string, value: string) => boolean;
}

/** The recorded support chat, and secondReference.ts. */
export type ReferenceName = 'first' | 'second';

/** What a system loses of one of them: each of these must happen. */
export const lossesOf = (losses: readonly Loss[], reference: ReferenceName): readonly Loss[] => losses.filter(({ only }) => only === undefined || only === reference);

export function factsOf(trace: Trace): Facts {
  const facts = new Map<string, string>();
  for (let row = 0; row < trace.count; row++) {
    const span = decodeRow(trace, row);
    let id = span.spanId;
    for (let k = 2; facts.has(`${id}/name`); k++) id = `${span.spanId}#${k}`;
    facts.set(`${id}/name`, span.name);
    facts.set(`${id}/parent`, span.parentSpanId);
    facts.set(`${id}/service`, trace.strings[trace.service[row]!]!);
    facts.set(`${id}/kind`, String(span.kind));
    facts.set(`${id}/start`, String(trace.start[row]));
    facts.set(`${id}/duration`, String(trace.duration[row]));
    facts.set(`${id}/status`, String(span.statusCode));
    facts.set(`${id}/message`, span.statusMessage);
    facts.set(`${id}/scope`, `${span.scopeName} ${span.scopeVersion}`.trim());
    facts.set(`${id}/state`, span.traceState);
    if ((trace.flags[row]! & SpanFlag.inProgress) !== 0) facts.set(`${id}/unfinished`, 'true');
    const dropped = [span.droppedAttributes, span.droppedEvents, span.droppedLinks].join();
    if (dropped !== '0,0,0') facts.set(`${id}/dropped`, dropped);
    put(facts, `${id}/scope/attribute`, span.scopeAttributes);
    put(facts, `${id}/attribute`, span.attributes);
    put(facts, `${id}/resource`, span.resource);
    // By time: servers store them in an order of their own.
    const events = span.events.toSorted((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : a.timeUnixNano > b.timeUnixNano ? 1 : 0));
    for (const event of events) {
      let path = `${id}/event/${event.name}`;
      for (let k = 2; facts.has(path); k++) path = `${id}/event/${event.name}#${k}`;
      facts.set(path, `at ${event.timeUnixNano - trace.startUnixNano}`);
      if (event.droppedAttributes > 0) facts.set(`${path}/dropped`, String(event.droppedAttributes));
      put(facts, `${path}/attribute`, event.attributes);
    }
    span.links.forEach((link, k) => {
      facts.set(`${id}/link/${k}`, `${link.traceId} ${link.spanId}`);
      facts.set(`${id}/link/${k}/state`, link.traceState);
      put(facts, `${id}/link/${k}/attribute`, link.attributes);
    });
  }
  return facts;
}

function put(facts: Map<string, string>, path: string, attributes: readonly Attribute[]): void {
  for (const { key, value } of attributes) facts.set(`${path}/${key}`, `${attributeType(value)}:${attributeText(value)}`);
}

/**
 * Every difference is a declared loss; every declared loss happens; and what is lost is not in the raw answer. Answers how many facts
 * came through. Facts the system adds are no difference (its own attributes).
 */
export function checkLosses(expected: Facts, got: Facts, losses: readonly Loss[], raw: string): { readonly kept: number; readonly lost: number } {
  const happened = new Set<Loss>();
  const undeclared: string[] = [];
  const present: string[] = [];
  let [kept, lost] = [0, 0];
  for (const [path, value] of expected) {
    const there = got.get(path);
    if (there === value || (value === '' && there === undefined)) {
      kept++;
      continue;
    }
    const loss = losses.find(({ paths, becomes = nothing }) => paths.test(path) && becomes(value, path, there ?? '') === (there ?? ''));
    if (loss === undefined) {
      undeclared.push(`${path}: ${JSON.stringify(value)} came out as ${JSON.stringify(there)}`);
      continue;
    }
    lost++;
    happened.add(loss);
    if (!loss.absent(raw, path, value)) present.push(`${path}: ${JSON.stringify(value)} is in the answer ("${loss.what}")`);
  }
  assert.deepEqual(undeclared, [], 'differs, and is no written loss');
  assert.deepEqual(present, [], 'is called lost, and the server answered it');
  assert.deepEqual(losses.filter((loss) => !happened.has(loss)).map(({ what }) => what), [], 'is called lost, and came through');
  return { kept, lost };
}

const nothing = (): string => '';

/** For `absent`: the text of the value (without its type) does not occur in the answer. */
export const notIn = (raw: string, _path: string, value: string): boolean => !raw.includes(JSON.stringify(value.replace(/^[a-z]+:/, '')).slice(1, -1));

const keyOf = (path: string): string => path.slice(path.lastIndexOf('/attribute/') < 0 ? path.indexOf('/resource/') + '/resource/'.length : path.lastIndexOf('/attribute/') + '/attribute/'.length);
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** For `becomes`: every value as its text. */
export const asText = (value: string): string => value.replace(/^(?:int|bool|double|array|map|bytes):/, 'string:');

/** For `absent` of an attribute's type: wherever its key stands in the answer, a text follows. */
export const isTextIn = (raw: string, path: string): boolean => raw.includes(`"${keyOf(path)}":"`) && !new RegExp(`"${escaped(keyOf(path))}":[^"]`).test(raw);

/** Of systems that keep attributes as plain JSON. */
export const WHOLE_DOUBLE: Loss = {
  what: 'A double without a fraction is an integer.', only: 'second', paths: /\/attribute\//,
  becomes: (value) => (/^double:-?\d+$/.test(value) ? value.replace('double:', 'int:') : undefined),
  // Dotted keys may be nested there, or have another sign for the dot.
  absent: (raw, path, value) => new RegExp(`[".@]${escaped(path.split('.').at(-1)!)}":\\s*${value.slice('double:'.length)}\\s*[,}]`).test(raw),
};

/** Two facts whose values are JSON: the same but for the order of keys, and their types. */
export function sameJson(a: string, b: string): boolean {
  const [left, right] = [a, b].map((fact) => sorted(JSON.parse(fact.replace(/^[a-z]+:/, ''))));
  return JSON.stringify(left) === JSON.stringify(right);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)])) : value;
}

// A list's question as TraceQL, Grafana Tempo's query language (tempo: pkg/traceql/{lexer.go,expr.y}, backends.md §4). Everything a user or a
// span says becomes a literal: nothing of it is ever read as a part of the query. Only a query typed as one ("{ … }") is passed on as it is.
import { isSourceQueryText } from '../../listing/filterCheck.ts';
import { BackendError, type AttributeFilter } from '../backend.ts';
import type { SourceQuery } from '../source.ts';

const NS_PER_MS = 1_000_000;

export type TraceQlQuestion = Pick<SourceQuery, 'service' | 'operation' | 'attributes' | 'minDurationNs' | 'errorsOnly' | 'text'>;

/**
 * Service, operation and attributes are asked of one span, the error of any span of the trace. `newestFirst` asks for the hint that makes
 * the answer the latest traces instead of any; Tempo before 2.8 does not know it.
 */
export function traceQlOf(question: TraceQlQuestion, newestFirst: boolean): string {
  const [typed, hints] = typedQuery(question.text ?? '');
  const own = ownSpansets(question);
  const query = typed === '' ? (own ?? '{ }') : own === undefined ? typed : `(${typed}) && (${own})`;
  const all = newestFirst && !/\bmost_recent\b/.test(hints) ? [...(hints === '' ? [] : [hints]), 'most_recent=true'] : hints === '' ? [] : [hints];
  return all.length === 0 ? query : `${query} with (${all.join(', ')})`;
}

/** For lists of names that one service's spans have. */
export const ofService = (service: string): string => `{ resource.service.name = ${stringLiteral(service)} }`;

function ownSpansets({ service, operation, attributes = [], minDurationNs = 0, errorsOnly = false }: TraceQlQuestion): string | undefined {
  const ofSpan: string[] = [];
  if (service !== undefined) ofSpan.push(`resource.service.name = ${stringLiteral(service)}`);
  if (operation !== undefined) ofSpan.push(`name = ${stringLiteral(operation)}`);
  for (const attribute of attributes) ofSpan.push(attributeCondition(attribute));
  // Answers say whole milliseconds, rounded down: a limit within one would be taken for a broken promise.
  const ofTrace = minDurationNs > 0 ? [`traceDuration >= ${Math.ceil(minDurationNs / NS_PER_MS)}ms`] : [];
  const failed = errorsOnly ? ['status = error'] : [];
  const spansets = ofSpan.length > 0 && errorsOnly ? [[...ofSpan, ...ofTrace], failed] : [[...ofSpan, ...ofTrace, ...failed]];
  const written = spansets.filter((conditions) => conditions.length > 0).map((conditions) => `{ ${conditions.join(' && ')} }`);
  return written.length === 0 ? undefined : written.join(' && ');
}

/** TraceQL compares within a type only, and nobody who looks for `500` knows whether it was stored as text. */
function attributeCondition({ key, value }: AttributeFilter): string {
  const name = attributeName(key);
  const other = /^(true|false|-?(0|[1-9]\d{0,15})(\.\d{1,15})?)$/.test(value) ? ` || ${name} = ${value}` : '';
  const condition = `${name} = ${stringLiteral(value)}`;
  return other === '' ? condition : `(${condition}${other})`;
}

/** `span.` and `resource.` before the key choose where; else it may be on the span or its resource. */
export function attributeName(key: string): string {
  const [, scope = '', name = ''] = /^((?:span|resource)(?=\.))?\.?(.*)$/s.exec(key)!;
  if (name === '' || /[\u0000-\u001f\u007f]/.test(name)) throw new BackendError('badData', `${JSON.stringify(key.slice(0, 60))} is no attribute's name.`);
  return `${scope}.${/^[A-Za-z_][\w.:/@-]*$/.test(name) ? name : `"${name.replaceAll(/[\\"]/g, '\\$&')}"`}`;
}

/** As Go reads it (strconv.Unquote): what a line of text cannot hold is escaped. */
export function stringLiteral(value: string): string {
  const escaped = value.toWellFormed().replaceAll(/[\\"]/g, '\\$&').replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** What was typed without its hints, and those: hints stand at the very end of a query. */
function typedQuery(text: string): readonly [query: string, hints: string] {
  if (!isSourceQueryText(text)) return ['', ''];
  const [, query = text, hints = ''] = /^(.*\S)\s*\bwith\s*\(([^()]*)\)\s*$/s.exec(text) ?? [];
  return [query.trim(), hints.trim()];
}

// What a list asks, as the JSON of Langfuse's `filter` parameter, for both of its APIs (langfuse: fern/apis/server/definition/{trace,
// observations}.yml). A filter overrides every plain parameter, the time among them: so the time is always in it too. Pure.
import { isoDown, isoUp } from '../../../formats/isoTime.ts';
import type { AttributeFilter, TimeWindow } from '../backend.ts';

export type LangfuseApiName = 'traces' | 'observations';

export interface Condition {
  readonly type: 'datetime' | 'string' | 'number' | 'boolean' | 'arrayOptions' | 'stringOptions' | 'stringObject';
  readonly column: string;
  readonly operator: '>=' | '<' | '>' | '=' | 'any of';
  readonly value: string | number | boolean | readonly string[];
  readonly key?: string;
}

export type Query = readonly (readonly [name: string, value: string])[];

const NS_PER_MS = 1_000_000;

/** Bounds in both forms: some servers refuse requests whose plain parameters have none. */
export function boundedBy(api: LangfuseApiName, window: TimeWindow, conditions: readonly Condition[]): Query {
  const [from, to] = [isoDown(window.startNs), isoUp(window.endNs)];
  const [fromName, toName, column] = api === 'traces' ? ['fromTimestamp', 'toTimestamp', 'timestamp'] : ['fromStartTime', 'toStartTime', 'startTime'];
  const plain: Query = [[fromName, from], [toName, to]];
  if (conditions.length === 0) return plain;
  const bounds: readonly Condition[] = [{ type: 'datetime', column, operator: '>=', value: from }, { type: 'datetime', column, operator: '<', value: to }];
  return [...plain, ['filter', JSON.stringify([...bounds, ...conditions])]];
}

/** Whole milliseconds upwards: that is the grain of what is answered. */
export const atLeast = (minDurationNs: number): Condition => ({ type: 'number', column: 'latency', operator: '>=', value: Math.ceil(minDurationNs / NS_PER_MS) / 1000 });

export const equals = (column: string, value: string): Condition => ({ type: 'string', column, operator: '=', value });
export const IS_ROOT: Condition = { type: 'boolean', column: 'isRootObservation', operator: '=', value: true };
export const FAILED_OBSERVATION = equals('level', 'ERROR');
export const FAILED_TRACE: Condition = { type: 'number', column: 'errorCount', operator: '>', value: 0 };
export const oneOfTraces = (ids: readonly string[]): Condition => ({ type: 'stringOptions', column: 'traceId', operator: 'any of', value: ids });

/** Attributes as this program shows them → where Langfuse keeps them. */
const COLUMNS: Readonly<Record<LangfuseApiName, ReadonlyMap<string, string>>> = {
  traces: new Map([
    ['session.id', 'sessionId'], ['langfuse.session.id', 'sessionId'], ['user.id', 'userId'], ['langfuse.environment', 'environment'], ['deployment.environment.name', 'environment'],
    ['langfuse.trace.name', 'name'], ['langfuse.release', 'release'], ['langfuse.version', 'version'], ['langfuse.trace.version', 'version'],
  ]),
  observations: new Map([
    ['session.id', 'sessionId'], ['langfuse.session.id', 'sessionId'], ['user.id', 'userId'], ['langfuse.environment', 'environment'], ['deployment.environment.name', 'environment'],
    ['langfuse.trace.name', 'traceName'], ['langfuse.version', 'version'], ['langfuse.observation.type', 'type'], ['langfuse.observation.level', 'level'],
    ['gen_ai.request.model', 'model'], ['langfuse.observation.model.name', 'model'], ['langfuse.observation.prompt.name', 'promptName'],
  ]),
};
const UPPER_CASE: ReadonlySet<string> = new Set(['type', 'level']);
const TAGS: ReadonlySet<string> = new Set(['langfuse.trace.tags', 'tags']);

/** Every other key is one of the user's own metadata; `byMetadata` are those, for a sentence. */
export function attributeConditions(api: LangfuseApiName, attributes: readonly AttributeFilter[]): { readonly conditions: readonly Condition[]; readonly byMetadata: readonly string[] } {
  const byMetadata: string[] = [];
  const conditions = attributes.map(({ key, value }): Condition => {
    if (TAGS.has(key)) return { type: 'arrayOptions', column: 'tags', operator: 'any of', value: [value] };
    const column = COLUMNS[api].get(key);
    if (column !== undefined) return equals(column, UPPER_CASE.has(column) ? value.toUpperCase() : value);
    const name = key.replace(/^langfuse\.(?:trace|observation)\.metadata\./, '');
    if (name === key) byMetadata.push(key);
    return { type: 'stringObject', column: 'metadata', key: name, operator: '=', value };
  });
  return { conditions, byMetadata };
}

// What every tracing system must do through our own connection, one row a demand. Rows ask only what a Backend offers, and know no system.
import assert from 'node:assert/strict';
import { BackendError, type SearchPage, type SearchQuery } from '../../../src/engine/backends/backend.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import type { SentTrace } from '../../live/send/reference.ts';
import { checkLosses, factsOf, lossesOf, type ReferenceName } from '../sameTrace.ts';
import { commandExport, commandList, commandSecrets, commandShow } from './commandLine.ts';
import type { RowContext } from './system.ts';
import { builtOf, every, FAILING, SLOW, SLOW_NS, USUAL_NS } from './traffic.ts';

export type RowName = (typeof ROWS)[number]['name'];

export const ROWS = [
  { name: 'probe', run: probe },
  { name: 'services and operations', run: names },
  { name: 'recent', run: recent },
  { name: 'errors', run: errors },
  { name: 'slow', run: slow },
  { name: 'filter: service', run: ofService },
  { name: 'filter: operation', run: ofOperation },
  { name: 'filter: attribute', run: withAttribute },
  { name: 'filter: duration', run: longOnes },
  { name: 'filter: text', run: withText },
  { name: 'paging', run: paging },
  { name: 'cohort', run: cohort },
  { name: 'open', run: open },
  { name: 'unknown id', run: unknown },
  { name: 'within', run: within },
  { name: 'aborted', run: aborted },
  { name: 'reference 1', run: (context: RowContext) => reference(context, 'first') },
  { name: 'reference 2', run: (context: RowContext) => reference(context, 'second') },
  { name: 'command: list', run: commandList },
  { name: 'command: show', run: commandShow },
  { name: 'command: export, inspect', run: commandExport },
  { name: 'command: secrets', run: commandSecrets },
] as const;

/** Rows that start processes: where `told` says how. */
export const isCommand = (name: RowName): boolean => name.startsWith('command');

const sameName = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** Everything that fits, newest first, page by page; asserts that no id comes twice. */
async function listed({ backend, signal }: RowContext, query: Partial<SearchQuery>, limit = 50): Promise<{ readonly ids: string[]; readonly pages: SearchPage[] }> {
  const pages: SearchPage[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page: SearchPage = await backend.search({ group: 'recent', sort: 'newest', limit, askedAtMs: Date.now(), ...query, ...(cursor === undefined ? {} : { cursor }) }, signal);
    pages.push(page);
    assert.ok(pages.length < 200, 'the list ends');
    cursor = page.next;
  }
  const ids = pages.flatMap(({ traces }) => traces.map(({ summary }) => summary.traceId));
  assert.equal(new Set(ids).size, ids.length, 'every id once');
  return { ids, pages };
}

/** Of the traffic: by its service where the list knows them, else by its ids. */
async function traffic(context: RowContext, query: Partial<SearchQuery>): Promise<string[]> {
  const { service, ids } = context.server.traffic!;
  const found = await listed(context, { ...(context.system.noServices === true ? {} : { service }), ...query });
  return found.ids.filter((id) => ids.includes(id));
}

async function probe({ backend, signal }: RowContext): Promise<void> {
  const { notes } = await backend.probe(signal);
  assert.ok(notes.every((note) => note.length > 10), notes.join());
}

async function names({ system, backend, server: { traffic: sent, references }, signal }: RowContext): Promise<void> {
  const [service, operation] = sent === undefined ? ['orchestrator', 'chat_turn'] : [sent.service, 'GET /'];
  assert.ok((await backend.services(signal)).some((name) => sameName(name, service)));
  assert.ok(system.noOperations === true || (await backend.operations(service, signal)).some((name) => sameName(name, operation)));
  if (references.second !== undefined) assert.ok((await backend.services(signal)).includes('agent-注文'), 'a name beyond ASCII');
}

async function recent(context: RowContext): Promise<void> {
  const { ids, pages } = await listed(context, {});
  for (const sent of Object.values(context.server.references)) {
    assert.ok(ids.includes(sent.traceId), `${sent.traceId} is listed`);
    const { summary, unknown: unsaid = [] } = pages.flatMap(({ traces }) => traces).find((one) => one.summary.traceId === sent.traceId)!;
    const expected = builtOf(sent.traceId, [decodeOtlpJson(sent.otlp)]);
    if (!unsaid.includes('errors')) assert.equal(summary.errors, expected.errors);
    // Of several roots each system has its favourite.
    const roots = Array.from(expected.depth, (depth, row) => (depth === 1 ? [expected.strings[expected.name[row]!]!] : [])).flat();
    const kept = context.system.losses.filter(({ paths }) => paths.test('/name')).flatMap(({ becomes }) => roots.map((root) => becomes?.(root, '/name', summary.rootName)));
    if (!unsaid.includes('root')) assert.ok([...roots, ...kept].includes(summary.rootName), summary.rootName);
  }
  const own = context.server.traffic?.ids ?? [];
  assert.deepEqual(ids.filter((id) => own.includes(id)), own, 'newest first');
}

async function errors(context: RowContext): Promise<void> {
  const { references, traffic: sent } = context.server;
  const { ids, pages } = await listed(context, { group: 'errors' });
  // Where a list does not say which traces fail, those that may are in it, and it says so.
  const sure = new Set(pages.flatMap(({ traces }) => traces.filter(({ unknown: unsaid }) => unsaid?.includes('errors') !== true).map(({ summary }) => summary.traceId)));
  for (const { traceId } of Object.values(references)) assert.ok(ids.includes(traceId), `${traceId} fails`);
  if (sent === undefined) return;
  const failing = every(sent.ids, FAILING);
  assert.deepEqual(failing.filter((id) => !ids.includes(id)), []);
  assert.deepEqual(ids.filter((id) => sure.has(id) && sent.ids.includes(id) && !failing.includes(id)), []);
}

async function slow(context: RowContext): Promise<void> {
  const { service, ids } = context.server.traffic!;
  const { traces } = await context.backend.search({ group: 'slow', sort: 'newest', limit: 50, askedAtMs: Date.now(), ...(context.system.noServices === true ? {} : { service }) }, context.signal);
  const own = traces.filter(({ summary }) => ids.includes(summary.traceId));
  assert.deepEqual(own.map(({ summary }) => summary.traceId), every(ids, SLOW).slice(0, own.length));
  assert.ok(own.length > 0 && own.every(({ usualNs }) => usualNs === USUAL_NS), 'and says what is usual');
}

async function ofService(context: RowContext): Promise<void> {
  const { service, ids } = context.server.traffic!;
  assert.deepEqual((await listed(context, { service })).ids, ids);
  assert.deepEqual((await listed(context, { service: `${service}-worker` })).ids, ids, 'also of one that is not the root’s');
}

async function ofOperation(context: RowContext): Promise<void> {
  const { ids } = context.server.traffic!;
  assert.deepEqual(await traffic(context, { operation: 'GET /' }), ids);
  assert.deepEqual(await traffic(context, { operation: 'nothing of the kind' }), []);
}

async function withAttribute(context: RowContext): Promise<void> {
  const { ids } = context.server.traffic!;
  assert.deepEqual(await traffic(context, { attributes: [{ key: 'order.id', value: 'o7' }] }), [ids[6]]);
}

async function longOnes(context: RowContext): Promise<void> {
  const { ids } = context.server.traffic!;
  assert.deepEqual(await traffic(context, { minDurationNs: SLOW_NS }), every(ids, SLOW));
}

async function withText(context: RowContext): Promise<void> {
  const { ids } = context.server.traffic!;
  const wanted = ids[3]!;
  assert.deepEqual((await listed(context, { text: wanted.slice(2, 20).toUpperCase() })).ids, [wanted], 'a part of an id');
  // Some lists do not name the root.
  const { pages } = await listed(context, {});
  const nameless = new Set(pages.flatMap(({ traces }) => traces.filter(({ unknown: unsaid }) => unsaid?.includes('root') === true).map(({ summary }) => summary.traceId)));
  assert.deepEqual(await traffic(context, { text: 'GEt /' }), ids.filter((id) => !nameless.has(id)), 'a part of a root’s name');
}

async function paging(context: RowContext): Promise<void> {
  const { ids } = context.server.traffic!;
  const found = await listed(context, {}, 17);
  assert.deepEqual(ids.filter((id) => !found.ids.includes(id)), []);
  assert.ok(found.pages.every(({ traces }) => traces.length <= 17));
}

/** The others of a root: what a trace is compared with. */
async function cohort(context: RowContext): Promise<void> {
  const { ids } = context.server.traffic!;
  const { pages } = await listed(context, {});
  const { rootService, rootName } = pages.flatMap(({ traces }) => traces).find(({ summary }) => summary.traceId === ids[0])!.summary;
  const found = await context.backend.cohort(rootService, rootName, 30, context.signal);
  // Fewer than asked for where reading them costs.
  assert.ok(found.length >= 10, `${found.length} of them`);
  assert.deepEqual(found.map(({ traceId }) => traceId), ids.slice(0, found.length), 'the latest');
}

async function open(context: RowContext): Promise<void> {
  const { ids, pages } = await listed(context, {});
  const wanted = context.server.traffic?.ids[4] ?? ids[0]!;
  const { ref, summary, unknown: unsaid = [] } = pages.flatMap(({ traces }) => traces).find((one) => one.summary.traceId === wanted)!;
  const { batches } = await context.backend.trace(ref, context.signal);
  const trace = builtOf(wanted, batches);
  if (!unsaid.includes('spans')) assert.equal(trace.spans, summary.spans);
  if (context.server.traffic !== undefined) assert.deepEqual([trace.spans, Array.from(trace.depth, Number)], [2, [1, 2]]);
}

/** An id that nothing has. Some systems read the time of a trace in it. */
const idOfNothing = (word: string): string => `${Math.floor(Date.now() / 1000).toString(16)}${word.repeat(6)}`;

async function unknown({ backend, signal }: RowContext): Promise<void> {
  await assert.rejects(backend.trace({ traceId: idOfNothing('dead') }, signal), { kind: 'notFound' });
}

/** Somebody is asked before the next look: this one is whole where the trace lies in it, and goes no further than one without times does. */
async function within({ backend, server, requests, signal }: RowContext): Promise<void> {
  const { traceId, startUnixNano } = server.references.first!;
  const times = { within: true, startUnixNano: String(startUnixNano - 60_000_000_000n), endUnixNano: String(startUnixNano + 3_600_000_000_000n) };
  const spans = async (more: object): Promise<number> => builtOf(traceId, (await backend.trace({ traceId, ...more }, signal)).batches).spans;
  assert.equal(await spans(times), await spans({}));
  const looksFor = async (word: string, more: object): Promise<number> => {
    const before = requests();
    await assert.rejects(backend.trace({ traceId: idOfNothing(word), ...more }, signal), { kind: 'notFound' });
    return requests() - before;
  };
  const [anywhere, there] = [await looksFor('dead', {}), await looksFor('beef', times)];
  assert.ok(there <= anywhere, `${there} requests within an hour, ${anywhere} without times`);
}

async function aborted({ backend, server, signal }: RowContext): Promise<void> {
  const { references } = server;
  const isAborted = (error: unknown): boolean => error instanceof BackendError && error.kind === 'aborted';
  for (const call of [
    (stop: AbortSignal) => backend.search({ group: 'recent', sort: 'newest', limit: 20, askedAtMs: Date.now() + 1 }, stop),
    (stop: AbortSignal) => backend.trace({ traceId: references.first!.traceId }, stop),
  ]) {
    const stop = new AbortController();
    const answer = call(stop.signal);
    stop.abort();
    await assert.rejects(answer, isAborted);
    await assert.rejects(call(AbortSignal.abort()), isAborted);
  }
  await backend.probe(signal);
}

async function reference({ system, backend, server, signal }: RowContext, name: ReferenceName): Promise<void> {
  const sent: SentTrace = server.references[name]!;
  const { batches } = await backend.trace({ traceId: sent.traceId }, signal);
  const facts = factsOf(builtOf(sent.traceId, [decodeOtlpJson(sent.otlp)]));
  const { kept, lost } = checkLosses(facts, factsOf(builtOf(sent.traceId, batches)), lossesOf(system.losses, name), await server.raw(sent.traceId));
  assert.equal(kept + lost, facts.size);
}

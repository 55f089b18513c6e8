// The wording of the tree, as design/README draws it.
import assert from 'node:assert/strict';
import type { GroupName } from '../../../src/host/traceRows.ts';
import { collectorLines, connectionDescription, emptyGroupText, groupRow, slowRuleText, slowThresholdDescription, traceRow, traceTooltipLines } from '../../../src/host/traceRows.ts';
import { collectorState, listed, NOW } from './listedTraces.ts';

describe('host/traceRows', () => {
  const rows: readonly { what: string; group: GroupName; trace: ReturnType<typeof listed>; label: string; description: string; icon: string }[] = [
    { what: 'a pinned trace with a note', group: 'pinned', trace: listed({ durationNs: '8412300000' }, { pinned: true, note: 'before the fix' }), label: 'POST /chat', description: '8.41 s · "before the fix"', icon: 'pinned' },
    { what: 'a pinned trace without one', group: 'pinned', trace: listed({}, { pinned: true }), label: 'POST /chat', description: '1.31 s · api-gateway · 2 min ago', icon: 'pinned' },
    { what: 'an erroring trace', group: 'errors', trace: listed({ errors: 2 }), label: 'POST /chat', description: 'api-gateway · 1.31 s · 2 min ago', icon: 'error' },
    { what: 'a slow trace', group: 'slow', trace: listed({ durationNs: '8412300000' }, { usualNs: 1_210_000_000 }), label: 'POST /chat', description: '8.41 s, usually 1.21 s · 2 min ago', icon: 'clockface' },
    { what: 'a slow trace with errors', group: 'slow', trace: listed({ errors: 1 }, { usualNs: 5 }), label: 'POST /chat', description: '1.31 s, usually 5 ns · 2 min ago', icon: 'error' },
    { what: 'a recent trace', group: 'recent', trace: listed(), label: 'POST /chat', description: 'api-gateway · 1.31 s · 2 min ago', icon: 'circle-small' },
    { what: 'a trace of years ago', group: 'recent', trace: listed({ startUnixNano: '1541419200000000000' }), label: 'POST /chat', description: 'api-gateway · 1.31 s · 2018-11-05', icon: 'circle-small' },
    { what: 'a recent trace that is pinned', group: 'recent', trace: listed({}, { pinned: true }), label: 'POST /chat', description: 'api-gateway · 1.31 s · 2 min ago', icon: 'pinned' },
    { what: 'a trace still arriving', group: 'recent', trace: listed({ provisional: true, rootName: '' }), label: 'Root span not received yet', description: 'api-gateway · 1.31 s so far · 2 min ago', icon: 'circle-small' },
    { what: 'a trace of which nothing has ended', group: 'recent', trace: listed({ durationNs: '0', unfinished: 1 }), label: 'POST /chat', description: 'api-gateway · in progress · 2 min ago', icon: 'circle-small' },
    { what: 'a trace of which a part has ended', group: 'recent', trace: listed({ unfinished: 2 }), label: 'POST /chat', description: 'api-gateway · 1.31 s so far · 2 min ago', icon: 'circle-small' },
    { what: 'a pinned trace of which nothing has ended', group: 'pinned', trace: listed({ durationNs: '0', unfinished: 1 }, { pinned: true }), label: 'POST /chat', description: 'in progress · api-gateway · 2 min ago', icon: 'pinned' },
    { what: 'a trace without extent', group: 'recent', trace: listed({ durationNs: '0' }), label: 'POST /chat', description: 'api-gateway · 0 ns · 2 min ago', icon: 'circle-small' },
    { what: 'a trace without a root', group: 'recent', trace: listed({ rootName: '', rootService: '' }), label: 'Trace 0af76519…', description: 'unknown service · 1.31 s · 2 min ago', icon: 'circle-small' },
    { what: 'a list without durations', group: 'recent', trace: listed({ durationNs: '0' }, { unknown: ['duration'] }), label: 'POST /chat', description: 'api-gateway · 2 min ago', icon: 'circle-small' },
    { what: 'a list without roots', group: 'recent', trace: listed({ rootName: '', rootService: '' }, { unknown: ['root'] }), label: 'Trace 0af76519…', description: 'api-gateway · 1.31 s · 2 min ago', icon: 'circle-small' },
    { what: 'a list without roots and services', group: 'recent', trace: listed({ rootName: '', rootService: '', services: [] }, { unknown: ['root', 'services'] }), label: 'Trace 0af76519…', description: '1.31 s · 2 min ago', icon: 'circle-small' },
    { what: 'an erroring trace of a list that counts no errors', group: 'errors', trace: listed({ errors: 0 }, { unknown: ['errors'] }), label: 'POST /chat', description: 'api-gateway · 1.31 s · 2 min ago', icon: 'error' },
    { what: 'a recent trace of a list that counts no errors', group: 'recent', trace: listed({ errors: 7 }, { unknown: ['errors'] }), label: 'POST /chat', description: 'api-gateway · 1.31 s · 2 min ago', icon: 'circle-small' },
    { what: 'a pinned trace whose list has no durations', group: 'pinned', trace: listed({ durationNs: '0' }, { pinned: true, unknown: ['duration'], note: 'why' }), label: 'POST /chat', description: '"why"', icon: 'pinned' },
    { what: 'a trace still arriving, its duration unknown', group: 'recent', trace: listed({ provisional: true }, { unknown: ['duration'] }), label: 'POST /chat', description: 'api-gateway · 2 min ago', icon: 'circle-small' },
    { what: 'names written from right to left, each for itself', group: 'recent', trace: listed({ rootName: 'بحث', rootService: 'שרת' }), label: '\u2068بحث\u2069', description: '\u2068שרת\u2069 · 1.31 s · 2 min ago', icon: 'circle-small' },
    { what: 'a note written from right to left', group: 'pinned', trace: listed({}, { pinned: true, note: 'لماذا' }), label: 'POST /chat', description: '1.31 s · "\u2068لماذا\u2069"', icon: 'pinned' },
    { what: 'hostile text', group: 'recent', trace: listed({ rootName: 'a\u202eb\nc\u001b[31m' }), label: String.raw`a\u202eb c\x1b[31m`, description: 'api-gateway · 1.31 s · 2 min ago', icon: 'circle-small' },
  ];
  for (const { what, group, trace, label, description, icon } of rows) {
    it(`says ${what}`, () => {
      const row = traceRow(trace, group, NOW);
      assert.deepEqual({ label: row.label, description: row.description, icon: row.icon }, { label, description, icon });
    });
  }

  it('speaks errors, pins and notes that the eye sees as icons', () => {
    assert.equal(traceRow(listed({ errors: 1 }, { pinned: true, note: 'look here' }), 'errors', NOW).spoken, 'POST /chat, api-gateway, 1.31 s, 1 error, pinned, look here, 2 min ago');
  });

  it('cuts a name of 100 kB', () => {
    assert.ok(traceRow(listed({ rootName: 'x'.repeat(100_000) }), 'recent', NOW).label.length < 130);
  });

  const groups: readonly [GroupName, { loaded: number; total?: number; known?: number }, string][] = [
    ['pinned', { loaded: 1, total: 1 }, '1'],
    ['errors', { loaded: 12, total: 12 }, '12'],
    ['errors', { loaded: 20, total: 1340 }, '20 of 1,340'],
    ['errors', { loaded: 0, total: 0 }, ''],
    ['slow', { loaded: 7, total: 7, known: 1204 }, '7 of 1,204 · slower than their p90'],
    ['slow', { loaded: 7, total: 7 }, '7 · slower than their p90'],
    ['slow', { loaded: 0, total: 0, known: 1204 }, ''],
    ['recent', { loaded: 200, total: 1204 }, '200 of 1,204'],
    ['recent', { loaded: 50 }, '50'],
    ['found', { loaded: 12, total: 12 }, '12'],
  ];
  for (const [group, counts, description] of groups) {
    it(`counts ${group} ${JSON.stringify(counts)} as "${description}"`, () => {
      assert.equal(groupRow(group, { loaded: counts.loaded, total: counts.total, known: counts.known }, 90).description, description);
    });
  }

  it('speaks no number that is not known', () => {
    assert.equal(traceRow(listed({ errors: 0, durationNs: '0' }, { unknown: ['errors', 'duration', 'spans'] }), 'errors', NOW).spoken, 'POST /chat, api-gateway, with an error, 2 min ago');
  });

  it('tells in the tooltip what is known, and what is not', () => {
    const known = traceTooltipLines(listed({ errors: 1, orphans: 2 }, { usualNs: 1e9, note: 'why' }));
    assert.deepEqual(known.filter((line) => !line.startsWith('Started ')), ['POST /chat', '1.31 s (1,310,000,000 ns), usually 1.00 s', '14 spans · 2 services · 1 error · 2 orphans', 'api-gateway, auth', 'Trace id 0af7651916cd43dd8448eb211c80319c', 'Note: why']);
    assert.deepEqual(traceTooltipLines(listed({ durationNs: '0', unfinished: 1 })).slice(0, 2), ['POST /chat', 'in progress']);
    assert.equal(traceTooltipLines(listed({ unfinished: 1 }))[1], '1.31 s so far (1,310,000,000 ns)');
    const unknown = traceTooltipLines({ ...listed({ services: [] }, { unknown: ['root', 'duration', 'spans', 'errors', 'services'] }), key: { connection: 'c', traceId: 'x', scope: 'project-a' } });
    assert.deepEqual(unknown.filter((line) => !line.startsWith('Started ')), ['POST /chat', 'Trace id 0af7651916cd43dd8448eb211c80319c', 'project-a', 'The list does not say: root, duration, spans, errors, services. Opening it does.']);
    assert.ok(traceTooltipLines(listed({ services: Array.from({ length: 11 }, (_, n) => `s${n}`) })).includes('s0, s1, s2, s3, s4, s5, s6, s7 and 3 more'));
  });

  const empty: readonly (readonly [GroupName, boolean, number | undefined, string])[] = [
    ['recent', false, undefined, 'No trace yet'], ['recent', false, 24, 'No trace within the last 24 hours'], ['recent', false, 1, 'No trace within the last hour'], ['recent', false, 0.5, 'No trace within the last 30 minutes'], ['recent', false, 168, 'No trace within the last 7 days'],
    ['found', true, 24, 'No trace found'], ['errors', false, 24, 'No trace with an error'], ['pinned', false, 24, 'Nothing pinned'], ['recent', true, 24, 'Nothing matches the filter'],
  ];
  for (const [group, filtered, hours, text] of empty) it(`an empty ${group}, ${filtered ? 'filtered, ' : ''}${hours ?? 'all'} h: ${text}`, () => assert.equal(emptyGroupText(group, filtered, hours), text));

  it("names a connection's own limit", () => assert.equal(slowThresholdDescription('7 of 1,204 · slower than their p90', 500), '7 of 1,204 · at least 500 ms'));

  it('names the endpoint that is really listened on', () => {
    assert.equal(connectionDescription(collectorState()), '127.0.0.1:4318 · 1,204 traces');
    assert.equal(connectionDescription(collectorState({ endpoint: 'http://127.0.0.1:54321', traces: 1 })), '127.0.0.1:54321 · 1 trace');
    assert.equal(connectionDescription(collectorState({ role: 'off', endpoint: undefined })), 'off');
    assert.equal(connectionDescription(collectorState({ role: 'memory', endpoint: undefined, traces: 3 })), 'not listening · 3 traces');
  });

  it('says where the collector listens, and all that is wrong with it', () => {
    assert.deepEqual(collectorLines(collectorState({ endpoint: 'http://127.0.0.1:4318', grpcEndpoint: '127.0.0.1:4317', traces: 1 }), undefined), [
      'The Tracefall collector receives OTLP over HTTP at http://127.0.0.1:4318.', 'OTLP over gRPC is received at 127.0.0.1:4317.',
    ]);
    assert.deepEqual(collectorLines(collectorState({ endpoint: undefined, grpcProblem: 'Port taken.', traces: 0 }), 'It broke.'), [
      'It broke.', 'The Tracefall collector does not listen.', 'gRPC is not served: Port taken.',
    ]);
    for (const [lost, line] of [[0, 'What comes is sent on to https://team.'], [1, 'What comes is sent on to https://team; not taken there, as far as is known: 1 request.'], [1200, 'What comes is sent on to https://team; not taken there, as far as is known: 1,200 requests.']] as const) {
      assert.equal(collectorLines(collectorState({ forwarding: { url: 'https://team', lost } }), undefined).at(-1), line);
    }
  });

  it('says why a group is empty', () => {
    assert.equal(emptyGroupText('errors', false), 'No trace with an error');
    assert.equal(emptyGroupText('slow', false), 'Nothing unusually slow');
    assert.equal(emptyGroupText('slow', true), 'Nothing matches the filter');
    assert.equal(slowRuleText({ minSamples: 20, percentile: 90, factor: 1.5 }), 'A trace is slow when at least 20 traces of its root operation are known and it takes longer than 90 % of them and than 1.5 × their median.');
  });
});

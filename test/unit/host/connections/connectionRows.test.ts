// What a connection's row, tooltip and the summary of all say: nothing where nothing is wrong, why where something is.
import assert from 'node:assert/strict';
import { bytesText, connectionRow, connectionSummary, connectionTooltip } from '../../../../src/host/connections/connectionRows.ts';
import type { ShownConnection } from '../../../../src/host/connections/connectionBook.ts';
import type { ConnectionConfig, ConnectionState } from '../../../../src/protocol/connections.ts';
import { CLOUD } from '../wizard/kinds.ts';

const NOW = 1_790_000_000_000;
const state = (more: Partial<ConnectionState> = {}): ConnectionState => ({ connection: 'c', health: 'healthy', requests: 12, bytes: 34_567, lastAnswerMs: NOW - 120_000, ...more });
const shown = (more: Partial<ConnectionConfig> = {}, of?: ConnectionState, rest: Partial<ShownConnection> = {}): ShownConnection => ({ config: { id: 'c', kind: 'jaeger', name: 'Prod', url: 'https://jaeger.example:16686/base', ...more }, from: 'user', kind: undefined, state: of, revision: '', ...rest });
const { url: _url, ...cloudConfig } = shown().config;
const cloud: ShownConnection = { ...shown(), config: { ...cloudConfig, kind: 'cloud' }, kind: CLOUD };

describe('host/connections/connectionRows', () => {
  const rows: readonly (readonly [what: string, of: ShownConnection, filtered: boolean, row: string])[] = [
    ['never asked', shown(), false, 'jaeger.example:16686'],
    ['healthy', shown({}, state()), false, 'jaeger.example:16686 · 2 min ago'],
    ['slow', shown({}, state({ health: 'slow', why: 'The last answer took 9.1 s.' })), false, 'jaeger.example:16686 · slow · 2 min ago'],
    ['failing', shown({}, state({ health: 'failing', why: 'Nobody answers.' })), false, 'jaeger.example:16686 · failing: Nobody answers. · 2 min ago'],
    ['failing without a word', shown({}, { connection: 'c', health: 'failing', requests: 1, bytes: 0 }), false, 'jaeger.example:16686 · failing'],
    ['waiting for a quota, whatever it was before', shown({}, state({ health: 'slow', waiting: { why: "Google's quota: 4 lists a minute", untilMs: NOW + 41_200 } })), false, "jaeger.example:16686 · waiting 42 s: Google's quota: 4 lists a minute · 2 min ago"],
    ['waiting before the first answer', shown({}, { connection: 'c', health: 'unknown', requests: 0, bytes: 0, waiting: { why: '1 request a minute', untilMs: NOW - 5 } }), false, 'jaeger.example:16686 · waiting 1 s: 1 request a minute'],
    ['filtered', shown({}, state()), true, 'jaeger.example:16686 · 2 min ago · filtered'],
    ['a cloud', cloud, false, 'Cloud'],
    ['a cloud of an unknown kind', { ...cloud, kind: undefined }, false, 'cloud'],
    ['hostile words of a server', shown({}, state({ health: 'failing', why: `\u202e\n${'x'.repeat(500)}` })), false, `jaeger.example:16686 · failing: \\u202e ${'x'.repeat(98)}… · 2 min ago`],
  ];
  for (const [what, of, filtered, row] of rows) it(what, () => assert.equal(connectionRow(of, filtered, NOW), row));

  it('says in the tooltip what it cost, and what is known of it', () => {
    assert.deepEqual(connectionTooltip(shown({ options: { tenant: 'a', empty: '' } }, state({ cost: '12 ListTraces of 300 quota units' })), NOW), [
      'Prod', 'jaeger · https://jaeger.example:16686/base', 'tenant: a', 'Last answer 2 min ago', '12 requests, 35 kB received in this window', '12 ListTraces of 300 quota units',
    ]);
    assert.deepEqual(connectionTooltip({ ...cloud, from: 'workspace' }, NOW), ['Prod', 'Cloud', 'Nothing was asked of it yet: expand it to list its traces.', 'Every request counts here, so it is not refreshed by itself.', 'Comes with this workspace.']);
    assert.ok(connectionTooltip(shown({}, state({ health: 'failing', why: 'Nobody answers.' })), NOW).includes('Nobody answers.'));
    assert.ok(connectionTooltip(shown({}, state({ waiting: { why: 'the server asked for it (429)', untilMs: NOW + 9_000 } })), NOW).includes('Waiting 9 s: the server asked for it (429).'));
    assert.deepEqual(connectionSummary([shown({}, state({ waiting: { why: 'x', untilMs: NOW + 1000 } }))], NOW)?.lines, ['Prod: waiting 1 s: x, last answer 2 min ago']);
    assert.ok(!connectionTooltip({ ...cloud, config: { ...cloud.config, refreshSeconds: 60 } }, NOW).some((line) => line.includes('by itself')));
  });

  const summaries: readonly (readonly [what: string, health: readonly (ConnectionState['health'] | undefined)[], worst: string | undefined, text: string | undefined])[] = [
    ['none', [], undefined, undefined], ['none asked', [undefined, 'unknown'], undefined, undefined], ['one', ['healthy', undefined], 'healthy', 'C0'], ['many', ['healthy', 'healthy'], 'healthy', '2 connections'],
    ['one slow', ['healthy', 'slow'], 'slow', 'C1: slow'], ['one failing', ['slow', 'failing', 'healthy'], 'failing', 'C1: failing'], ['two failing', ['failing', 'failing', 'slow'], 'failing', '2 connections: failing'],
  ];
  for (const [what, healths, worst, text] of summaries) {
    it(`sums up ${what}`, () => {
      const summary = connectionSummary(healths.map((health, n) => shown({ id: `c${n}`, name: `C${n}` }, health === undefined ? undefined : state({ health, ...(health === 'failing' ? { why: 'No.' } : {}) }))), NOW);
      assert.deepEqual([summary?.worst, summary?.text], [worst, text]);
    });
  }
  it('has a line a connection', () => {
    assert.deepEqual(connectionSummary([shown({}, state()), shown({ name: 'B' }, state({ health: 'failing', why: 'No.' })), shown({ name: 'unasked' })], NOW)?.lines, ['Prod: healthy, last answer 2 min ago', 'B: failing: No., last answer 2 min ago']);
  });

  const sizes: readonly (readonly [number, string])[] = [[0, '0 bytes'], [999, '999 bytes'], [1000, '1.0 kB'], [9_940, '9.9 kB'], [34_567, '35 kB'], [1_500_000, '1.5 MB'], [34_000_000, '34 MB']];
  for (const [bytes, text] of sizes) it(`${bytes} bytes are ${text}`, () => assert.equal(bytesText(bytes), text));
});

// What is said before a search that costs runs, and what is asked then.
import assert from 'node:assert/strict';
import { deepPrompt, deepQuery, deepWindows } from '../../../src/host/deepSearchTexts.ts';
import { NOW } from './listedTraces.ts';

const DEEP = { label: 'all spans in aws/spans', costNote: 'about $0.005 per GB scanned' };

describe('host/deepSearchTexts', () => {
  it('offers times, the cheapest first', () => {
    const windows = deepWindows(NOW);
    assert.deepEqual(windows.map(({ minutes }) => minutes), [15, 60, 180, 720, 1440, 4320, 10_080]);
    assert.deepEqual([windows[1]!.label, windows[1]!.description], ['The last hour', `since ${new Date(NOW - 3_600_000).toLocaleString()}`]);
  });

  it('says what is searched, what it costs and what is asked for', () => {
    assert.deepEqual(deepPrompt('Prod', DEEP, {}), { title: 'Search all spans in aws/spans · Prod · about $0.005 per GB scanned', placeHolder: 'Which time? No filter is set. Escape: nothing is searched.' });
    assert.match(deepPrompt('Prod', DEEP, { service: 'auth', errorsOnly: true }).placeHolder, /Filter: service auth, only errors\./);
  });

  it('draws no icon and no line of its own out of what a system says', () => {
    const { title, placeHolder } = deepPrompt('$(flame)\nx', { label: 'a\u202eb', costNote: 'free\n$(bug)' }, {});
    assert.doesNotMatch(title + placeHolder, /[\n\u202e]/);
    assert.doesNotMatch(title, /(?<!\\)\$\(/);
  });

  it('asks for that time, until now and a minute of clocks that are ahead', () => {
    assert.deepEqual(deepQuery('c', { service: 'auth' }, 60, NOW), { connection: 'c', service: 'auth', windowNs: { start: `${NOW - 3_600_000}000000`, end: `${NOW + 60_000}000000` } });
  });
});

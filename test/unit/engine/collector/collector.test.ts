import assert from 'node:assert/strict';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import { RECENT, runCollector, until } from '../../../support/collectorFixture.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

describe('collector', () => {
  it('takes spans over HTTP, lists their traces and reads them back', async () => {
    const running = await runCollector();
    try {
      const { collector, post } = running;
      assert.equal(collector.state.role, 'owner');
      assert.match(collector.state.endpoint!, /^http:\/\/127\.0\.0\.1:\d+$/);
      const answer = await post(generateTraces({ traces: 3, spansPerTrace: 20 }));
      assert.equal(answer.status, 200);
      assert.equal((await answer.arrayBuffer()).byteLength, 0);
      const page = collector.store!.list(RECENT);
      assert.equal(page.total, 3);
      assert.deepEqual(page.traces.map(({ summary }) => summary.spans), [20, 20, 20]);
      for (const { summary } of page.traces) {
        const stored = await collector.store!.loadTrace(summary.traceId);
        const [part] = splitByTrace(stored!.batches);
        const built = summaryOf(buildTrace(part!.traceId, part!.selections));
        assert.deepEqual({ ...summary, ...built, provisional: true }, { ...built, provisional: true });
        await until('the summary is exact', () => collector.store!.summary(summary.traceId)?.provisional === false);
        assert.deepEqual(collector.store!.summary(summary.traceId), built);
      }
    } finally {
      await running.stop();
    }
  });
});

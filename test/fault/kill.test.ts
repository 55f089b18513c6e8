// Promise A: a 200 means that the spans survive the death of the process (kill -9 at any moment).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openStore } from '../../src/engine/store/openStore.ts';
import { loadSqlite } from '../../src/engine/store/sqlite.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import { ChildCollector } from '../support/childCollector.ts';
import { temporaryDirectory } from '../support/collectorFixture.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { generateTraces, seededRandom } from '../support/traceGenerator.ts';

const ROUNDS = Number(process.env['TRACEFALL_KILLS'] ?? 10);

describe('kill -9 while spans arrive', function () {
  this.timeout(120_000);

  it(`keeps every acknowledged span, ${ROUNDS} times`, async () => {
    const directory = await temporaryDirectory();
    const storePath = join(directory.path, 'traces.db');
    const random = seededRandom(11);
    const acknowledged = new Map<string, number>();
    let sent = 0;
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const startedAt = performance.now();
        const child = await ChildCollector.start({ storePath, port: 0 });
        assert.equal(child.role, 'owner', child.errors);
        const url = `${child.state!.endpoint}/v1/traces`;
        const killed = new AbortController();
        const send = async (): Promise<void> => {
          while (!killed.signal.aborted) {
            const body = generateTraces({ seed: 5, traces: 4, spansPerTrace: 25, firstTrace: 4 * sent++ });
            try {
              const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/x-protobuf' } });
              if (answer.status !== 200) continue;
              for (const { traceId } of splitByTrace([decodeOtlpProto(body)])) acknowledged.set(traceId, 25);
            } catch {
              return;
            }
          }
        };
        const senders = [send(), send(), send()];
        await new Promise((resolve) => setTimeout(resolve, 30 + 250 * random()));
        await child.kill();
        killed.abort();
        await Promise.all(senders);
        assert.ok(performance.now() - startedAt < 10_000);
      }
      assert.ok(acknowledged.size > 10 * ROUNDS, `${acknowledged.size} traces were acknowledged`);

      const opened = openStore((await loadSqlite())!, { path: storePath, owner: true, fullSync: false, slow: { minSamples: 20, percentile: 90, factor: 1.5 }, maxBytes: 1e12, maxAgeMs: 1e12, now: Date.now });
      assert.equal(opened.kind, 'open');
      if (opened.kind !== 'open') return;
      assert.equal(opened.problem, undefined);
      const lost: string[] = [];
      for (const [traceId, spans] of acknowledged) {
        const stored = await opened.store.loadTrace(traceId);
        const count = stored?.batches.reduce((sum, batch) => sum + batch.count, 0) ?? 0;
        if (count !== spans || stored?.notes.length !== 0) lost.push(`${traceId}: ${count} of ${spans}`);
      }
      assert.deepEqual(lost, []);
      opened.store.close();
      const { DatabaseSync } = (await loadSqlite())!;
      const db = new DatabaseSync(storePath);
      assert.deepEqual(db.prepare('PRAGMA integrity_check').all().map((row) => Object.values(row)[0]), ['ok']);
      db.close();
    } finally {
      await directory.remove();
    }
  });
});

// The small parts of the collector, each by itself.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { readBody, type MemoryBudget } from '../../../../src/engine/collector/boundedBody.ts';
import { ChangeNotifier } from '../../../../src/engine/collector/changeNotifier.ts';
import { ConnectionLimit } from '../../../../src/engine/collector/connectionLimit.ts';
import { IngestQueue } from '../../../../src/engine/collector/ingestQueue.ts';
import { contentType, statusBody, successBody } from '../../../../src/engine/collector/otlpResponse.ts';
import { sliceRequest } from '../../../../src/engine/collector/requestSlices.ts';
import type { IncomingRequest } from '../../../../src/engine/store/traceStore.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { spanIdAt } from '../../../../src/model/ids.ts';
import { generateTraces } from '../../../support/traceGenerator.ts';

class Budget implements MemoryBudget {
  held = 0;
  readonly #max: number;
  constructor(max: number) {
    this.#max = max;
  }
  take(bytes: number): boolean {
    if (this.held + bytes > this.#max) return false;
    this.held += bytes;
    return true;
  }
  release(bytes: number): void {
    this.held -= bytes;
  }
}

describe('boundedBody', () => {
  const chunks = (bytes: Uint8Array, size: number): Buffer[] => Array.from({ length: Math.ceil(bytes.length / size) }, (_, k) => Buffer.from(bytes.subarray(k * size, (k + 1) * size)));
  const text = Buffer.from('spans '.repeat(20_000));
  const zipped = gzipSync(text);
  const noise = gzipSync(Uint8Array.from({ length: 200_000 }, (_, k) => (k * 7919 + (k >> 3) * 31) & 255));
  const rows: readonly (readonly [string, Uint8Array, 'identity' | 'gzip', number, number, string | number])[] = [
    ['as it is', text, 'identity', 1e6, 1e9, text.length],
    ['exactly at the limit', text, 'identity', text.length, 1e9, text.length],
    ['one byte beyond', text, 'identity', text.length - 1, 1e9, 'tooLarge'],
    ['gzip', zipped, 'gzip', 1e6, 1e9, text.length],
    ['gzip exactly at the limit', zipped, 'gzip', text.length, 1e9, text.length],
    ['gzip one byte beyond when inflated', zipped, 'gzip', text.length - 1, 1e9, 'tooLarge'],
    ['gzip too large for the quick way', noise, 'gzip', 1e6, 1e9, 200_000],
    ['a bomb for the quick way', gzipSync(Buffer.alloc(20 << 20)), 'gzip', 64 << 20, 1e9, 20 << 20],
    ['a bomb beyond the limit', gzipSync(Buffer.alloc(80 << 20)), 'gzip', 64 << 20, 1e9, 'tooLarge'],
    ['two gzip members', Buffer.concat([zipped, zipped]), 'gzip', 1e6, 1e9, 2 * text.length],
    ['gzip cut off', zipped.subarray(0, -9), 'gzip', 1e6, 1e9, 'badGzip'],
    ['gzip cut off, streamed', Buffer.from(noise.subarray(0, -9)), 'gzip', 1e6, 1e9, 'badGzip'],
    ['no gzip at all', text.subarray(0, 100), 'gzip', 1e6, 1e9, 'badGzip'],
    ['nothing', Buffer.alloc(0), 'identity', 1e6, 1e9, 0],
    ['more than may be held', text, 'identity', 1e6, 50_000, 'overloaded'],
    ['more than may be held when inflated', zipped, 'gzip', 1e6, 50_000, 'overloaded'],
  ];
  for (const [what, bytes, encoding, maxBytes, mayHold, expected] of rows) {
    it(`${what}: ${expected}`, async () => {
      const budget = new Budget(mayHold);
      const { result, held } = await readBody(Readable.from(chunks(bytes, 10_000)), { maxBytes, encoding, budget });
      assert.equal(result.kind === 'body' ? result.bytes.length : result.problem, expected);
      assert.equal(held, budget.held, 'what is held is what it says');
      budget.release(held);
      assert.equal(budget.held, 0);
    });
  }
  it('a sender that goes away', async () => {
    const stream = new Readable({ read: () => undefined });
    const reading = readBody(stream, { maxBytes: 100, encoding: 'identity', budget: new Budget(100) });
    stream.destroy();
    assert.deepEqual((await reading).result, { kind: 'problem', problem: 'aborted' });
  });
});

describe('requestSlices', () => {
  const idsOf = (bytes: Uint8Array): string[] => {
    const batch = decodeOtlpProto(bytes);
    return Array.from({ length: batch.count }, (_, i) => `${spanIdAt(batch.spanId, i)} ${batch.resources[batch.resource[i]!]!.service} ${batch.scopes[batch.scope[i]!]!.name} ${Buffer.from(batch.bytes.subarray(batch.spanOffset[i], batch.spanOffset[i]! + batch.spanLength[i]!)).toString('base64')}`);
  };
  it('holds the same spans with the same resources and scopes, in order, whatever the size', () => {
    const bytes = generateTraces({ traces: 20, spansPerTrace: 30 });
    for (const size of [1, 600, 5_000, 40_000, bytes.length >> 1]) {
      const slices = sliceRequest(bytes, size);
      assert.ok(slices.length > 1);
      assert.deepEqual(slices.flatMap(idsOf), idsOf(bytes), `${size}`);
    }
    assert.deepEqual(sliceRequest(bytes, bytes.length), [bytes]);
  });
  it('leaves unreadable requests whole, so that the decoder says what is wrong', () => {
    const bytes = generateTraces({ traces: 2 });
    for (const at of [0, 1, 2, 5, bytes.length - 20]) {
      const broken = Uint8Array.from(bytes);
      broken[at] = 0xff;
      const slices = sliceRequest(broken, 100);
      let whole: string[] | undefined;
      try {
        whole = idsOf(broken);
      } catch {
        assert.deepEqual(slices, [broken]);
      }
      if (whole !== undefined) assert.deepEqual(slices.flatMap(idsOf), whole);
    }
    assert.deepEqual(sliceRequest(bytes.subarray(0, -3), 100).length, 1);
  });
  it('drops empty groups, as the decoder does', () => {
    const empty = new Uint8Array([0x0a, 2, 0x12, 0]);
    assert.deepEqual(sliceRequest(empty, 1), [empty]);
  });
});

describe('ingestQueue', () => {
  const request = (k: number): IncomingRequest => ({ batch: decodeOtlpProto(generateTraces({ firstTrace: k })), parts: [] });

  it('commits what came in one turn together, in order, and settles each only after its commit', async () => {
    const log: string[] = [];
    const queue = new IngestQueue({ maxBytes: 1e9, commit: (requests) => (log.push(`commit ${requests.length}`), []), committed: () => log.push('committed') });
    await Promise.all([0, 1, 2].map((k) => queue.add(request(k)).then(() => log.push(`answer ${k}`))));
    assert.deepEqual(log, ['commit 3', 'committed', 'answer 0', 'answer 1', 'answer 2']);
  });
  it('a failed commit rejects its requests only, and the next one is tried', async () => {
    let fail = true;
    const queue = new IngestQueue({
      maxBytes: 1e9,
      commit: () => {
        if (fail) throw new Error('full');
        return [];
      },
      committed: () => undefined,
    });
    await assert.rejects(queue.add(request(0)), /full/);
    fail = false;
    await queue.add(request(1));
  });
  it('bounds a commit and drains on request', async () => {
    const sizes: number[] = [];
    const large = { batch: decodeOtlpProto(generateTraces({ traces: 100, spansPerTrace: 20 })), parts: [] };
    const queue = new IngestQueue({ maxBytes: 1e9, commit: (requests) => (sizes.push(requests.length), []), committed: () => undefined });
    for (let k = 0; k < 10; k++) void queue.add(large);
    await queue.drained();
    assert.equal(sizes.reduce((sum, size) => sum + size, 0), 10);
    assert.ok(sizes.length > 1 && Math.max(...sizes) <= 4, sizes.join(' '));
    await queue.drained();
  });
  it('is full at 80 % and gives nothing beyond twice its size', () => {
    const queue = new IngestQueue({ maxBytes: 100, commit: () => [], committed: () => undefined });
    assert.equal(queue.take(79), true);
    assert.equal(queue.full, false);
    assert.equal(queue.take(1), true);
    assert.equal(queue.full, true);
    assert.equal(queue.take(120), true);
    assert.equal(queue.take(1), false);
    queue.release(150);
    assert.deepEqual([queue.full, queue.heldBytes], [false, 50]);
  });
});

describe('connectionLimit', () => {
  class FakeSocket extends EventEmitter {
    destroyed = false;
    said = '';
    bytesRead = 0;
    destroy(): void {
      this.destroyed = true;
      this.emit('close');
    }
    end(text: string): void {
      this.said = text;
    }
  }
  const LOOK_MS = 20;
  const socket = (): FakeSocket & Socket => new FakeSocket() as FakeSocket & Socket;
  const looks = (times: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, LOOK_MS * (times + 1)));
  const full = (limit: ConnectionLimit, stages: readonly ('new' | 'idle' | 'receiving' | 'working')[]): (FakeSocket & Socket)[] =>
    stages.map((stage) => {
      const one = socket();
      limit.admit(one);
      if (stage !== 'new') limit.receiving(one);
      if (stage === 'working') limit.working(one);
      if (stage === 'idle') limit.idle(one);
      return one;
    });
  const left = (sockets: readonly FakeSocket[]): string => sockets.map(({ destroyed, said }) => (destroyed ? '-' : said === '' ? 'o' : 'x')).join('');

  it('while there is room nobody is closed, however long it stands still', async () => {
    const sockets = full(new ConnectionLimit({ places: 4, most: 8, lookMs: LOOK_MS }), ['new', 'receiving', 'idle', 'working']);
    await looks(4);
    assert.equal(left(sockets), 'oooo');
  });

  it('beyond, those that stand still go until there is room: the unfinished first, in the order they came, then those between requests; never who waits for us', async () => {
    for (const [places, stays] of [[4, 'ooo-o'], [3, 'oo--o'], [2, 'oo---'], [1, '-o---'], [0, '-o---']] as const) {
      const sockets = full(new ConnectionLimit({ places, most: 8, lookMs: LOOK_MS }), ['idle', 'working', 'receiving', 'new', 'receiving']);
      await looks(6);
      assert.equal(left(sockets), stays, `${places} places`);
    }
  });

  it('who sends stays, and a byte now and then is no sending', async () => {
    const limit = new ConnectionLimit({ places: 1, most: 8, lookMs: LOOK_MS });
    const [sending, dribbling] = full(limit, ['receiving', 'receiving']);
    const feeding = setInterval(() => {
      sending!.bytesRead += 4096;
      dribbling!.bytesRead += 20;
    }, 2);
    await looks(6);
    clearInterval(feeding);
    assert.equal(left([sending!, dribbling!]), 'o-');
    assert.equal(limit.open, 1);
  });

  it('who comes to another stage is looked at anew', async () => {
    const limit = new ConnectionLimit({ places: 0, most: 8, lookMs: 4 * LOOK_MS });
    const [one] = full(limit, ['idle']);
    await new Promise((resolve) => setTimeout(resolve, 4 * LOOK_MS + 5));
    limit.receiving(one!);
    await new Promise((resolve) => setTimeout(resolve, 4 * LOOK_MS));
    assert.equal(left([one!]), 'o');
    await new Promise((resolve) => setTimeout(resolve, 10 * LOOK_MS));
    assert.equal(left([one!]), '-');
  });

  it('at the most, one more closes the one that was without a request for longest', () => {
    const limit = new ConnectionLimit({ places: 2, most: 2, lookMs: 60_000 });
    const [first, second] = full(limit, ['idle', 'new']);
    limit.receiving(first!);
    limit.idle(first!);
    const [third] = full(limit, ['new']);
    assert.equal(left([first!, second!, third!]), 'o-o');
    limit.receiving(first!);
    const [fourth] = full(limit, ['new']);
    assert.equal(left([first!, third!, fourth!]), 'o-o');
  });

  it('where all are at work, tells the next one to come back; a closed one makes room', () => {
    const limit = new ConnectionLimit({ places: 1, most: 1, lookMs: 60_000 });
    const [first, second] = full(limit, ['receiving', 'new']);
    assert.match(second!.said, /^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/);
    first!.destroy();
    const [third] = full(limit, ['new']);
    assert.equal(left([third!]), 'o');
    limit.idle(first!);
    limit.receiving(second!);
    assert.equal(limit.open, 1, 'who is not in comes to no stage');
  });

  it('an end that comes after the answer leaves it idle', () => {
    const limit = new ConnectionLimit({ places: 1, most: 1, lookMs: 60_000 });
    const [first] = full(limit, ['idle']);
    limit.working(first!);
    full(limit, ['new']);
    assert.equal(left([first!]), '-');
  });
});

describe('changeNotifier', () => {
  it('tells at once, then at most four times a second, everything once', async () => {
    const told: (readonly string[])[] = [];
    const notifier = new ChangeNotifier((ids) => told.push(ids));
    const from = performance.now();
    for (let k = 0; k < 60; k++) {
      notifier.add([`t${k}`, 'same']);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    const most = Math.ceil((performance.now() - from) / 250) + 1;
    assert.ok(told.length >= 2 && told.length <= most, `${told.length} of at most ${most}`);
    assert.deepEqual(new Set(told.flat()), new Set(['same', ...Array.from({ length: 60 }, (_, k) => `t${k}`)]));
    assert.equal(told[0]!.length, 2);
    notifier.add([]);
    notifier.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(told.length <= most, true);
  });
  it('says "much" instead of thousands of ids, and "something" where no trace is meant', async () => {
    const told: (readonly string[])[] = [];
    const notifier = new ChangeNotifier((ids) => told.push(ids));
    notifier.add(Array.from({ length: 5_000 }, (_, k) => `t${k}`));
    await new Promise((resolve) => setTimeout(resolve, 20));
    notifier.add([]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(told, [[], []]);
  });
});

describe('otlpResponse', () => {
  it('is empty for a success', () => {
    assert.deepEqual([...successBody('protobuf', undefined)], []);
    assert.equal(successBody('json', undefined).toString(), '{}');
    assert.deepEqual([contentType('protobuf'), contentType('json')], ['application/x-protobuf', 'application/json']);
  });
  it('counts what was rejected, in 64 bits as text in JSON', () => {
    const partial = { rejected: 300, message: 'ü', countName: 'rejectedSpans' } as const;
    assert.deepEqual([...successBody('protobuf', partial)], [0x0a, 7, 0x08, 0xac, 0x02, 0x12, 2, 0xc3, 0xbc]);
    assert.equal(successBody('json', partial).toString(), '{"partialSuccess":{"rejectedSpans":"300","errorMessage":"ü"}}');
  });
  it('leaves out a zero: a warning', () => {
    const partial = { rejected: 0, message: 'x', countName: 'rejectedLogRecords' } as const;
    assert.deepEqual([...successBody('protobuf', partial)], [0x0a, 3, 0x12, 1, 0x78]);
    assert.equal(successBody('json', partial).toString(), '{"partialSuccess":{"errorMessage":"x"}}');
  });
  it('has a status of its own for every HTTP status that is sent', () => {
    for (const status of [400, 403, 404, 405, 413, 415, 429, 500, 503]) {
      const { code, message } = JSON.parse(statusBody('json', status, 'm').toString()) as { code: number; message: string };
      assert.ok(code > 2 && code <= 16 && message === 'm', `${status}`);
      assert.deepEqual([...statusBody('protobuf', status, 'm')], [0x08, code, 0x12, 1, 0x6d]);
    }
  });
});

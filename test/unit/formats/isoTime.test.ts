// Instants to the last digit, and back in whole ms.
import assert from 'node:assert/strict';
import { isoDown, isoNanos, isoUp } from '../../../src/formats/isoTime.ts';

describe('formats/isoTime', () => {
  for (const [text, ns] of [
    ['1970-01-01T00:00:00Z', 0n], ['2025-10-30T08:45:43.214Z', 1_761_813_943_214_000_000n], ['2025-10-30T08:45:43.214123456Z', 1_761_813_943_214_123_456n], ['2025-10-30T10:45:43.2+02:00', 1_761_813_943_200_000_000n],
    ['2025-10-30 08:45:43', 1_761_813_943_000_000_000n], [' 2025-10-30t08:45:43z ', 1_761_813_943_000_000_000n], ['2025-10-30T08:45:43.2141234567899Z', 1_761_813_943_214_123_456n],
  ] as const) {
    it(text, () => assert.equal(isoNanos(text), ns));
  }
  for (const odd of ['', 'now', '2025-10-30', '2025-13-30T08:45:43Z', '1969-12-31T23:59:59Z', 1_761_813_943, undefined, null, {}]) it(`${JSON.stringify(odd)} is none`, () => assert.equal(isoNanos(odd), undefined));
  it('ms, down and up', () => assert.deepEqual([isoDown(1_761_813_943_214_999_999n), isoUp(1_761_813_943_214_000_001n), isoUp(1_761_813_943_214_000_000n)], ['2025-10-30T08:45:43.214Z', '2025-10-30T08:45:43.215Z', '2025-10-30T08:45:43.214Z']));
});

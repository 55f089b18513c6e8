// Instants to the last digit, and back in whole ms.
import assert from 'node:assert/strict';
import { isoDown, isoNanos, isoUp } from '../../../src/formats/isoTime.ts';
import { seededRandom } from '../../support/traceGenerator.ts';

describe('formats/isoTime', () => {
  for (const [text, ns] of [
    ['1970-01-01T00:00:00Z', 0n], ['2025-10-30T08:45:43.214Z', 1_761_813_943_214_000_000n], ['2025-10-30T08:45:43.214123456Z', 1_761_813_943_214_123_456n], ['2025-10-30T10:45:43.2+02:00', 1_761_813_943_200_000_000n],
    ['2025-10-30 08:45:43', 1_761_813_943_000_000_000n], [' 2025-10-30t08:45:43z ', 1_761_813_943_000_000_000n], ['2025-10-30T08:45:43.2141234567899Z', 1_761_813_943_214_123_456n],
  ] as const) {
    it(text, () => assert.equal(isoNanos(text), ns));
  }
  for (const odd of ['', 'now', '2025-10-30', '2025-13-30T08:45:43Z', '1969-12-31T23:59:59Z', 1_761_813_943, undefined, null, {}]) it(`${JSON.stringify(odd)} is none`, () => assert.equal(isoNanos(odd), undefined));
  it('the usual spelling is read as the others are', () => {
    const random = seededRandom(5);
    const digits = (count: number, most: number): string => String(Math.floor(random() * (most + 1))).padStart(count, '0');
    for (let k = 0; k < 20_000; k++) {
      const fraction = Math.floor(random() * 10);
      const utc = `${1969 + Math.floor(random() * 100)}-${digits(2, 13)}-${digits(2, 32)}T${digits(2, 25)}:${digits(2, 61)}:${digits(2, 61)}${fraction === 0 ? '' : `.${digits(fraction, 10 ** fraction - 1)}`}`;
      assert.equal(isoNanos(`${utc}Z`), isoNanos(`${utc}+00:00`), utc);
    }
    for (const odd of ['2025-10-30T08:45:43.Z', '2025-10-30T08:45:4aZ', '2025-10-30T08:45:43.1xZ', '20x5-10-30T08:45:43Z', '2025-10-30T08:45:43,1Z']) assert.equal(isoNanos(odd), undefined, odd);
  });

  it('ms, down and up', () => assert.deepEqual([isoDown(1_761_813_943_214_999_999n), isoUp(1_761_813_943_214_000_001n), isoUp(1_761_813_943_214_000_000n)], ['2025-10-30T08:45:43.214Z', '2025-10-30T08:45:43.215Z', '2025-10-30T08:45:43.214Z']));
});

// Seeded damage to bytes, as lines, disks, exporters and attackers do it: bit flips, cuts, doubled and moved parts, length lies, nesting.
import { seededRandom } from './traceGenerator.ts';

export class Mutator {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One to four damages to a copy. */
  damage(bytes: Uint8Array, other: Uint8Array): Uint8Array {
    let damaged: Uint8Array = bytes.slice();
    for (let left = 1 + this.below(4); left > 0; left--) damaged = this.#once(damaged, other);
    return damaged;
  }

  /** One to three changed bytes: lengths around them stay right, so the damage is inside. */
  damageInPlace(bytes: Uint8Array): Uint8Array {
    const damaged = bytes.slice();
    for (let left = 1 + this.below(3); left > 0; left--) {
      const at = this.below(bytes.length);
      damaged[at] = this.below(2) === 0 ? damaged[at]! ^ (1 << this.below(8)) : this.pick([0, 1, 0x7f, 0x80, 0xff, this.below(256)]);
    }
    return damaged;
  }

  #once(bytes: Uint8Array, other: Uint8Array): Uint8Array {
    if (bytes.length === 0) return other.slice(0, this.below(other.length));
    const at = this.below(bytes.length);
    switch (this.below(8)) {
      case 0:
        bytes[at]! ^= 1 << this.below(8);
        return bytes;
      case 1:
        bytes[at] = this.below(256);
        return bytes;
      case 2:
        return bytes.slice(0, at);
      case 3:
        // a length lie, or a number that does not end
        bytes[at] = this.pick([0, 1, 0x7f, 0x80, 0xff]);
        return bytes;
      case 4:
        return joined(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + this.below(16))));
      case 5:
        return joined(bytes.subarray(0, at), bytes.subarray(at, at + this.below(32)), bytes.subarray(at));
      case 6: {
        const from = this.below(other.length);
        return joined(bytes.subarray(0, at), other.subarray(from, from + this.below(64)), bytes.subarray(at));
      }
      default:
        return bytes.fill(this.below(256), at, Math.min(bytes.length, at + this.below(8)));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

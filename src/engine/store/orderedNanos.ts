// Unsigned 64-bit epoch nanoseconds in SQLite's signed integers, in the same order: the top bit is flipped. Years after 2262 do
// not fit otherwise, and broken clocks send them.

const TOP = 1n << 63n;

export const orderedOfNanos = (nanos: bigint): bigint => BigInt.asIntN(64, nanos ^ TOP);
export const nanosOfOrdered = (ordered: bigint): bigint => BigInt.asUintN(64, ordered) ^ TOP;

// What a list says whose rows are summed up from the spans of some time only. Must not know any source.

const MINUTE_NS = 60_000_000_000n;

/** `roomNs`: how far around the time of the list. */
export const summedWithin = (roomNs: bigint): string => `Traces are summed up from their spans within ${roomNs / MINUTE_NS} minutes of the time looked through: one that lasts longer shows whole when it is opened.`;

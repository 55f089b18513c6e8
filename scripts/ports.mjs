// Ports for programs that are told theirs before they listen.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below those that systems take for outgoing connections (Linux from 32768, others from 49152): one of those may take a port between its
 * choice and its use, and keeps it for a minute after its end (TIME_WAIT).
 */
const FIRST = 20_000;
const LAST = 29_999;
const TRIES = 100;

export function isFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

export async function freePort(host) {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port, host)) return port;
  }
  throw new Error(`No port between ${FIRST} and ${LAST} is free.`);
}

// Ports for what is told its own before it listens. What scripts/ gives is plain JavaScript; this gives it types.
import path from 'node:path';

interface PortsScript {
  /** Never one that an outgoing connection may take meanwhile. */
  freePort(): Promise<number>;
  isFree(port: number): Promise<boolean>;
}

export const { freePort, isFree } = (await import(path.resolve(import.meta.dirname, '../../scripts/ports.mjs'))) as PortsScript;

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** ms of processor time of this thread: what other work on the machine does not change, so that a limit is one of the code alone. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

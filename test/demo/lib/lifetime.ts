// When a service ends: told to by a signal, or because whoever started it is gone. Nothing is left running.

/** Runs `work` once, when this process is to end. */
export function atEnd(work: () => void): void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    work();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  process.once('disconnect', end);
}

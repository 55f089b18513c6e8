// Which servers run together on a machine with little memory: pure arithmetic.

/** In the given order; each turn takes what fits, and something that fits nowhere has a turn to itself. */
export function inTurns<T>(items: readonly T[], sizeOf: (item: T) => number, room: number): readonly (readonly T[])[] {
  const turns: { left: number; readonly items: T[] }[] = [];
  for (const item of items) {
    const size = sizeOf(item);
    const turn = turns.find(({ left }) => left >= size);
    if (turn === undefined) turns.push({ left: room - size, items: [item] });
    else {
      turn.items.push(item);
      turn.left -= size;
    }
  }
  return turns.map(({ items }) => items);
}

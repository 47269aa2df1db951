/** Runs `work` for every entry, at most `width` at a time, and resolves when all are done. `work` handles its own failures. */
export async function inTurns<Entry>(entries: Iterable<Entry>, width: number, work: (entry: Entry) => Promise<void>): Promise<void> {
  const waiting = entries[Symbol.iterator]();
  const takeTurns = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, takeTurns));
}

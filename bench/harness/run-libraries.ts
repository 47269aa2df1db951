import { HarnessProcess } from './child-process.ts';
import type { Cell, LibraryBenchmark, LibraryMeasurement } from './library-benchmark.ts';
import type { LibraryQuestion } from './library-process.ts';
import type { Settings } from './run-benchmark.ts';

/** All rounds of one cell, null for those in which it failed; none when the library has no such thing. */
export interface LibraryRow extends Cell {
  rounds: (LibraryMeasurement | null)[];
}

/**
 * Lets every entry do every case, several times.
 *
 * An entry has a new process in each round, so nothing stays compiled from one to the next; the rounds go over all entries in turn, so a
 * machine that slows down slows all of them.
 *
 * @param onProgress is called with one line before each entry, and for each failure
 * @returns one row per case and entry, grouped by case
 */
export async function runLibraries(
  { cases, entries }: LibraryBenchmark,
  { rounds, durationMs, warmUpMs }: Settings,
  onProgress: (line: string) => void,
): Promise<LibraryRow[]> {
  const rows = cases.flatMap((name) => entries.map((entry): LibraryRow => ({ entry: entry.name, case: name, rounds: [] })));
  for (let round = 1; round <= rounds; round++) {
    for (const entry of entries) {
      onProgress(`round ${round} of ${rounds}: ${entry.name}`);
      await using process = new HarnessProcess<LibraryQuestion, LibraryMeasurement | null>('./library-process.ts', [entry.library]);
      for (const row of rows.filter((each) => each.entry === entry.name)) {
        const measured = await outcomeOf(process.ask({ case: row.case, durationMs, warmUpMs }));
        if (measured instanceof Error) onProgress(`${row.entry}, ${row.case}: ${measured.message}`);
        if (measured !== null) row.rounds.push(measured instanceof Error ? null : measured);
      }
    }
  }
  return rows;
}

/** A library may give up on a busy machine: that is a result, and no reason to lose all others. */
async function outcomeOf<Value>(asked: Promise<Value>): Promise<Value | Error> {
  try {
    return await asked;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What the rounds of a comparison of libraries say together. */
import type { Cell, LibraryBenchmark, LibraryGoal, LibraryMeasurement } from './library-benchmark.ts';
import type { LibraryRow } from './run-libraries.ts';
import { spread, type Spread } from './summary.ts';

/** A cell's figures over its rounds, and its CPU time as a multiple of the baseline's for the same case in the same round. */
export interface LibrarySummary extends Cell {
  metrics: Record<keyof LibraryMeasurement | 'cpuToBaseline', Spread>;
  /** rounds in which it failed, which are not in the metrics */
  failures: number;
}

export interface LibraryGoalOutcome extends LibraryGoal {
  /** the median of the rounds, in the terms of the goal */
  median: number;
  isMet: boolean;
}

/** @returns one summary per row that was measured, in their order */
export function summarizeLibraries({ baseline }: LibraryBenchmark, rows: readonly LibraryRow[]): LibrarySummary[] {
  return rows
    .filter(({ rounds }) => rounds.length > 0)
    .map(({ entry, case: name, rounds }) => {
      const base = rows.find((row) => row.entry === baseline && row.case === name)?.rounds ?? [];
      return {
        entry,
        case: name,
        metrics: {
          cpuMicros: spreadOfSome(rounds.map((round) => round?.cpuMicros)),
          elapsedMicros: spreadOfSome(rounds.map((round) => round?.elapsedMicros)),
          cpuToBaseline: spreadOfSome(rounds.map((round, at) => ratio(round?.cpuMicros, base[at]?.cpuMicros))),
        },
        failures: rounds.filter((round) => round === null).length,
      };
    });
}

/** @returns whether each goal is met; it is not when a cell it names failed. @throws Error when one was not measured at all */
export function checkLibraryGoals(goals: readonly LibraryGoal[], rows: readonly LibraryRow[]): LibraryGoalOutcome[] {
  return goals.map((goal) => {
    const figuresOf = (cell: Cell) => findRow(rows, cell).rounds.map((round) => round?.[goal.metric] ?? NaN);
    const divisors = goal.timesThatOf && figuresOf(goal.timesThatOf);
    const subtrahends = goal.moreThan && figuresOf(goal.moreThan);
    const figures = figuresOf(goal).map((figure, round) => (figure - (subtrahends?.[round] ?? 0)) / (divisors?.[round] ?? 1));
    const { median } = spread(figures.filter((figure) => !Number.isNaN(figure)));
    return { ...goal, median, isMet: median <= goal.atMost && !figures.some(Number.isNaN) };
  });
}

function spreadOfSome(figures: readonly (number | undefined)[]): Spread {
  return spread(figures.filter((figure) => figure !== undefined));
}

function ratio(figure: number | undefined, base: number | undefined): number | undefined {
  return figure === undefined || base === undefined ? undefined : figure / base;
}

function findRow(rows: readonly LibraryRow[], cell: Cell): LibraryRow {
  const row = rows.find(({ entry, case: name }) => entry === cell.entry && name === cell.case);
  if (!row || row.rounds.length === 0) throw new Error(`no figures of "${cell.entry}" for "${cell.case}"`);
  return row;
}

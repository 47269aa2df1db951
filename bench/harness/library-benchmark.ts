/** What a comparison of libraries declares: who takes part, what each of them does, and what has to come out. */
import type { CaseName } from '../libraries/cases.ts';

/** A file of `benchmarks/` may export one of these as `benchmark`. DynamoDB answers in the process of the library, which does nothing else. */
export interface LibraryBenchmark {
  kind: 'libraries';
  title: string;
  /** the entry whose CPU time is the unit of the others' */
  baseline: string;
  entries: readonly LibraryEntry[];
  cases: readonly CaseName[];
  goals: readonly LibraryGoal[];
}

export interface LibraryEntry {
  name: string;
  /** a file of `libraries/` without its ending */
  library: string;
}

/** One entry doing one thing. */
export interface Cell {
  entry: string;
  case: CaseName;
}

/** Per unit of the case: CPU time of the process, user and system, its garbage collector included; and time by the clock. */
export interface LibraryMeasurement {
  cpuMicros: number;
  elapsedMicros: number;
}

/** A bound on the median of the rounds: in microseconds, or compared with another cell in the same round. */
export interface LibraryGoal extends Cell {
  metric: keyof LibraryMeasurement;
  atMost: number;
  /** `atMost` is a multiple of this cell's figure */
  timesThatOf?: Cell;
  /** `atMost` is what may come on top of this cell's figure */
  moreThan?: Cell;
}

/** What a benchmark of files declares. What is done is always the same: `run-files.ts`. */
import type { StreamGoal } from './stream-benchmark.ts';

export interface FilesBenchmark {
  kind: 'files';
  title: string;
  goals: readonly StreamGoal[];
}

import type { StreamGoal } from './stream-benchmark.ts';

/** What a benchmark of workflows declares. Sizes are those of a whole run; a quick one does a tenth of the runs. */
export interface WorkflowsBenchmark {
  kind: 'workflows';
  title: string;
  scenarios: readonly WorkflowScenario[];
  goals: readonly StreamGoal[];
}

/** Runs of a workflow of the tests' application. */
export interface WorkflowScenario {
  name: string;
  /** `timed`: one step, which writes a stream that is read as it is written */
  workflow: 'sequential' | 'parallel' | 'timed';
  /** how many steps it has, or how many chunks its stream */
  count: number;
  /** how long after one chunk the next one is written; default 0 */
  everyMs?: number;
  runs: number;
  /** how many of them are under way at a time; default 1 */
  atOnce?: number;
  /** a quick run leaves it out */
  takesLong?: boolean;
  /** the way that does not bring it to an end within five minutes */
  without?: string;
}

import type { StreamGoal } from './stream-benchmark.ts';

/** What a benchmark of workflows declares. Sizes are those of a whole run; a quick one does a tenth of the runs. */
export interface WorkflowsBenchmark {
  kind: 'workflows';
  title: string;
  scenarios: readonly WorkflowScenario[];
  goals: readonly StreamGoal[];
}

/** Runs of a workflow of the tests' application, one after the other. */
export interface WorkflowScenario {
  name: string;
  workflow: 'sequential' | 'parallel';
  /** how many steps it has */
  count: number;
  runs: number;
}

/** What runs of the Workflow SDK cost inside a Worker and in Node, beside the SDK's own Worlds: for development, which keeps files, and with PostgreSQL. */
import type { WorkflowsBenchmark } from '../harness/workflows-benchmark.ts';

const STEPS: WorkflowsBenchmark['scenarios'] = [
  { name: '1 step', workflow: 'sequential', count: 1, runs: 20 },
  { name: '10 sequential', workflow: 'sequential', count: 10, runs: 10 },
  { name: '50 sequential', workflow: 'sequential', count: 50, runs: 3 },
  { name: '10 parallel', workflow: 'parallel', count: 10, runs: 10 },
  { name: '50 parallel', workflow: 'parallel', count: 50, runs: 3 },
  { name: '100 parallel', workflow: 'parallel', count: 100, runs: 2 },
  { name: '500 parallel', workflow: 'parallel', count: 500, runs: 1, takesLong: true, without: 'world-local' },
];
const OF_NODE = { way: 'steamer/world', timesThatOf: 'world-postgres' };

export const benchmark: WorkflowsBenchmark = {
  kind: 'workflows',
  title: 'Workflows: runs of steps that add two numbers, and streams of steps, from start to completed',
  scenarios: [
    ...STEPS,
    { name: '20 runs at once', workflow: 'sequential', count: 3, runs: 200, atOnce: 20 },
    { name: '1,000 chunks', workflow: 'timed', count: 1_000, runs: 3 },
    { name: 'live chunks', workflow: 'timed', count: 100, everyMs: 20, runs: 3 },
  ],
  goals: [
    { scenario: '10 sequential', way: 'Worker', metric: 'wall ms', atMost: 0.25, timesThatOf: 'world-local' },
    { scenario: '100 parallel', way: 'Worker', metric: 'wall ms', atMost: 0.25, timesThatOf: 'world-postgres' },
    { scenario: '1,000 chunks', way: 'Worker', metric: 'wall ms', atMost: 600 },
    { scenario: 'live chunks', way: 'Worker', metric: 'chunk p95 ms', atMost: 3 },
    ...STEPS.map(({ name }) => ({ ...OF_NODE, scenario: name, metric: 'wall ms', atMost: 1.25 })),
    { ...OF_NODE, scenario: 'live chunks', metric: 'chunk p95 ms', atMost: 1.25 },
    { ...OF_NODE, scenario: '20 runs at once', metric: 'runs per second', atLeast: 0.7 },
  ],
};

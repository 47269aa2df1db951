/** What runs of the Workflow SDK cost inside a Worker, beside the SDK's own World for development, which keeps files. */
import type { WorkflowsBenchmark } from '../harness/workflows-benchmark.ts';

export const benchmark: WorkflowsBenchmark = {
  kind: 'workflows',
  title: 'Workflows: runs of steps that add two numbers, and streams of steps, from start to completed',
  scenarios: [
    { name: '1 step', workflow: 'sequential', count: 1, runs: 20 },
    { name: '10 sequential', workflow: 'sequential', count: 10, runs: 10 },
    { name: '50 sequential', workflow: 'sequential', count: 50, runs: 3 },
    { name: '10 parallel', workflow: 'parallel', count: 10, runs: 10 },
    { name: '50 parallel', workflow: 'parallel', count: 50, runs: 3 },
    { name: '100 parallel', workflow: 'parallel', count: 100, runs: 2 },
    { name: '1,000 chunks', workflow: 'timed', count: 1_000, runs: 3 },
    { name: 'live chunks', workflow: 'timed', count: 100, everyMs: 20, runs: 3 },
  ],
  goals: [
    { scenario: '10 sequential', way: 'Worker', metric: 'wall ms', atMost: 0.25, timesThatOf: 'world-local' },
    { scenario: '100 parallel', way: 'Worker', metric: 'CPU ms per run', atMost: 0.25, timesThatOf: 'world-local' },
    { scenario: '1,000 chunks', way: 'Worker', metric: 'wall ms', atMost: 600 },
    { scenario: 'live chunks', way: 'Worker', metric: 'chunk p95 ms', atMost: 3 },
  ],
};

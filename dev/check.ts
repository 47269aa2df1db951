/** `npm run check`: everything that can be said about the code without running it. */
import { runStep, runSteps } from './run-step.ts';
import type { Step } from './run-step.ts';

const GENERATE: Step = { name: 'generate models', command: 'npm', args: ['run', '--silent', 'generate-models'] };

const STEPS: readonly Step[] = [
  { name: 'types of the Worker', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'types of Node code', command: 'tsc', args: ['-p', 'tsconfig.node.json'] },
  { name: 'types of tests in workerd', command: 'tsc', args: ['-p', 'tsconfig.test.json'] },
  { name: 'types of the console', command: 'tsc', args: ['-p', 'console'] },
  { name: 'types of the example Worker', command: 'tsc', args: ['-p', 'examples/rate-limiter'] },
  { name: 'types of the Worker that calls it', command: 'tsc', args: ['-p', 'examples/service-binding'] },
  { name: 'types of the leaderboard', command: 'tsc', args: ['-p', 'examples/leaderboard/tsconfig.without-workflows.json'] },
  { name: 'types of the examples of clients', command: 'tsc', args: ['-p', 'examples/client'] },
  { name: 'lint (rules, layers, cycles)', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'layer table is in the lint config', command: 'node', args: ['dev/layers.ts', '--check'] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  { name: 'dead code', command: 'knip', args: [] },
  {
    name: 'types of bindings are current',
    command: 'wrangler',
    args: ['types', '--include-runtime=false', '--strict-vars=false', '--check'],
    env: { WRANGLER_SEND_METRICS: 'false' },
  },
];

const generated = await runStep(GENERATE);
process.exitCode = generated.ok && (await runSteps(STEPS)) ? 0 : 1;

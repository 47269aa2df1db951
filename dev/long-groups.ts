/** The long tests in groups of about five minutes; CI runs one group in turn. */
import type { Step } from './run-step.ts';
import type { Suite } from './suites.ts';

export interface LongGroup {
  name: string;
  suites: readonly Suite[];
  /** commands that count as one test each */
  steps?: readonly Step[];
}

const FULL_SIZE = { STEAMER_TEST_SCALE: '20' };

export const LONG_GROUPS: readonly LongGroup[] = [
  {
    name: 'all suites at full size',
    suites: [
      { name: 'all suites at full size', args: ['--project', 'node', '--project', 'workerd', '--project', 'conformance'], env: FULL_SIZE },
    ],
  },
  {
    name: 'a million operations under faults and 200 kills',
    suites: [{ name: 'the object of a tenant on workerd under faults and kills', args: ['--project', 'faults'], env: FULL_SIZE }],
  },
  {
    name: 'DynamoDB Local at full size',
    suites: [
      {
        name: "the suites that touch DynamoDB, at full size on AWS's DynamoDB Local",
        args: ['test/dynamo', 'test/bao', 'test/objects', 'test/routes'],
        env: { ...FULL_SIZE, STEAMER_DYNAMODB: 'dynamodb-local' },
        needs: 'java',
      },
    ],
  },
  {
    name: 'beside dynamo-bao from npm',
    suites: [{ name: 'the model layer beside dynamo-bao 0.4.2 from npm', args: ['--config', 'test/interop/vitest.config.ts'] }],
  },
  {
    name: 'the benchmarks, each for a moment, and their own tests',
    suites: [],
    steps: [
      { name: 'packages of bench/', command: 'npm', args: ['--prefix', 'bench', 'ci', '--no-audit', '--no-fund'] },
      { name: 'tests of the harness', command: 'npm', args: ['--prefix', 'bench', 'test'] },
      { name: 'rate-limiter, quick', command: 'npm', args: ['run', '--silent', 'bench', '--', 'rate-limiter', '--quick'] },
      { name: 'skeleton, quick', command: 'npm', args: ['run', '--silent', 'bench', '--', 'skeleton', '--quick'] },
    ],
  },
];

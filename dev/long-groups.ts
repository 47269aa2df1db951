/** The long tests in groups of about five minutes; CI runs one group in turn. */
import type { Step } from './run-step.ts';
import type { Suite } from './suites.ts';

export interface LongGroup {
  name: string;
  suites: readonly Suite[];
  /** commands that count as one test each */
  steps?: readonly Step[];
}

const CHROMIUM: Step = {
  name: 'Chromium',
  command: 'sh',
  args: ['-c', 'command -v chromium || { apt-get update && apt-get install -y chromium; }'],
};

const CONSOLE_ASSETS: Step = { name: "the console's assets", command: 'npm', args: ['run', '--silent', 'build-console'] };
const LEADERBOARD = 'test/console/leaderboard.node.test.ts';

const FULL_SIZE = { STEAMER_TEST_SCALE: '20' };

export const LONG_GROUPS: readonly LongGroup[] = [
  {
    name: 'everything but the simulations at full size',
    suites: [
      fullSize(
        'everything but the simulations',
        ['node', 'workerd'],
        [
          'test/bao',
          'test/access',
          'test/cli/init-project',
          'test/accounts',
          'test/edge',
          'test/routes',
          'test/dynamo',
          'test/objects/canonical',
          'test/objects/item-',
        ],
      ),
    ],
  },
  {
    name: "the tenant's object at full size, simulated: keys that are hot, many, or written by everybody",
    suites: [simulated('(on|with a cache)')],
  },
  {
    name: "the tenant's object at full size, simulated: many unknown outcomes",
    suites: [simulated('with more')],
  },
  {
    name: "the tenant's object at full size, simulated: restarts, tokens, and writes that leave together",
    suites: [simulated('when (the object|writes)')],
  },
  {
    name: "the tenant's object at full size, simulated: doubts, and nothing in memory",
    suites: [simulated('when (more|nothing|entries)')],
  },
  {
    name: "the tenant's object at full size, simulated: its hit ratios of a hot set of keys",
    suites: [simulated('reads of a hot')],
  },
  {
    name: "the tenant's object at full size, simulated: its hit ratios of a typical set of keys",
    suites: [simulated('reads of a typical')],
  },
  {
    name: "the tenant's objects at full size, simulated: several of them",
    suites: [fullSize('several objects, simulated', ['node'], ['test/objects/sharded'])],
  },
  {
    name: "the tenant's object at full size, simulated: snapshots",
    suites: [withSnapshots('before > (serve|nor of|nor when many)')],
  },
  {
    name: "the tenant's object at full size, simulated: the table's stream",
    suites: [fullSize('the stream of the table, simulated', ['node'], ['test/objects/stream-simulation'])],
  },
  {
    name: 'outages and changes of rows at full size, simulated',
    suites: [
      fullSize(
        'outages and changes of rows, simulated',
        ['node'],
        ['test/objects/outage', 'test/objects/row-changes', 'test/objects/changes-simulation'],
      ),
    ],
  },
  {
    name: 'the rate limiter at full size',
    suites: [fullSize('the rate limiter', ['node', 'workerd'], ['test/objects/rate-limiter'])],
  },
  {
    name: 'streams at full size, and followed by a browser',
    suites: [fullSize('readers and a producer of a stream, disturbed', ['workerd'], ['test/client/exactly-once'])],
    steps: [CHROMIUM, { name: 'a browser, and readers that are silent', command: 'vitest', args: ['run', '--project', 'live'] }],
  },
  {
    name: 'the leaderboard in a browser',
    suites: [],
    steps: [
      CHROMIUM,
      CONSOLE_ASSETS,
      { name: 'from signing up to a published result', command: 'vitest', args: ['run', '--project', 'console', LEADERBOARD] },
      { name: 'types of its workflows, which that has built', command: 'tsc', args: ['-p', 'examples/leaderboard'] },
    ],
  },
  {
    name: 'the console in a browser',
    suites: [],
    steps: [
      CHROMIUM,
      CONSOLE_ASSETS,
      {
        name: 'from signing up to a revoked key, and all that is between',
        command: 'vitest',
        args: ['run', '--project', 'console', '--exclude', LEADERBOARD],
      },
      { name: 'runs of workflows in it', command: 'vitest', args: ['run', '--config', 'test/workflows/vitest.config.ts', 'console'] },
    ],
  },
  {
    // A million takes a quarter of an hour: npm run faults -- --run 1000000.
    name: 'a quarter of a million operations under faults and 50 kills',
    suites: [
      {
        name: 'the object of a tenant on workerd under faults and kills, five times as many',
        args: ['--project', 'faults'],
        env: { STEAMER_TEST_SCALE: '5' },
      },
    ],
  },
  {
    name: 'the description of the API, by Prism from npm, and the reference of docstrings',
    suites: [{ name: 'the service answers as its description says', args: ['--config', 'test/api/vitest.config.ts'] }],
    steps: [{ name: 'every export is documented', command: 'npm', args: ['run', '--silent', 'docs'] }],
  },
  {
    name: 'beside dynamo-bao from npm',
    suites: [{ name: 'the model layer beside dynamo-bao 0.4.2 from npm', args: ['--config', 'test/interop/vitest.config.ts'] }],
  },
  {
    name: "the model layer's suites in workerd",
    suites: [{ name: "the model layer's suites that run in Node, in workerd", args: ['--project', 'bao-in-workerd'] }],
  },
  {
    name: 'DynamoDB Local at full size',
    suites: [
      {
        ...fullSize(
          "the suites that touch DynamoDB, on AWS's DynamoDB Local",
          ['node', 'workerd'],
          ['test/dynamo', 'test/bao', 'test/objects', 'test/routes', '--exclude', '**/*-simulation.node.test.ts'],
        ),
        env: { ...FULL_SIZE, STEAMER_DYNAMODB: 'dynamodb-local' },
        needs: 'java',
      },
    ],
  },
  {
    name: 'workflows of the Workflow SDK from npm',
    suites: [
      {
        name: 'the Workflow SDK 4.8.9 from npm, inside a Worker',
        args: ['--config', 'test/workflows/vitest.config.ts', 'in-worker', 'modes', 'hostile'],
      },
    ],
  },
  {
    name: 'workflows of the Workflow SDK from npm, in its other modes',
    suites: (['queues', 'd1', 'seed'] as const).map((mode) => ({
      name: `the Workflow SDK inside a Worker, mode "${mode}"`,
      args: ['--config', 'test/workflows/vitest.config.ts', 'in-worker'],
      env: { STEAMER_WORKFLOW_MODE: mode },
    })),
  },
  {
    name: 'workflows of a service that is killed, in objects, told by queues or not',
    suites: [
      {
        name: 'ten runs through ten kills',
        args: ['--config', 'test/workflows/vitest.config.ts', 'killed', '--testNamePattern', '^(completes|mode "queues")'],
      },
    ],
  },
  {
    name: 'workflows of a service that is killed, in D1',
    suites: [
      {
        name: 'ten runs in D1 through ten kills',
        args: ['--config', 'test/workflows/vitest.config.ts', 'killed-queues', '--testNamePattern', '^mode "(d1|seed)"'],
      },
    ],
  },
  {
    name: 'workflows of an app in Node, which a service keeps',
    suites: [
      {
        name: 'the Workflow SDK 4.8.9 from npm, in Node, by HTTP',
        args: ['--config', 'test/workflows/vitest.config.ts', 'node-app', 'local-service'],
      },
    ],
  },
  {
    name: 'the tutorials of workflows, with the package as it is packed',
    suites: [{ name: 'docs/workflows.md in new folders', args: ['--config', 'test/workflows/vitest.config.ts', 'tutorial'] }],
  },
  {
    name: "the suites that the Workflow SDK publishes for Worlds, and the World's contract by HTTP",
    suites: [
      {
        name: 'World tests of 4.0 and 5.0 from npm, and the contract',
        args: ['--config', 'test/workflows/vitest.config.ts', 'published', 'remote-'],
      },
    ],
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
  {
    name: 'sessions at full size: 10,000 checks beside revocations',
    suites: [fullSize('the owner of sessions', ['workerd'], ['test/objects/session-owner'])],
  },
  {
    name: "the tenant's object at full size, simulated: snapshots that are old, of a small cache, or beside other writers",
    suites: [withSnapshots('(before > (nor with|nor when a|nor what)|stale)')],
  },
];

function fullSize(name: string, projects: readonly string[], paths: readonly string[]): Suite {
  return { name: `${name}, at full size`, args: [...projects.flatMap((project) => ['--project', project]), ...paths], env: FULL_SIZE };
}

/** Those of the simulations of the tenant's object under faults whose names begin so: a million operations take a minute of one core. */
function simulated(names: string): Suite {
  return those(`linearizable > ${names}`, fullSize("the tenant's object, simulated", ['node'], ['test/objects/store-core']));
}

function withSnapshots(names: string): Suite {
  return those(names, fullSize('snapshots, simulated', ['node'], ['test/objects/snapshot-simulation']));
}

/** Those tests of a suite whose names match. */
function those(names: string, suite: Suite): Suite {
  return { ...suite, args: [...suite.args, '--testNamePattern', names] };
}

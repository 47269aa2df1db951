import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Tests that packages of tests bring along. */
const PACKAGES = ['**/node_modules/**'];
/** Measures times, or takes all that is in every store: each runs by itself, in an isolate of its own. */
const ALONE = ['test/routes/streams-conformance.test.ts', 'test/routes/stolen-stores.test.ts'];
/** Starts workerds of its own and keeps them busy. */
const FAULTS = ['test/faults/*.node.test.ts'];
/** Needs a browser, or waits in real time for what the runtime does with idle objects: part of the long tests. */
const LIVE = ['test/live/*.node.test.ts'];
/** The console in a browser: part of the long tests. */
const CONSOLE = ['test/console/*.node.test.ts'];
/** Of the model layer's suites those that need Node: its files, its processes, its garbage collector. */
const BAO_IN_NODE = ['bundle-size', 'iteration', 'node-entry', 'outside-calls', 'tutorial-*'];
/** Of workflows, in a Worker of their own. */
const WORKFLOWS = ['test/objects/workflow-run/**/*.test.ts', 'test/world/**/*.test.ts'];
/** What never touches DynamoDB runs on the default one alone. */
const ON_THE_DEFAULT_DYNAMODB = [
  'test/objects/*simulation*',
  'test/objects/rate-limiter/**',
  'test/objects/stream-hub/**',
  'test/objects/workflow-run/**',
];
const EXCLUDED = process.env['STEAMER_DYNAMODB'] ? ON_THE_DEFAULT_DYNAMODB : [];

const WORKERD = cloudflareTest(async ({ inject }) => ({
  wrangler: { configPath: './wrangler.toml' },
  miniflare: {
    bindings: {
      DYNAMODB_ENDPOINT: inject('dynamodbProxy'),
      ALLOWED_ORIGINS: 'https://app.test',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      SIGNING_KEYS: 'k1:c2lnbmluZy1rZXktb2YtdGhlLXRlc3Qtc3VpdGUtMDE=',
      PUBLIC_URL: 'https://steamer.test',
      ACCESS_TOKEN_KEYS: 'a1:MC4CAQAwBQYDK2VwBCIEIGFjY2Vzcy10b2tlbi1rZXktb2YtdGhlLXRlc3RzLTAx',
      MIGRATIONS: await readD1Migrations('./migrations/accounts'),
    },
  },
}));

/** A Worker with workflows, which the default one has not. */
const WORKFLOW_WORKERD = cloudflareTest(async () => ({
  wrangler: { configPath: './test/worker/workflows.toml' },
  miniflare: { bindings: { WORKFLOW_MIGRATIONS: await readD1Migrations('./migrations/workflows') } },
}));

/**
 * The files of a workerd project share isolates (`isolate: false`), as requests do in production: one for each file would load the
 * Worker a hundred times. So every test has tenants, users and addresses of its own, and gives back the clock it took.
 *
 * `*.node.test.ts` runs in Node, every other test in workerd with the bindings of wrangler.toml. Both reach one local DynamoDB.
 */
export default defineConfig({
  // Examples import the package, which is read from its sources.
  resolve: {
    alias: [
      { find: 'steamer/client', replacement: new URL('src/client/index.ts', import.meta.url).pathname },
      { find: 'steamer/edge', replacement: new URL('src/edge/index.ts', import.meta.url).pathname },
      { find: /^steamer$/, replacement: new URL('src/index.ts', import.meta.url).pathname },
    ],
  },
  test: {
    // What ends too late is a hang, not a slow machine: nothing here measures how long a test takes.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // By itself vitest leaves one core to the system, which of two is half of them.
    maxWorkers: 2,
    // The outbox writes mails to the terminal.
    onConsoleLog: (log) => !log.startsWith('Mail to '),
    globalSetup: ['./test/setup/local-dynamodb.ts'],
    // Most tests work outside of batch contexts, which the model layer warns of.
    env: { DYNAMO_BAO_LOG_LEVEL: 'ERROR' },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.node.test.ts'],
          exclude: [...PACKAGES, ...FAULTS, ...LIVE, ...CONSOLE, ...EXCLUDED],
          environment: 'node',
        },
      },
      { extends: true, test: { name: 'faults', include: FAULTS, environment: 'node' } },
      { extends: true, test: { name: 'live', include: LIVE, environment: 'node', testTimeout: 120_000 } },
      { extends: true, test: { name: 'console', include: CONSOLE, environment: 'node', testTimeout: 120_000 } },
      {
        extends: true,
        plugins: [WORKERD],
        test: {
          name: 'workerd',
          isolate: false,
          setupFiles: ['test/setup/each-file.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [...PACKAGES, 'test/**/*.node.test.ts', ...ALONE, ...WORKFLOWS, ...EXCLUDED],
        },
      },
      {
        extends: true,
        plugins: [WORKFLOW_WORKERD],
        test: { name: 'workflows', isolate: false, include: WORKFLOWS, exclude: ['test/**/*.node.test.ts', ...EXCLUDED] },
      },
      { extends: true, plugins: [WORKERD], test: { name: 'alone', include: ALONE, setupFiles: ['test/setup/each-file.ts'] } },
      {
        extends: true,
        plugins: [WORKERD],
        test: {
          // A part of the layer is there once it is imported, and so in the isolate of who imports it.
          name: 'bao-in-workerd',
          include: ['test/bao/*.node.test.ts'],
          exclude: BAO_IN_NODE.map((name) => `test/bao/${name}.node.test.ts`),
        },
      },
    ],
  },
});

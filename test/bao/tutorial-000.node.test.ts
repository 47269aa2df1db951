/** The samples of "Using dynamo-bao with Cloudflare Workers", as they stand there, in Node and in workerd. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureTable } from '../../src/dynamo/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { deleteTestTable, localClientOptions } from '../setup/tables.ts';
import { callWorker } from './tutorials/call-worker.ts';
import { readSamples, sampleUnder } from './tutorials/samples.ts';
import { openWorkshop } from './tutorials/workshop.ts';
import type { Project, Workshop } from './tutorials/workshop.ts';

const RUNTIMES = ['Node', 'workerd'] as const;
const TIMEOUT_MS = 60_000;

/** The names of tables that the samples spell out; nothing else uses them. */
const TABLES = ['my-table', 'my-app-table'];
const ENV = { AWS_REGION: 'us-west-2', TABLE_NAME: 'my-table', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

const SAMPLES = readSamples('000-dynamo-bao-on-workers.md');
const sample = (heading: string, which?: string | number) => sampleUnder(SAMPLES, heading, which);
const NODEJS_COMPAT = sample('Node.js Compatibility', 'wrangler.toml');
const HAND_WRITTEN = {
  'models/user.js': sample('Approach 2: Manual Model Definition', 'models/user.js'),
  'models/post.js': sample('Approach 2: Manual Model Definition', 'models/post.js'),
};
const CONTEXT_REQUIRED = sampleUnder(readSamples('001-batch-context.md'), 'Error Handling');

/** What the page has said before a sample that begins in the middle. */
const IMPORTS = `import { initModels, runWithBatchContext } from "dynamo-bao";
import { User } from "./models/user.js";
import { Post } from "./models/post.js";
`;

const proxy = proxyControl(inject('dynamodbProxy'), 'my-table');
let workshop: Workshop;

beforeAll(async () => {
  for (const name of TABLES) await ensureTable(localClientOptions(inject('dynamodbEndpoint')), name);
  // Credentials come from the Worker's variables, and in Node from the process: the samples say which they mean.
  workshop = await openWorkshop({ DYNAMODB_ENDPOINT: inject('dynamodbProxy') });
}, TIMEOUT_MS);
afterEach(() => proxy.reset());
afterAll(async () => {
  await workshop?.close(); // there is none when it could not be built
  for (const name of TABLES) await deleteTestTable(inject('dynamodbEndpoint'), name);
});

/** A project with a Worker around a sample that is a part of one. */
async function projectOf(name: string, files: Readonly<Record<string, string>>): Promise<Project> {
  const project = await workshop.project(name.replaceAll(/\W+/g, '-'));
  await project.write({ 'wrangler.toml': NODEJS_COMPAT, ...files });
  return project;
}

/** A project whose models are generated as step 2 says. */
async function generatedProject(name: string, files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = await projectOf(name, { 'models.yaml': sample('Step 1: Create YAML Model Definitions', 'models.yaml'), ...files });
  const outcome = await project.run(sample('Step 2: Generate Models During Build'));
  expect(outcome).toMatchObject({ exitCode: 0 });
  return project;
}

describe.each(RUNTIMES)('in %s', { timeout: TIMEOUT_MS }, (runtime) => {
  it('step 2 makes the files that it names, and the Worker of step 3 imports them', async () => {
    const project = await generatedProject(`step 3 ${runtime}`, {
      'worker.js': sample('Step 3: Use Generated Manifest in Worker', 'worker.js'),
    });
    for (const path of ['models/user.js', 'models/post.js', '.bao/models.js']) expect(existsSync(join(project.folder, path))).toBe(true);
    const { answers } = await callWorker(project, runtime, ENV, [{ path: '/' }, { path: '/' }]);
    const user = {
      userId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      name: 'John Doe',
      email: 'john@example.com',
      createdAt: expect.any(String),
    };
    expect(answers).toEqual([
      { status: 200, body: user },
      { status: 200, body: user },
    ]);
    expect(Object.keys(answers[0]?.body)).toEqual(['userId', 'name', 'email', 'createdAt']);
  });

  it('hand-written models are configured at module scope with only a region, and find their credentials at first use', async () => {
    const project = await projectOf(`approach 2 ${runtime}`, {
      ...HAND_WRITTEN,
      'worker.js': sample('2. Initialize Models with Direct Imports', 'worker.js'),
    });
    if (runtime === 'Node') await project.write({ '.env': 'AWS_ACCESS_KEY_ID=local\nAWS_SECRET_ACCESS_KEY=local\n' });
    const { answers } = await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(answers).toMatchObject([{ status: 200, body: { user: { name: 'John Doe' }, post: { title: 'My First Post' } } }]);
    expect(answers[0]?.body.post.userId).toBe(answers[0]?.body.user.userId);
  });

  it('finds inside runWithBatchContext become one request', async () => {
    const project = await projectOf(`basic usage ${runtime}`, { ...HAND_WRITTEN, 'worker.js': sample('Basic Usage') });
    const { answers } = await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(answers).toEqual([{ status: 200, body: [null, null, null] }]);
    expect(await proxy.counts()).toEqual({ BatchGetItem: 1 });
  });

  it('finds outside of it are requests of their own', async () => {
    const models = 'const models = initModels({ models: { User }, db: { tableName: "my-table" } });\n';
    const text = `${IMPORTS}${models}${sample('Without runWithBatchContext (Not Recommended)')}`;
    const project = await projectOf(`without ${runtime}`, { ...HAND_WRITTEN, 'worker.js': text, '.env': dotenv(ENV) });
    const { answers, log } = await callWorker(project, runtime, ENV, [{ path: '/' }, { path: '/' }]);
    expect(answers.map(({ body }) => body)).toEqual([
      [null, null, null],
      [null, null, null],
    ]);
    expect(await proxy.counts()).toEqual({ GetItem: 6 });
    // A warning for each of the three places, however often they are passed.
    expect(log.match(/an operation outside of runWithBatchContext\(\)/g)).toHaveLength(3);
  });

  it('the first half of "Performance Benefits" is one request, and the second is never reached', async () => {
    const models = 'initModels({ models: { User }, db: { tableName: "my-table" } });\n';
    const handler = `export default { async fetch() {\nawait (async () => {\n${sample('Performance Benefits')}})();\nreturn new Response();\n} };\n`;
    const project = await projectOf(`benefits ${runtime}`, {
      ...HAND_WRITTEN,
      'worker.js': `${IMPORTS}${models}${handler}`,
      '.env': dotenv(ENV),
    });
    await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(await proxy.counts()).toEqual({ BatchGetItem: 1 });
  });

  it('the dashboard has the user, and the posts that queryPosts finds by the index byUser', async () => {
    const setup = `import { initModels, runWithBatchContext } from "dynamo-bao";
import generatedModels from "./.bao/models.js";
const models = initModels({ models: generatedModels, db: { tableName: "my-table" } });
`;
    const project = await generatedProject(`dashboard ${runtime}`, {
      '.env': dotenv(ENV),
      'worker.js': `${setup}${sample('Advanced Usage with Related Data')}`,
      'fill.mjs': `${setup}
const { User, Post } = models.models;
const user = await User.create({ name: "Ada", email: "ada@example.com" });
for (const title of ["one", "two"]) await Post.create({ userId: user.userId, title });
process.stdout.write(user.userId);
`,
    });
    const { stdout: userId } = await project.run('node fill.mjs');
    const { answers } = await callWorker(project, runtime, ENV, [{ path: `/dashboard?userId=${userId}` }]);
    expect(answers).toMatchObject([
      { status: 200, body: { user: { name: 'Ada' }, posts: [{ title: 'one' }, { title: 'two' }], totalPosts: 2 } },
    ]);
  });

  it.each([
    ['Default Mode (Recommended for Production)', 200, 'null'],
    ['Strict Mode (Recommended for Development)', 500, 'Batch operations must be executed within runWithBatchContext()'],
    ['AWS Authentication with aws4fetch', 200, 'null'],
  ])('%s: a find outside of a context is answered with %d', async (heading, status, text) => {
    const project = await projectOf(`${heading} ${runtime}`, {
      ...HAND_WRITTEN,
      'worker.js': findingWorker(sample(heading)),
      '.env': dotenv(ENV),
    });
    const { answers } = await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(answers).toMatchObject([{ status, body: text === 'null' ? null : expect.stringContaining(text) }]);
  });

  it.each([
    ['false', 200],
    ['true', 500],
  ])('DYNAMO_BAO_REQUIRE_BATCH_CONTEXT = "%s" in wrangler.toml: a find outside of a context is answered with %d', async (value, status) => {
    const variables = sample('Environment-Based Configuration', 0).replace('= "false"', `= "${value}"`);
    const [head = ''] = NODEJS_COMPAT.split('[vars]');
    const project = await projectOf(`variable ${value} ${runtime}`, {
      ...HAND_WRITTEN,
      'worker.js': findingWorker(sample('Environment-Based Configuration', 1)),
      'wrangler.toml': `${head}${variables}`,
      '.env': dotenv({ ...ENV, DYNAMO_BAO_REQUIRE_BATCH_CONTEXT: value }),
    });
    const { answers } = await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(answers).toMatchObject([{ status }]);
    if (status === 500) expect(CONTEXT_REQUIRED).toContain(String(answers[0]?.body).split('. ')[0]);
  });

  it('isInsideBatchContext tells in which mode the code runs', async () => {
    const models = 'const models = initModels({ models: { User } });\n';
    const detecting = sample('Context Detection').replace('export default', 'const detecting =');
    const both = `export default { async fetch(request, env) {
  await detecting.fetch(request, env);
  await runWithBatchContext(() => detecting.fetch(request, env));
  return new Response();
} };
`;
    const project = await projectOf(`detection ${runtime}`, { ...HAND_WRITTEN, 'worker.js': `${IMPORTS}${models}${detecting}${both}` });
    const { log } = await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(log).toMatch(/Running in direct execution mode[^]*Running with optimal batching/);
  });

  it('the complete example answers both of its routes, with the wrangler.toml that it has', async () => {
    const files = ['package.json', 'wrangler.toml', 'models/user.js', 'worker.js'];
    const project = await projectOf(
      `complete ${runtime}`,
      Object.fromEntries(files.map((file) => [file, sample('Complete Example', file)])),
    );
    const body = { name: 'Grace', email: 'grace@example.com' };
    const created = await callWorker(project, runtime, ENV, [{ path: '/users', method: 'POST', body }]);
    expect(created.answers).toMatchObject([{ status: 200, body }]);
    const user = created.answers[0]?.body;
    const paths = [`/users/${user.userId}`, '/users/unknown', '/elsewhere'];
    const found = await callWorker(
      project,
      runtime,
      ENV,
      paths.map((path) => ({ path })),
    );
    expect(found.answers).toEqual([
      { status: 200, body: user },
      { status: 200, body: null },
      { status: 404, body: 'Not Found' },
    ]);
    // That wrangler.toml sets no flag, so the Worker has no AsyncLocalStorage.
    const said = found.log.match(/without AsyncLocalStorage: set compatibility_flags = \["nodejs_als"\]/g) ?? [];
    expect(said).toHaveLength(runtime === 'Node' ? 0 : 1);
    expect(found.log).not.toContain('an operation outside');
  });

  it('models that are imported from one module are configured together', async () => {
    const comment = HAND_WRITTEN['models/user.js'].replaceAll('User', 'Comment').replace('"u"', '"c"');
    const index = ['user', 'post', 'comment'].map((name) => `export * from "./${name}.js";\n`).join('');
    const answer = 'export default { async fetch() { return Response.json(models.listModels()); } };\n';
    const project = await projectOf(`after ${runtime}`, {
      ...HAND_WRITTEN,
      'models/comment.js': comment,
      'models/index.js': index,
      'worker.js': `import { initModels } from "dynamo-bao";\n${sample('After (Cloudflare Workers)')}${answer}`,
    });
    const { answers } = await callWorker(project, runtime, ENV, [{ path: '/' }]);
    expect(answers).toEqual([{ status: 200, body: ['User', 'Post', 'Comment'] }]);
  });
});

it('a Worker without models is told to pass them', { timeout: TIMEOUT_MS }, async () => {
  const text = sample('Error Handling');
  const project = await projectOf('missing models', { ...HAND_WRITTEN, 'worker.js': findingWorker(text) });
  const { answers } = await callWorker(project, 'workerd', ENV, [{ path: '/' }]);
  expect(text).toContain(`// Error: "${String(answers[0]?.body)}"`);
});

it(
  'a Worker without AsyncLocalStorage refuses strict mode and tenants, and says which flag they need',
  { timeout: TIMEOUT_MS },
  async () => {
    const strict = findingWorker(sample('Strict Mode (Recommended for Development)'));
    const tenants = strict.replace('await models.models.User.find("user1")', 'TenantContext.runWithTenant("acme", () => 0)');
    for (const [name, text] of [
      ['strict', strict],
      ['tenants', tenants],
    ] as const) {
      const project = await projectOf(`no storage ${name}`, {
        ...HAND_WRITTEN,
        'worker.js': `import { TenantContext } from "dynamo-bao";\n${text}`,
        'wrangler.toml': sample('Complete Example', 'wrangler.toml'),
      });
      const { answers } = await callWorker(project, 'workerd', ENV, [{ path: '/' }]);
      expect(answers).toMatchObject([{ status: 500, body: expect.stringContaining('set compatibility_flags = ["nodejs_als"]') }]);
    }
  },
);

it('in Node a folder of models is enough', { timeout: TIMEOUT_MS }, async () => {
  const text = `import { initModels } from "dynamo-bao";\n${sample('Before (Node.js with filesystem)')}console.log(models.listModels().join());\n`;
  const project = await projectOf('before', { ...HAND_WRITTEN, 'app.mjs': text });
  expect(await project.run('node app.mjs')).toMatchObject({ exitCode: 0, stdout: 'Post,User\n' });
});

it('the scripts of package.json generate the models', { timeout: TIMEOUT_MS }, async () => {
  const project = await projectOf('scripts', {
    'models.yaml': sample('Step 1: Create YAML Model Definitions', 'models.yaml'),
    'package.json': sample('Using Generated Models in CI/CD', 'package.json'),
  });
  const [, generate = ''] = sample('Local Development').split('\n');
  expect(await project.run(generate)).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(project.folder, '.bao/models.js'))).toBe(true);
});

/** A Worker that runs a sample for each request and then finds a user outside of a batch context. */
function findingWorker(text: string): string {
  return `${IMPORTS}
export default { async fetch(request, env) {
  try {
${text}
    return Response.json(await models.models.User.find("user1"));
  } catch (error) {
    return new Response(error.message, { status: 500 });
  }
} };
`;
}

function dotenv(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** The samples of "Batch Context Configuration", as they stand there, over models as dynamo-bao generates them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureTable } from '../../src/dynamo/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { deleteTestTable, localClientOptions } from '../setup/tables.ts';
import { readSamples, sampleUnder } from './tutorials/samples.ts';
import { openWorkshop } from './tutorials/workshop.ts';
import type { Project, Workshop } from './tutorials/workshop.ts';

const TIMEOUT_MS = 60_000;
/** The table of the tutorial's configuration file; nothing else uses it. */
const TABLE = 'your-table-name';
const STRICT = { DYNAMO_BAO_REQUIRE_BATCH_CONTEXT: 'true' };

const SAMPLES = readSamples('001-batch-context.md');
const sample = (heading: string, which?: string | number) => sampleUnder(SAMPLES, heading, which);
const CONTEXT_REQUIRED =
  'Batch operations must be executed within runWithBatchContext(). Wrap your database operations in runWithBatchContext() to enable batching and caching.';

/** What the page takes for granted before a sample that begins in the middle. */
const IMPORTS = `import { initModels, runWithBatchContext, TenantContext } from "dynamo-bao";
import { User } from "./models/user.js";
`;
const EXPECT = `import assert from "node:assert/strict";
const expect = (value) => ({
  toBe: (other) => assert.equal(value, other),
  not: { toBe: (other) => assert.notEqual(value, other) },
});
`;

const proxy = proxyControl(inject('dynamodbProxy'), TABLE);
let workshop: Workshop;
let project: Project;

beforeAll(async () => {
  await ensureTable(localClientOptions(inject('dynamodbEndpoint')), TABLE);
  workshop = await openWorkshop({
    DYNAMODB_ENDPOINT: inject('dynamodbProxy'),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    MODELS_DIR: './models',
  });
  project = await projectOf('app', { 'dynamo-bao.config.js': sample('Configuration Options') });
  const users = ['user1', 'user2', 'user123'].map((userId) => ({ userId, name: userId, status: 'active' }));
  const rows = `
const { Post, Order } = initModels().models;
for (const user of ${JSON.stringify(users)}) await User.create({ ...user, emailPreferences: { notifications: user.userId !== "user2" } });
for (const at of ["1", "2"]) await Post.create({ postId: "p" + at, userId: "user123", title: "post " + at });
await Order.create({ orderId: "o1", userId: "user123" });
await TenantContext.runWithTenant("tenant-123", () => User.create({ userId: "t1", name: "Ada", status: "active" }));
`;
  await succeed(project, 'fill.mjs', `${IMPORTS}${rows}`);
  await proxy.reset();
}, TIMEOUT_MS);
afterEach(() => proxy.reset());
afterAll(async () => {
  await workshop?.close(); // there is none when it could not be built
  await deleteTestTable(inject('dynamodbEndpoint'), TABLE);
});

async function projectOf(name: string, files: Readonly<Record<string, string>>): Promise<Project> {
  const made = await workshop.project(name);
  const model = (file: string) => readFileSync(join(import.meta.dirname, 'tutorials', 'models', `${file}.cjs`), 'utf8');
  await made.write({ 'models/user.js': model('user'), 'models/post.js': model('post'), 'models/order.js': model('order'), ...files });
  return made;
}

/** Runs a file to its good end and returns what it printed. */
async function succeed(where: Project, file: string, text: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  await where.write({ [file]: text });
  const { exitCode, stdout, stderr } = await where.run(`node ${file}`, variables);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trim();
}

it('the package has its modules for require, and dynamo-bao reads .env when it is imported', { timeout: TIMEOUT_MS }, async () => {
  await project.write({ '.env': 'FROM_DOTENV=yes\nMODELS_DIR=elsewhere\n' });
  const script = `const names = (path) => Object.keys(require(path)).sort();
const paths = ["dynamo-bao", "dynamo-bao/src/model.js", "dynamo-bao/src/constants.js", "dynamo-bao/src/fields.js"];
const [root, model, constants, fields] = paths.map(names);
const { fields: all, constants: values, models, BaoModel } = require("dynamo-bao");
const isOne = BaoModel === require("steamer/bao").BaoModel && BaoModel === require("dynamo-bao/src/model.js").BaoModel;
const missing = Object.keys(all).filter((name) => !fields.includes(name));
const env = [process.env.FROM_DOTENV, process.env.MODELS_DIR];
console.log(JSON.stringify({ root: root.length > 40, model, constants, missing, isOne, env, models: Object.keys(models) }));
`;
  expect(JSON.parse(await succeed(project, 'names.js', script))).toEqual({
    root: true,
    model: ['BATCH_REQUESTS', 'BATCH_REQUEST_TIMEOUT', 'BaoModel', 'IndexConfig', 'PrimaryKeyConfig', 'UniqueConstraintConfig'],
    constants: expect.arrayContaining(['GSI_INDEX_ID5', 'UNIQUE_CONSTRAINT_ID3', 'SEARCH_INDEX_NAME', 'SYSTEM_FIELDS']),
    missing: [],
    isOne: true,
    // What is set already goes before the file.
    env: ['yes', './models'],
    models: ['Order', 'Post', 'User'],
  });
});

describe('modes', { timeout: TIMEOUT_MS }, () => {
  it('by default operations work inside and outside of a context', async () => {
    const text = sample('Default Mode (`requireBatchContext: false`)');
    const printed = await succeed(project, 'default.mjs', `${IMPORTS}${text}console.log(user.exists(), manager.tableName);\n`);
    expect(printed).toBe('true your-table-name');
    expect(await proxy.counts()).toEqual({ GetItem: 2 });
  });

  it('strict mode refuses what is outside, in the words that the page has', async () => {
    const text = sample('Strict Mode (`requireBatchContext: true`)');
    await project.write({ 'strict.mjs': `${IMPORTS}${text}` });
    const { exitCode, stderr } = await project.run('node strict.mjs');
    const [, words = ''] = /\/\/ (Error: .*)/.exec(text) ?? [];
    expect({ exitCode, isSaid: stderr.includes(words.replace('Error: ', '')) }).toEqual({ exitCode: 1, isSaid: true });
    expect(await proxy.counts()).toEqual({});
  });

  it('strict mode allows what is inside', async () => {
    const text = sample('Strict Mode (`requireBatchContext: true`)');
    const inside = text.slice(text.indexOf('// This works'));
    await succeed(project, 'inside.mjs', `${IMPORTS}initModels();\n${inside}`, STRICT);
    expect(await proxy.counts()).toEqual({ GetItem: 1 });
  });

  it('the error says what to do', async () => {
    const printed = await succeed(project, 'error.mjs', `${IMPORTS}initModels();\n${sample('Error Handling')}`, STRICT);
    expect(printed).toBe(CONTEXT_REQUIRED);
    // The page breaks it into two lines of a comment.
    expect(sample('Error Handling').replaceAll(/\n\s*\/\/\s*/g, ' ')).toContain(CONTEXT_REQUIRED);
  });

  it('the environment sets the mode of any program', async () => {
    const app = `const { initModels } = require("dynamo-bao");
initModels().models.User.find("user123").catch((error) => console.log(error.message));
`;
    await project.write({ 'your-app.js': app });
    expect(await project.run(sample('Environment Variable Support'))).toMatchObject({ exitCode: 0, stdout: `${CONTEXT_REQUIRED}\n` });
  });

  it('isInsideBatchContext tells where the code runs', async () => {
    const text = `const { initModels, runWithBatchContext } = require("dynamo-bao");
initModels();
function detect() {
${sample('Context Detection API')}}
detect();
runWithBatchContext(detect);
`;
    expect(await succeed(project, 'detect.js', text)).toBe('Running in direct execution mode\nRunning with batching enabled');
  });
});

describe('usage patterns', { timeout: TIMEOUT_MS }, () => {
  it('Express: a middleware gives each request its context', async () => {
    const call = `
const server = app.listen(0, async () => {
  const response = await fetch("http://localhost:" + server.address().port + "/api/users/user123/dashboard");
  console.log(await response.text());
  server.close();
});
`;
    const text = `${sample('Web Application with Express.js')}${call}`;
    const printed = await succeed(project, 'server.js', text, { NODE_ENV: 'development' });
    expect(JSON.parse(printed)).toMatchObject({ user: { userId: 'user123' }, posts: [{ title: 'post 1' }, { title: 'post 2' }] });
    // The user of both posts is the one that the request has found already.
    expect(await proxy.counts()).toEqual({ GetItem: 1, Query: 1 });
  });

  it('Lambda: the handler answers with the orders of a user', async () => {
    await project.write({ 'lambda.js': sample('AWS Lambda Functions') });
    const call = `const { handler } = require("./lambda.js");
handler({ pathParameters: { userId: "user123" } }).then((answer) => console.log(JSON.stringify(answer)));
`;
    const answer: { statusCode: number; body: string } = JSON.parse(await succeed(project, 'call.js', call, { STAGE: 'dev' }));
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ user: { name: 'user123' }, orders: [{ orderId: 'o1' }] });
  });

  it('a background job walks over all users, and reads inside of a map', async () => {
    const text = `const manager = require("dynamo-bao").initModels();
const sent = [];
const sendNotificationEmail = async (user) => sent.push(user.userId);
${sample('Background Jobs')}
processUserEmails().then(() => console.log(sent.sort().join()));
`;
    expect(await succeed(project, 'job.js', text)).toBe('user1,user123');
  });

  it('inside a tenant, and inside a context', async () => {
    await succeed(project, 'tenants.mjs', `${IMPORTS}initModels({ tenancy: { enabled: true } });\n${sample('Multi-Tenancy')}`);
    const [query, ...others] = await proxy.requests('Query');
    expect(others).toEqual([]);
    expect(JSON.stringify(query)).toContain('[tenant-123]#u#gsi1#active');
  });

  it('a test has a context of its own', async () => {
    const run = 'const test = async (name, work) => console.log(name, await work());\n';
    const printed = await succeed(project, 'testing.mjs', `${IMPORTS}${EXPECT}initModels();\n${run}${sample('Testing')}`);
    expect(printed).toBe('user creation undefined');
  });
});

describe('migration', { timeout: TIMEOUT_MS }, () => {
  const app = `const { initModels } = require("dynamo-bao");
const { User } = initModels({ db: { tableName: "${TABLE}" } }).models;
User.find("user123").then((user) => console.log(user.exists()), (error) => console.log(error.message));
`;

  it.each([
    ['step 1', 0, 'development', 'true'],
    ['step 4, in production', 3, 'production', 'true'],
    ['step 4, in development', 3, 'development', CONTEXT_REQUIRED],
  ])('%s: config.js sets the mode', async (_step, at, environment, printed) => {
    const migrating = await projectOf(`config-${at}`, { 'config.js': sample('Gradual Migration from Direct Calls', at) });
    expect(await succeed(migrating, 'app.js', app, { NODE_ENV: environment })).toBe(printed);
  });

  it('steps 2 and 3: routes are wrapped one by one, and a middleware finds those that are not', async () => {
    const text = `const app = require("express")();
const { initModels, runWithBatchContext } = require("dynamo-bao");
const { User } = initModels().models;
${sample('Gradual Migration from Direct Calls', 2)}
${sample('Gradual Migration from Direct Calls', 1)}
app.get("/api/old", async (req, res) => res.json(await User.find("user123")));
const server = app.listen(0, async () => {
  console.log(await (await fetch("http://localhost:" + server.address().port + "/api/old")).text());
  server.close();
});
`;
    await project.write({ 'steps.js': text });
    const { stdout, stderr } = await project.run('node steps.js');
    expect(stdout).toContain('"userId":"user123"');
    expect(stderr).toContain('Route /api/old not using batch context');
  });
});

describe('performance', { timeout: TIMEOUT_MS }, () => {
  it('with a context ten finds are one request, and the next one gets the same object', async () => {
    await succeed(project, 'with.mjs', `${IMPORTS}${EXPECT}initModels();\n${sample('With Batch Context (Recommended)')}`);
    expect(await proxy.counts()).toEqual({ BatchGetItem: 1 });
  });

  it('without one every find is a request, and makes an object of its own', async () => {
    await succeed(project, 'without.mjs', `${IMPORTS}${EXPECT}initModels();\n${sample('Without Batch Context (Direct Mode)')}`);
    expect(await proxy.counts()).toEqual({ GetItem: 3 });
  });
});

/** `npm start`: sets up what is missing, starts a local DynamoDB and the Worker, loads the demo data, and says how to call it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ItemRefused, loadLeaderboard } from '../examples/leaderboard/load.ts';
import { accountsDatabase } from '../src/cli/accounts-database.ts';
import { ensureTable, updateTable } from '../src/dynamo/index.ts';
import { isConsoleStale } from './console-assets.ts';
import { type LocalDynamoDb, startLocalDynamoDb } from '../src/cli/local-dynamodb.ts';
import { claimDataFolder, type DataFolder } from './start/data-folder.ts';
import { DEMO_TENANT, type DemoKeys, demoKeyFiles, makeDemoKeys, readDemoKeys } from './start/demo-keys.ts';
import { type DemoUser, makeDemoUser, readDemoUser } from './start/demo-user.ts';
import { completeDevVars } from '../src/cli/dev-vars.ts';
import { leaderboardCalls, modelCalls } from './start/first-calls.ts';
import { invitation } from './start/invitation.ts';
import { npmCommand } from './start/npm.ts';
import { readOptions, type StartOptions, USAGE } from './start/options.ts';
import { requireFreePort } from './start/port.ts';
import { createRunner, type Runner } from './start/runner.ts';
import { hasLeaderboard, servedModels } from './start/served-models.ts';
import { StartError } from './start/start-error.ts';
import { createSteps, type Steps } from './start/steps.ts';
import { buildWorkflows, installWorkflowSdk } from './start/board-workflows.ts';
import { type LocalWorker, startWorker, tidied, waitUntilHealthy, WITH_WORKFLOWS } from './start/worker.ts';
import { workerVariables } from './start/worker-variables.ts';

const TABLE_NAME = process.env['TABLE_NAME'] || 'steamer';
const AWS_REGION = process.env['AWS_REGION'] || 'us-east-1';

const LOG_DELAY_MS = 250;

/** What the later steps need of the earlier ones. */
interface Setting {
  options: StartOptions;
  folder: DataFolder;
  /** where wrangler keeps D1 and the objects' storage */
  persistTo: string;
  steps: Steps;
  runner: Runner;
}

async function start(options: StartOptions, runner: Runner): Promise<void> {
  await requireFreePort(options.port);
  const folder = claimDataFolder(options.dataDir);
  runner.atEnd('the claim of the data folder', async () => folder.release());
  const setting: Setting = {
    options,
    folder,
    persistTo: join(folder.path, 'wrangler'),
    steps: createSteps(process.stdout, runner.isEnding),
    runner,
  };
  const { steps } = setting;
  console.log('Starting Steamer\n');
  if (options.isFresh) await steps.run('empty data folder', () => (folder.empty(), { detail: folder.path }));
  await steps.run('models', () => npmRun(setting, 'generate-models', 'models.yaml or limits.yaml is not what it should be'));
  const installed = options.hasWorkflows ? installWorkflowSdk(runner).catch(String) : null;
  await steps.run('console', () => consoleAssets(setting));
  const secrets = await steps.run('secrets', () => localSecrets());
  const dynamo = await steps.run('DynamoDB', () => localDynamo(setting));
  await steps.run('table', () => table(dynamo.endpoint, secrets.variables));
  const { keys, user } = await accounts(setting);
  const { isBuilt } =
    installed === null ? { isBuilt: false } : await steps.run('workflows', (progress) => buildWorkflows(runner, installed, progress));
  const worker = await steps.run('Worker', () => localWorker(setting, isBuilt, dynamo.endpoint, secrets.variables));
  const models = await servedModels(worker.url, keys.demo, folder.path);
  const isLoaded = hasLeaderboard(models) ? await leaderboard(setting, worker, keys, dynamo.place) : await noLeaderboard(setting);
  const base = `${worker.url}/v1/${DEMO_TENANT}`;
  const calls = isLoaded ? leaderboardCalls(base, isBuilt) : modelCalls(base, models);
  const pages = isLoaded ? `${worker.url}/board/${DEMO_TENANT}` : null;
  const operatorKeyFile = demoKeyFiles(folder.path).operator;
  console.log(invitation({ url: worker.url, tenant: DEMO_TENANT, key: keys.demo, user, operatorKeyFile, pages, calls }));
  // The log of the loading comes late; from here on it is the user's requests.
  await sleep(LOG_DELAY_MS);
  worker.process.forwardLines((line) => console.log(tidied(line)));
}

async function consoleAssets(setting: Setting): Promise<{ detail: string }> {
  return isConsoleStale() ? npmRun(setting, 'build-console', 'the console cannot be built') : { detail: 'nothing changed' };
}

async function npmRun({ runner }: Setting, script: string, otherwise: string): Promise<{ detail: string }> {
  const outcome = await runner.run(npmCommand(['run', '--silent', script]));
  if (outcome.exitCode !== 0) throw new StartError(`${otherwise}:\n\n${(outcome.stderr || outcome.stdout).trim()}`);
  return { detail: outcome.stdout.trim().replaceAll('\n', '; ') };
}

function localSecrets(): { detail: string; variables: Record<string, string | undefined> } {
  const { variables, added } = completeDevVars('.dev.vars');
  return { variables, detail: added.length === 0 ? 'in .dev.vars' : `made in .dev.vars: ${added.join(', ')}` };
}

async function localDynamo({ folder, runner }: Setting): Promise<{ detail: string; endpoint: string; place: string }> {
  const given = process.env['DYNAMODB_ENDPOINT'];
  if (given) return { endpoint: given, place: given, detail: `${given} (DYNAMODB_ENDPOINT)` };
  const dynamo: LocalDynamoDb = await startLocalDynamoDb({ dataDir: join(folder.path, 'dynamodb') }).catch(failedBecause(''));
  runner.atEnd('DynamoDB', () => dynamo.stop());
  folder.noteChild(dynamo.pid);
  runner.mustLive(dynamo.engine, dynamo.exited);
  return { endpoint: dynamo.endpoint, place: dynamo.engine, detail: `${dynamo.engine} at ${dynamo.endpoint}` };
}

async function table(endpoint: string, variables: Record<string, string | undefined>): Promise<{ detail: string }> {
  const credentials = {
    accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
    ...(variables['AWS_SESSION_TOKEN'] ? { sessionToken: variables['AWS_SESSION_TOKEN'] } : {}),
  };
  // Written by the step before, so that it cannot be imported above.
  const { indexes } = (await import('../.bao/models.ts')).tableProfile;
  const client = { region: AWS_REGION, endpoint, credentials };
  const failed = failedBecause(`at ${endpoint}: `);
  const { created } = await ensureTable(client, TABLE_NAME, indexes).catch(failed);
  if (created) return { detail: `${TABLE_NAME}, created` };
  const { missing } = await updateTable(client, TABLE_NAME, indexes).catch(failed);
  if (missing.length === 0) return { detail: TABLE_NAME };
  return { detail: `${TABLE_NAME}, with ${missing.join(' and ')} now; rows of earlier starts are not in it until they are written again` };
}

/** The accounts database, and in it the demo tenant with its keys and its user: those of an earlier start while the database knows them. */
async function accounts(setting: Setting): Promise<{ keys: DemoKeys; user: DemoUser }> {
  const { folder, persistTo, steps, runner } = setting;
  const isKept = existsSync(join(persistTo, 'v3', 'd1'));
  await steps.run('databases', () => migrate(setting, isKept));
  const database = accountsDatabase({ isRemote: false, environment: null, persistTo }, (args) => runner.wrangler(args, folder.path));
  const keys =
    (isKept ? readDemoKeys(folder.path) : null) ?? (await steps.run('demo tenant and keys', () => makeDemoKeys(database, folder.path)));
  const user = (isKept ? readDemoUser(folder.path) : null) ?? (await steps.run('demo user', () => makeDemoUser(database, folder.path)));
  return { keys, user };
}

/** Applies what the databases lack: wrangler takes seconds to say that there is nothing. */
async function migrate({ options, folder, persistTo, runner }: Setting, isKept: boolean): Promise<{ detail: string }> {
  const databases: [name: string, folder: string, where: readonly string[]][] = [['DB', 'migrations/accounts', []]];
  if (options.hasWorkflows) databases.push(['WORKFLOW_DB', 'migrations/workflows', WITH_WORKFLOWS]);
  const applied: string[] = [];
  // One after the other: both lock a file that they share.
  for (const [name, migrations, where] of databases) {
    const [marker, wanted] = [join(folder.path, `migrated-${name}`), readdirSync(migrations).join('\n')];
    if (isKept && existsSync(marker) && readFileSync(marker, 'utf8') === wanted) continue;
    const command = ['d1', 'migrations', 'apply', name, '--local', '--persist-to', persistTo, ...where];
    const outcome = await runner.wrangler(command, folder.path);
    if (outcome.exitCode !== 0)
      throw new StartError(`the migrations of the database ${name} failed:\n\n${outcome.stdout}${outcome.stderr}`);
    writeFileSync(marker, wanted);
    applied.push(name);
  }
  return { detail: applied.length === 0 ? 'nothing new' : applied.join(', ') };
}

async function localWorker(
  { options, folder, persistTo, runner }: Setting,
  hasWorkflows: boolean,
  endpoint: string,
  secrets: Record<string, string | undefined>,
): Promise<LocalWorker> {
  const variables = workerVariables(secrets, { port: options.port, DYNAMODB_ENDPOINT: endpoint, TABLE_NAME, AWS_REGION });
  const worker = startWorker({ port: options.port, dataDir: folder.path, hasWorkflows, persistTo, variables });
  runner.atEnd('the Worker', worker.process.stop);
  await waitUntilHealthy(worker);
  runner.mustLive('the Worker', worker.process.ended, () => tidied(worker.process.output().stderr));
  return worker;
}

/** Loads the data once per DynamoDB, so that what the user changed or deleted stays that way. False when the models have changed and refuse it. */
async function leaderboard({ folder, steps }: Setting, { url }: LocalWorker, { demo: key }: DemoKeys, place: string): Promise<boolean> {
  const marker = join(folder.path, 'demo-data');
  const loadedInto = existsSync(marker) ? readFileSync(marker, 'utf8').trim().split('\n') : [];
  if (loadedInto.includes(place)) return true;
  const { isLoaded } = await steps.run('leaderboard data', async (progress) => {
    const onProgress = (loaded: number, total: number) => progress(`${loaded} of ${total} items`);
    try {
      const count = await loadLeaderboard({ url, tenant: DEMO_TENANT, key, onProgress });
      writeFileSync(marker, [...loadedInto, place, ''].join('\n'));
      return { isLoaded: true, detail: `${count} items, by REST` };
    } catch (error) {
      if (error instanceof ItemRefused) return { isLoaded: false, detail: `not loaded: ${error.message}` };
      throw error;
    }
  });
  return isLoaded;
}

async function noLeaderboard({ steps }: Setting): Promise<boolean> {
  const detail = 'not loaded: models.yaml has no System, Benchmark, Result and Submission at systems, benchmarks, results and submissions';
  await steps.run('leaderboard data', () => ({ detail }));
  return false;
}

/** Turns a failure that explains itself into one without a stack. */
function failedBecause(context: string): (error: unknown) => never {
  return (error) => {
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    const particulars = typeof cause === 'object' && cause !== null && 'message' in cause ? ` (${String(cause.message)})` : '';
    throw new StartError(`${context}${error instanceof Error ? error.message : String(error)}${particulars}`, { cause: error });
  };
}

process.chdir(join(import.meta.dirname, '..'));
const runner = createRunner();
try {
  const options = readOptions(process.argv.slice(2));
  if (options.isHelp) console.log(USAGE);
  else await start(options, runner);
} catch (error) {
  await runner.fail(error);
}

#!/usr/bin/env node
/** The `steamer` command: a new project, the tenants and API keys of a service, on this machine or on Cloudflare, its queues and its workflows. */
import { parseArgs } from 'node:util';
import { rotatedKeys } from './access-token-keys.ts';
import { type AccountsDatabase, accountsDatabase, CommandError, type Row } from './accounts-database.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import { formatTable } from './format-table.ts';
import { initProject } from './init-project.ts';
import { describeChanges, exitCodeOf, modelsDiff } from './models-diff.ts';
import { listDeadLetters, messageBody, replayDeadLetter, sendToCloudflare, sendToService } from './queue-messages.ts';
import { type RunningService, runningService, tellService } from './running-service.ts';
import { senderKey } from './sender-key.ts';
import { buildWorkflows } from './workflows-build.ts';
import { serveWorkflows } from './workflows-serve.ts';
import { createTenant, listTenants, setTenantOrigins, setTenantSuspended } from './tenants.ts';

const USAGE = `steamer: a new project, tenants, API keys and workflows

  steamer init <folder> [--package <specifier>] [--dry-run]  writes a service of your own into an empty folder; --package: where it has Steamer
                                                             from ("file:../steamer"), --dry-run: only says what would be written
  steamer doctor [--remote] [--env production]               what wrangler.toml and .dev.vars lack, with --remote secrets and migrations,
                                                             and what sets each
  steamer models diff [models.yaml] [--against HEAD] [--without-rows Order,…] [--strict]   what changes of the models mean for a table that has rows; --against:
                                                             a version in git, or a file. Exit code 1 where something breaks, with --strict 2
                                                             where the table or its rows have to be brought up to date
  steamer tenants create <id> [--name "Acme Inc."]
  steamer tenants list
  steamer tenants origins <id> [https://app.example.com,…]   the origins browsers may call from; none without a list
  steamer tenants suspend <id> [--url http://127.0.0.1:8787] its keys are refused, nothing of it is public, and its sockets are closed: at once, where the
                                                             service runs there and STEAMER_OPERATOR_KEY is its operator's (of npm start: no need to say)
  steamer tenants resume <id> [--url …]
  steamer keys create --tenant <id> [--scopes models:read,models:write] [--role admin] [--subject user-1] [--name "backend"] [--expires-in 90d]
  steamer keys create --operator [--name "on call"] [--expires-in 90d]
  steamer keys list [--tenant <id>]
  steamer keys revoke <kid> [--url …]                        as a tenant is suspended
  steamer sender-key create                                  the key that the Lambda on the table's stream signs with, from SIGNING_KEYS
  steamer access-token-keys rotate [--url https://app.example.com]   the next ACCESS_TOKEN_KEYS: a new key, and the public half of the one that signs
                                                             there, so that its tokens go on; without --url a first key
  steamer workflows build [--from workflows,…] [--out .steamer/workflows]   the modules that a Worker imports, of the workflows in some folders
  steamer workflows serve [--folder .steamer/workflow-service]   a service on this machine for apps with WORKFLOW_TARGET_WORLD=steamer/world, which start
                                                             it by themselves where they have no STEAMER_URL
  steamer queue send <queue> <json> [--url http://127.0.0.1:8787]   sends a message to a queue of workflows (workflow-queue, step-queue), through a service that
                                                             runs and by an operator's key (STEAMER_OPERATOR_KEY, or that of npm start); with --remote to
                                                             any queue of Cloudflare (CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN), --env: of an environment
  steamer queue dead [--url …]                               the messages that these queues have given up and that belong to no run
  steamer queue replay <id> [--url …]                        sends one of them again

Where:
  --local            the database of npm start on this machine (default)
  --remote           the database on Cloudflare, as wrangler is logged in
  --env <name>       an environment of wrangler.toml, such as production
  --persist-to <dir> the folder of the local database (default .steamer/wrangler)

  --json             print JSON
  --help             print this
`;

const OPTIONS = {
  tenant: { type: 'string' },
  scopes: { type: 'string' },
  role: { type: 'string' },
  subject: { type: 'string' },
  name: { type: 'string' },
  'expires-in': { type: 'string' },
  operator: { type: 'boolean', default: false },
  local: { type: 'boolean', default: false },
  remote: { type: 'boolean', default: false },
  env: { type: 'string' },
  'persist-to': { type: 'string', default: '.steamer/wrangler' },
  url: { type: 'string' },
  from: { type: 'string', default: 'workflows' },
  out: { type: 'string', default: '.steamer/workflows' },
  folder: { type: 'string', default: '.steamer/workflow-service' },
  against: { type: 'string', default: 'HEAD' },
  'without-rows': { type: 'string', default: '' },
  strict: { type: 'boolean', default: false },
  package: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];
type Command = (database: AccountsDatabase, options: Options, argument?: string, second?: string) => Promise<void>;

const COMMANDS: Record<string, Command> = {
  init: async (_database, options, folder) => {
    if (folder === undefined) throw new CommandError('Expected a folder for the project: steamer init <folder>');
    const isDryRun = options['dry-run'];
    const files = await initProject(folder, { dependency: options.package ?? null, isDryRun });
    const list = files.map((path) => `  ${path}`).join('\n');
    const next = isDryRun ? '' : `\nNext: cd ${folder} && npm install && npm start`;
    print(options, { folder, files, written: !isDryRun }, `${isDryRun ? 'Would write' : 'Wrote'} into ${folder}:\n${list}${next}`);
  },
  doctor: async (_database, options) => {
    // It loads wrangler, for which no other command has to wait.
    const { diagnose } = await import('./doctor.ts');
    const problems = await diagnose({ isRemote: options.remote, environment: options.env ?? null });
    print(options, { problems }, problems.join('\n') || 'Nothing is missing.');
    if (problems.length > 0) process.exitCode = 1;
  },
  'models diff': async (_database, options, definitions) => {
    const withoutRows = options['without-rows'].split(',');
    const changes = await modelsDiff({ definitions, against: options.against, withoutRows });
    print(options, { changes }, describeChanges(changes) || 'Nothing has to be done.');
    process.exitCode = exitCodeOf(changes, options.strict);
  },
  'tenants create': async (database, options, id) => {
    if (id === undefined) throw new CommandError('Expected the id of the tenant: steamer tenants create <id>');
    await createTenant(database, id, checkedName(options.name ?? id));
    print(options, { id }, `Tenant ${id} is made. Give it a key with: steamer keys create --tenant ${id}`);
  },
  'tenants list': async (database, options) => {
    printRows(options, await listTenants(database), ['id', 'name', 'plan', 'live_keys', 'created_at_ms', 'suspended_at_ms']);
  },
  'tenants origins': async (database, options, id, list) => {
    const origins = list ?? '';
    if (id === undefined) throw new CommandError('Expected the id of the tenant: steamer tenants origins <id> [origin,…]');
    await setTenantOrigins(database, id, origins);
    print(options, { id, origins }, `Browsers may call for tenant ${id} from ${origins || 'no origin of its own'}, within a minute.`);
  },
  'tenants suspend': async (database, options, id) => {
    if (id === undefined) throw new CommandError('Expected the id of the tenant: steamer tenants suspend <id>');
    await setTenantSuspended(database, id, true);
    const when = await told(options, `/v1/operator/tenants/${id}/suspend`, 'its keys are refused within 5 seconds, its members within 30');
    print(options, { id, suspended: true }, `Tenant ${id} is suspended; ${when}`);
  },
  'tenants resume': async (database, options, id) => {
    if (id === undefined) throw new CommandError('Expected the id of the tenant: steamer tenants resume <id>');
    await setTenantSuspended(database, id, false);
    await told(options, `/v1/operator/tenants/${id}/resume`, '');
    print(options, { id, suspended: false }, `Tenant ${id} goes on.`);
  },
  'keys create': async (database, options) => {
    const { role, subject } = options;
    const owner = ownerOf(options);
    const what = { role, subject, name: checkedName(options.name ?? 'unnamed'), expiresInMs: expiryOf(options) };
    const issued = await createApiKey(database, { ...owner, ...what });
    if (options.json) return print(options, issued, '');
    const holder = owner.tenant === null ? 'an operator' : `tenant ${owner.tenant}`;
    // The key alone goes to standard output, so that `KEY=$(steamer keys create …)` works.
    const rights = [...owner.scopes, ...(role === undefined ? [] : [`role ${role}`]), ...(subject === undefined ? [] : [`as ${subject}`])];
    console.error(`Key ${issued.kid} of ${holder} (${rights.join(', ')}). It is shown this once; only its hash is stored.`);
    console.log(issued.token);
  },
  'keys list': async (database, options) => {
    const columns = [
      'kid',
      'tenant_id',
      'name',
      'scopes',
      'role',
      'subject',
      'last4',
      'state',
      'created_at_ms',
      'expires_at_ms',
      'last_used_at_ms',
    ];
    printRows(options, await listApiKeys(database, options.tenant ?? null), columns);
  },
  'keys revoke': async (database, options, kid) => {
    if (kid === undefined) throw new CommandError('Expected the id of the key, as keys list shows it: steamer keys revoke <kid>');
    const { name, isOperators } = await revokeApiKey(database, kid);
    const within = 'it is refused within 5 seconds';
    const when = isOperators ? `${within}.` : await told(options, `/v1/operator/keys/${kid}/revoke`, within);
    print(options, { kid, name }, `Key ${kid} (${name}) is revoked; ${when}`);
  },
  'sender-key create': async (_database, options) => {
    const key = await senderKey(process.env['SIGNING_KEYS']);
    print(options, { key }, key);
  },
  'access-token-keys rotate': async (_database, options) => {
    const keys = await rotatedKeys(options.url ?? null, Date.now());
    print(options, { keys }, keys);
  },
  'queue send': async (_database, options, queue, text) => {
    if (queue === undefined || text === undefined)
      throw new CommandError('Expected a queue and a message: steamer queue send <queue> <json>');
    const message = { queue: options.remote && options.env !== undefined ? `${queue}-${options.env}` : queue, body: messageBody(text) };
    await (options.remote ? sendToCloudflare(message) : sendToService(serviceOf(options), message));
    print(options, message, `Sent to ${message.queue}.`);
  },
  'queue dead': async (_database, options) => {
    const letters = await listDeadLetters(serviceOf(options));
    if (options.json) return print(options, letters, '');
    const rows = letters.map(({ body, createdAt, ...letter }) => ({
      ...letter,
      body: JSON.stringify(body),
      created_at_ms: Date.parse(createdAt),
    }));
    printRows(options, rows, ['id', 'queue', 'body', 'failure', 'attempts', 'created_at_ms']);
  },
  'queue replay': async (_database, options, id) => {
    if (id === undefined) throw new CommandError('Expected the id of a message, as queue dead shows it: steamer queue replay <id>');
    const queue = await replayDeadLetter(serviceOf(options), id);
    print(options, { id, queue }, `Sent to ${queue} again.`);
  },
  'workflows serve': async (_database, options) => {
    const { ended, ...access } = await serveWorkflows(options.folder);
    print(options, access, `STEAMER_URL=${access.url}\nSTEAMER_KEY=${access.key}`);
    await ended;
  },
  'workflows build': async (_database, options) => {
    const build = await buildWorkflows({
      projectFolder: process.cwd(),
      sourceFolders: options.from.split(','),
      outputFolder: options.out,
      runtime: 'steamer/workflows',
    });
    print(options, build, `${build.deploymentId}: ${build.workflows.length} workflows in ${options.out}: ${build.workflows.join(', ')}`);
  },
};

async function main(argv: readonly string[]): Promise<void> {
  const { values: options, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (options.help || positionals.length === 0) return console.log(USAGE);
  const words = Object.hasOwn(COMMANDS, positionals[0] ?? '') ? 1 : 2;
  const command = COMMANDS[positionals.slice(0, words).join(' ')];
  const rest = positionals.slice(words);
  if (command === undefined)
    throw new CommandError(`Unknown command "${positionals.join(' ')}"; expected ${Object.keys(COMMANDS).join(', ')}`);
  // What a command takes besides the database and the options.
  const taken = command.length - 2;
  const extra = rest.slice(taken);
  if (extra.length > 0) throw new CommandError(`Expected ${taken} arguments at most, got also "${extra.join(' ')}"`);
  if (options.local && options.remote) throw new CommandError('Expected --local or --remote, got both');
  const location = { isRemote: options.remote, environment: options.env ?? null, persistTo: options['persist-to'] };
  await command(accountsDatabase(location), options, ...rest);
}

const LOCAL_URL = 'http://127.0.0.1:8787';

function serviceOf({ url = LOCAL_URL }: Options): RunningService {
  return runningService(url);
}

/** Tells the service that runs of what ends. @param otherwise what comes to pass without. @returns when it does, as a sentence's end */
async function told({ url, remote }: Options, path: string, otherwise: string): Promise<string> {
  const reason = url === undefined && remote ? 'Expected --url, where it runs' : await tellService(url ?? LOCAL_URL, path);
  if (reason === null) return 'the service refuses it from now on, and has closed its sockets.';
  return `${otherwise}. Sockets that are open end with the next request after that, or within 15 minutes: the service could not be told at once.\n${reason}`;
}

function ownerOf({ operator, tenant, scopes }: Options): { tenant: string | null; scopes: string[] } {
  if (operator === (tenant !== undefined)) throw new CommandError('Expected either --tenant <id> or --operator');
  const named = scopes?.split(',').map((scope) => scope.trim());
  return operator
    ? { tenant: null, scopes: named ?? ['operator'] }
    : { tenant: tenant ?? null, scopes: named ?? ['models:read', 'models:write'] };
}

const UNIT_MS = { h: 3_600_000, d: 86_400_000 };
const MAX_NAME_LENGTH = 100;

function expiryOf(options: Options): number | null {
  const text = options['expires-in'];
  if (text === undefined) return null;
  const [, count, unit] = /^([1-9][0-9]{0,4})([hd])$/.exec(text) ?? [];
  if (count === undefined) throw new CommandError(`--expires-in: expected hours or days such as 12h or 90d, got ${JSON.stringify(text)}`);
  return Number(count) * UNIT_MS[unit === 'h' ? 'h' : 'd'];
}

function checkedName(name: string): string {
  if (name.length >= 1 && name.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(name)) return name;
  throw new CommandError(`--name: expected 1 to ${MAX_NAME_LENGTH} characters without control characters`);
}

function print(options: Options, value: object, text: string): void {
  console.log(options.json ? JSON.stringify(value) : text);
}

function printRows(options: Options, rows: readonly Row[], columns: readonly string[]): void {
  console.log(options.json ? JSON.stringify(rows) : formatTable(rows, columns));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isOurs =
    error instanceof CommandError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  console.error(isOurs ? error.message : error);
  process.exitCode = 1;
}

/** `npm start`: a local DynamoDB with the table, the accounts database, a tenant with a key, and the Worker. Its data is in .steamer/. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { accountsDatabase } from 'steamer/cli/accounts-database';
import { createApiKey } from 'steamer/cli/api-keys';
import { completeDevVars } from 'steamer/cli/dev-vars';
import { startLocalDynamoDb } from 'steamer/cli/local-dynamodb';
import { createTenant } from 'steamer/cli/tenants';
import { runWrangler, wranglerCommand } from 'steamer/cli/wrangler';
import { ensureTable, updateTable } from 'steamer/dynamo';
import { tableProfile } from '../.bao/models.ts';

const TABLE_NAME = '{{name}}';
const PERSIST_TO = '.steamer/wrangler';
const KEY_FILE = '.steamer/demo-key';
const { port } = parseArgs({ options: { port: { type: 'string', default: '8787' } } }).values;

completeDevVars('.dev.vars');
const dynamo = await startLocalDynamoDb({ dataDir: '.steamer/dynamodb' });
await prepareTable();
await prepareAccounts();
console.log(`
The console: http://localhost:${port}/console (make an account there; its mail goes to http://localhost:${port}/outbox)

curl -H "Authorization: Bearer $(cat ${KEY_FILE})" -H 'Content-Type: application/json' \\
  -d '{"name":"Ada","email":"ada@example.com"}' http://127.0.0.1:${port}/v1/demo/customers
curl -H "Authorization: Bearer $(cat ${KEY_FILE})" 'http://127.0.0.1:${port}/v1/demo/customers?index=allCustomers'
`);
const flags = ['--ip', '127.0.0.1', '--port', port, '--persist-to', PERSIST_TO];
const variables = ['--var', `DYNAMODB_ENDPOINT:${dynamo.endpoint}`, '--var', `PUBLIC_URL:http://localhost:${port}`];
const { command, args, env } = wranglerCommand(['dev', ...flags, ...variables]);
spawn(command, args, { env, stdio: 'inherit' }).once('exit', (code) => process.exit(code ?? 0));

async function prepareTable(): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = { region: 'us-east-1', endpoint: dynamo.endpoint, credentials };
  const { created } = await ensureTable(client, TABLE_NAME, tableProfile.indexes);
  if (!created) await updateTable(client, TABLE_NAME, tableProfile.indexes);
}

async function prepareAccounts(): Promise<void> {
  const { exitCode, stdout, stderr } = await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', PERSIST_TO]);
  if (exitCode !== 0) throw new Error(`The accounts database could not be migrated:\n${stdout}${stderr}`);
  if (existsSync(KEY_FILE) && readFileSync(KEY_FILE, 'utf8') !== '') return;
  const database = accountsDatabase({ isRemote: false, environment: null, persistTo: PERSIST_TO });
  await createTenant(database, 'demo', 'Demo');
  const { token } = await createApiKey(database, {
    tenant: 'demo',
    scopes: ['models:read', 'models:write', 'streams:read', 'streams:write', 'files:read', 'files:write'],
    name: 'npm start',
    expiresInMs: null,
  });
  writeFileSync(KEY_FILE, `${token}\n`, { mode: 0o600 });
}

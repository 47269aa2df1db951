/** What the tests share: a local DynamoDB with the table, and the tenant that they call as. */
import { type D1Migration, readD1Migrations } from '@cloudflare/vitest-plugin';
import { apiKeyStatement } from 'steamer/cli/api-keys';
import { startLocalDynamoDb } from 'steamer/cli/local-dynamodb';
import { tenantStatement } from 'steamer/cli/tenants';
import { ensureTable } from 'steamer/dynamo';
import type { TestProject } from 'vitest/node';
import { tableProfile } from '../.bao/models.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbEndpoint: string;
    /** of the accounts database */
    migrations: D1Migration[];
    /** the key of the tenant `acme`, and the SQL that makes both */
    acme: { key: string; statements: string[] };
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const dynamo = await startLocalDynamoDb();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  await ensureTable({ region: 'us-east-1', endpoint: dynamo.endpoint, credentials }, '{{name}}', tableProfile.indexes);
  const key = await apiKeyStatement({ tenant: 'acme', scopes: ['models:read', 'models:write'], name: 'tests', expiresInMs: null });
  provide('dynamodbEndpoint', dynamo.endpoint);
  provide('migrations', await readD1Migrations('node_modules/steamer/migrations/accounts'));
  provide('acme', { key: key.token, statements: [tenantStatement('acme', 'Acme'), key.statement] });
  return () => dynamo.stop();
}

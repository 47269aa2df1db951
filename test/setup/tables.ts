/** A table of its own for each test file: they share one local DynamoDB and run at the same time. Works in Node and in workerd. */
import { ensureTable } from '../../src/dynamo/create-table.ts';
import { DynamoClient, type DynamoClientOptions } from '../../src/dynamo/dynamo-client.ts';

/** The options of a client for the local DynamoDB: it takes any region and any credentials. */
export function localClientOptions(endpoint: string): DynamoClientOptions {
  return { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

/** Creates a table in Steamer's layout under a name that no other test uses, and returns the name. */
export async function createTestTable(endpoint: string): Promise<string> {
  const tableName = `test-${crypto.randomUUID()}`;
  await ensureTable(localClientOptions(endpoint), tableName);
  return tableName;
}

/** Removes a table that `createTestTable` has made. */
export async function deleteTestTable(endpoint: string, tableName: string): Promise<void> {
  const answer = await new DynamoClient(localClientOptions(endpoint)).send('DeleteTable', { TableName: tableName });
  if (!answer.ok) throw new Error(answer.error.message);
}

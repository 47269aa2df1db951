/** Opens a `DynamoClient` on a table of its own for the contract suite; used in Node and in workerd. */
import { inject } from 'vitest';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import type { OpenStore } from '../contract/item-store.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

/** A client straight to the local DynamoDB. */
export async function openDynamoClient(): Promise<OpenStore> {
  const endpoint = inject('dynamodbEndpoint');
  const tableName = await createTestTable(endpoint);
  return {
    store: new DynamoClient(localClientOptions(endpoint)),
    tableName,
    close: () => deleteTestTable(endpoint, tableName),
  };
}

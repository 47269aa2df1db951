/** What the tests of the model layer share: a table of their own on the local DynamoDB, and stores over it. */
import { inject } from 'vitest';
import { DynamoClient } from '../../src/dynamo/index.ts';
import type { AttributeMap, ItemStore, OperationContext, OperationInput, OperationName, OperationResult } from '../../src/dynamo/index.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

/** One request as the store was given it. */
export interface Recorded {
  operation: OperationName;
  input: OperationInput<OperationName>;
  context: OperationContext | undefined;
}

/** A store that passes every operation to the local DynamoDB and remembers it. */
export class RecordingStore implements ItemStore {
  readonly requests: Recorded[] = [];
  readonly #client: ItemStore;

  constructor(client: ItemStore) {
    this.#client = client;
  }

  execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context?: OperationContext): Promise<OperationResult<Op>> {
    this.requests.push({ operation, input, context });
    return this.#client.execute(operation, input, context);
  }

  /** The operations since the last call, and forgets them. */
  takeOperations(): OperationName[] {
    return this.requests.splice(0).map(({ operation }) => operation);
  }
}

/** A table of this test file and what reaches it. */
export interface TestTable {
  tableName: string;
  client: DynamoClient;
  store: RecordingStore;
  /** a row as it is stored, or null */
  row(pk: string, sk: string): Promise<AttributeMap | null>;
  /** writes a row past the model layer */
  putRow(row: AttributeMap): Promise<void>;
  /** every row of the table */
  rows(): Promise<AttributeMap[]>;
  drop(): Promise<void>;
}

/** Makes the table. */
export async function openTestTable(): Promise<TestTable> {
  const endpoint = inject('dynamodbEndpoint');
  const tableName = await createTestTable(endpoint);
  const client = new DynamoClient(localClientOptions(endpoint));
  const must = async <Op extends OperationName>(operation: Op, input: OperationInput<Op>) => {
    const result = await client.execute(operation, input);
    if (!result.ok) throw new Error(`${operation}: ${result.error.message}`);
    return result.output;
  };
  return {
    tableName,
    client,
    store: new RecordingStore(client),
    row: async (pk, sk) =>
      (await must('GetItem', { TableName: tableName, Key: { _pk: { S: pk }, _sk: { S: sk } }, ConsistentRead: true })).Item ?? null,
    putRow: async (row) => void (await must('PutItem', { TableName: tableName, Item: row })),
    rows: async () => (await must('Scan', { TableName: tableName, ConsistentRead: true })).Items ?? [],
    drop: () => deleteTestTable(endpoint, tableName),
  };
}

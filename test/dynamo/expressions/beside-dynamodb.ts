/** One table of a real DynamoDB, and the engine over the same rows. */
import { afterAll, beforeAll, inject } from 'vitest';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import { parseQuery, type QueriedRows } from '../../../src/dynamo/expressions/parse-query.ts';
import { answerQuery } from '../../../src/dynamo/expressions/query-page.ts';
import type { AttributeMap, QueryInput, QueryOutput } from '../../../src/dynamo/types.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../../setup/tables.ts';

const tableKey = { partitionKey: '_pk', sortKey: '_sk' };

/** The rows of the layout's table and of two of its indexes. */
export const TABLE: QueriedRows = { key: tableKey, tableKey, projection: null };
export const GSI1: QueriedRows = { key: { partitionKey: '_gsi1_pk', sortKey: '_gsi1_sk' }, tableKey, projection: 'ALL' };
export const ITERATION: QueriedRows = { key: { partitionKey: '_iter_pk', sortKey: '_iter_sk' }, tableKey, projection: 'KEYS_ONLY' };

/** What the engine answers of a table of these rows; null when it cannot say. */
export function answerOf(input: QueryInput, kind: QueriedRows, rows: readonly AttributeMap[]): QueryOutput | null {
  const query = parseQuery(input, kind);
  const current = rows.map((row) => ({ key: row, row }));
  return query && answerQuery(query, { rows: [], lastKey: undefined }, current);
}

export class BesideDynamoDb {
  readonly #endpoint = inject('dynamodbEndpoint');
  readonly #client = new DynamoClient(localClientOptions(this.#endpoint));
  tableName = '';

  constructor() {
    beforeAll(async () => void (this.tableName = await createTestTable(this.#endpoint)));
    afterAll(() => deleteTestTable(this.#endpoint, this.tableName));
  }

  /** Puts items into a partition of their own, and gives them back as DynamoDB does: sets in its own order. */
  async putPartition(partition: string, items: readonly AttributeMap[]): Promise<readonly AttributeMap[]> {
    await this.put(items.map((item, at) => ({ ...item, _pk: { S: partition }, _sk: { S: `r${String(at).padStart(3, '0')}` } })));
    return (await this.query(this.partitionQuery(partition, { ConsistentRead: true })))?.Items ?? [];
  }

  async put(rows: readonly AttributeMap[]): Promise<void> {
    for (let at = 0; at < rows.length; at += 25) {
      const RequestItems = { [this.tableName]: rows.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } })) };
      const result = await this.#client.execute('BatchWriteItem', { RequestItems });
      if (!result.ok) throw new Error(result.error.message);
    }
  }

  /** DynamoDB's answer; null when it refuses. */
  async query(input: QueryInput): Promise<QueryOutput | null> {
    const result = await this.#client.execute('Query', input);
    if (!result.ok && result.error.code !== 'invalid_request') throw new Error(result.error.message);
    return result.ok ? result.output : null;
  }

  partitionQuery(partition: string, more: Partial<QueryInput>): QueryInput {
    return {
      TableName: this.tableName,
      KeyConditionExpression: '#pk = :pk',
      ...more,
      ExpressionAttributeNames: { '#pk': '_pk', ...more.ExpressionAttributeNames },
      ExpressionAttributeValues: { ':pk': { S: partition }, ...more.ExpressionAttributeValues },
    };
  }
}

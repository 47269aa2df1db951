/** The rows that a tenant has in the table, for its erasure. */
import type { AttributeMap, DynamoClient, KeyAttributes } from '../dynamo/index.ts';
import { ServiceError } from '../lib/errors.ts';
import type { EraseStep } from '../wire/erasure.ts';

const DELETE_MAX_ROWS = 25;
const AGAIN_AFTER_MS = 5_000;

/** Where the rows are. */
export interface ErasedTable {
  client: Pick<DynamoClient, 'execute'>;
  tableName: string;
  key: KeyAttributes;
}

/**
 * Reads the whole table, a page at a time, and deletes the rows whose partition begins with the tenant: those of models that there are no longer, and of unique
 * values, too. No index has them all. Rows of partitions that tenants share (`modelPrefix` in the legacy encoding) say no tenant, and stay.
 */
export function eraseRows({ client, tableName, key }: ErasedTable): EraseStep {
  const names = { '#pk': key.partitionKey, '#sk': key.sortKey };
  return {
    name: 'rows',
    async erase(tenant, position) {
      const start = position === null ? {} : { ExclusiveStartKey: JSON.parse(position) as AttributeMap }; // written below
      const page = await client.execute('Scan', {
        TableName: tableName,
        ConsistentRead: true,
        ProjectionExpression: '#pk, #sk',
        FilterExpression: 'begins_with(#pk, :tenant)',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':tenant': { S: `[${tenant}]#` } },
        ...start,
      });
      if (!page.ok) throw failed(page.error.message);
      const keys = page.output.Items ?? [];
      for (let at = 0; at < keys.length; at += DELETE_MAX_ROWS) await remove(keys.slice(at, at + DELETE_MAX_ROWS));
      const last = page.output.LastEvaluatedKey;
      return { removed: keys.length, next: last === undefined ? null : JSON.stringify(last) };
    },
  };

  async function remove(keys: readonly AttributeMap[]): Promise<void> {
    const requests = keys.map((Key) => ({ DeleteRequest: { Key } }));
    const written = await client.execute('BatchWriteItem', { RequestItems: { [tableName]: requests } });
    if (!written.ok) throw failed(written.error.message);
    if (Object.keys(written.output.UnprocessedItems ?? {}).length > 0) throw failed('some rows were not deleted');
  }
}

function failed(message: string): ServiceError {
  return new ServiceError('unavailable', `The rows of a tenant could not be removed: ${message}`, { retryAfterMs: AGAIN_AFTER_MS });
}

/** DynamoDB in this process: answers that are ready, so that what is measured is the library alone. */
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { USER_ID_PATTERN, userId } from './users.ts';

const PAGE = 100;
const BATCH = 'BatchGetItem';

/** DynamoDB's answer to an operation, as text. The body of the request is asked for only where the answer depends on it. */
export type Answer = (operation: string, body: () => string) => string;

/**
 * Makes the answers for a library. For a batch the ids in the request are found once: the answer is kept for the next one with the same text.
 *
 * @param rowOf the row of the user with an id
 */
export function makeAnswers(tableName: string, rowOf: (id: string) => AttributeMap): Answer {
  const row = rowOf(userId(0));
  const page = Array.from({ length: PAGE }, (_, number) => rowOf(userId(number)));
  const ready = new Map(
    Object.entries({
      GetItem: { Item: row, ConsumedCapacity: { TableName: tableName, CapacityUnits: 0.5 } },
      Query: { Items: page, Count: PAGE, ScannedCount: PAGE, ConsumedCapacity: { TableName: tableName, CapacityUnits: 9 } },
      PutItem: { ConsumedCapacity: { TableName: tableName, CapacityUnits: 1 } },
      UpdateItem: { Attributes: row, ConsumedCapacity: { TableName: tableName, CapacityUnits: 1 } },
      TransactWriteItems: {},
    }).map(([operation, answer]) => [operation, JSON.stringify(answer)]),
  );
  const batches = new Map<string, string>();
  const batchOf = (request: string) => {
    const rows = [...new Set(request.match(USER_ID_PATTERN))].map((id) => rowOf(id.toUpperCase()));
    const batch = JSON.stringify({ Responses: { [tableName]: rows }, UnprocessedKeys: {}, ConsumedCapacity: [] });
    batches.set(request, batch);
    return batch;
  };
  return (operation, body) => {
    const answer = ready.get(operation);
    if (answer !== undefined) return answer;
    if (operation !== BATCH) throw new Error(`no answer for ${operation}`);
    const request = body();
    return batches.get(request) ?? batchOf(request);
  };
}

/** A `fetch` that answers from this process. */
export function answeringFetch(answer: Answer): typeof fetch {
  return async (input, init) => {
    const target = input instanceof Request ? input.headers.get('x-amz-target') : targetOf(init?.headers);
    const operation = target?.split('.')[1] ?? '';
    const body = operation === BATCH && input instanceof Request ? await input.text() : init?.body;
    return new Response(answer(operation, () => (typeof body === 'string' ? body : '')));
  };
}

function targetOf(headers: RequestInit['headers']): string | null {
  return headers instanceof Headers
    ? headers.get('x-amz-target')
    : ((headers as Record<string, string> | undefined)?.['x-amz-target'] ?? null); // no library sends pairs
}

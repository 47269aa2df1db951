/** A batch read that shows all of a transaction or nothing of it: BatchGetItem in the words of TransactGetItems. */
import type { StoreError } from './item-store.ts';
import { batchKeys } from './operations.ts';
import type { Outcome } from './request-sender.ts';
import type { BatchGetItemInput, BatchGetItemOutput, TransactGetItemsInput, TransactGetItemsOutput } from './types.ts';

/**
 * Reads the keys of a batch in one transaction; costs twice the read units and takes at most 4 MB.
 *
 * @returns the output of the batch; on failure no key was read, and the error's `keys` are all of them
 */
export async function atomicBatchGet(
  send: (operation: 'TransactGetItems', input: TransactGetItemsInput) => Promise<Outcome>,
  { RequestItems }: BatchGetItemInput,
): Promise<{ ok: true; output: BatchGetItemOutput } | { ok: false; error: StoreError }> {
  const answer = await send('TransactGetItems', toTransactGet(RequestItems));
  if (!answer.ok) return { ok: false, error: { ...answer.error, keys: batchKeys(RequestItems) } };
  const { Responses } = answer.output as TransactGetItemsOutput; // of the operation that was sent
  return { ok: true, output: { Responses: responsesByTable(RequestItems, Responses) } };
}

function toTransactGet(tables: BatchGetItemInput['RequestItems']): TransactGetItemsInput {
  const TransactItems = Object.entries(tables).flatMap(([TableName, { Keys, ConsistentRead: _implied, ...projection }]) =>
    Keys.map((Key) => ({ Get: { TableName, Key, ...projection } })),
  );
  return { TransactItems };
}

/** The items found, in the order of the keys; a transaction answers every key, with nothing for what is missing. */
function responsesByTable(
  tables: BatchGetItemInput['RequestItems'],
  answers: TransactGetItemsOutput['Responses'],
): BatchGetItemOutput['Responses'] {
  const responses: BatchGetItemOutput['Responses'] = {};
  let next = 0;
  for (const [table, { Keys }] of Object.entries(tables)) {
    const ofTable = answers.slice(next, next + Keys.length);
    next += Keys.length;
    responses[table] = ofTable.flatMap(({ Item }) => (Item === undefined ? [] : [Item]));
  }
  return responses;
}

/**
 * A plain write that may be sent again: as a transaction of one item, since only transactions carry a token. DynamoDB charges twice the write units for
 * it (Developer Guide, "Capacity management for transactions"), and a strong read for each row the caller wants back, as transactions return none.
 */
import type { StoreError } from './item-store.ts';
import type { OperationRequest } from './operations.ts';
import type { Outcome } from './request-sender.ts';
import type { AttributeMap, GetItemOutput, OperationName, TransactWriteAction, UpdateItemInput } from './types.ts';

/** A write of one row. */
export type PlainWrite = Extract<OperationRequest, { operation: 'PutItem' | 'UpdateItem' | 'DeleteItem' }>;

type Send = (operation: OperationName, input: object) => Promise<Outcome>;

/**
 * Sends a write with a token.
 *
 * The row before or after it, where `ReturnValues` asks for that, is read right before or after: another writer may have come between. After a
 * repetition, it is the row of today.
 *
 * @param token at most 36 characters
 * @returns the write's own output, and its own errors
 */
export async function certainWrite(send: Send, write: PlainWrite, token: string): Promise<Outcome> {
  const action = actionOf(write);
  if (action === null) return send(write.operation, write.input);
  const { ReturnValues = 'NONE' } = write.input;
  const row = rowOf(write);
  if (ReturnValues !== 'NONE' && (row === null || (ReturnValues !== 'ALL_OLD' && ReturnValues !== 'ALL_NEW')))
    return { ok: false, error: notWithToken(write.operation, ReturnValues) };
  const before = row !== null && ReturnValues === 'ALL_OLD' ? await send('GetItem', row) : null;
  if (before?.ok === false) return before;
  const written = await send('TransactWriteItems', { TransactItems: [action], ClientRequestToken: token });
  if (!written.ok) return { ok: false, error: ownError(written.error) };
  const after = row !== null && ReturnValues === 'ALL_NEW' ? await send('GetItem', row) : null;
  // It is applied; but the caller asked for more than that, and gets it by sending the same again.
  if (after?.ok === false) return { ok: false, error: { ...after.error, code: 'outcome_unknown' } };
  const Attributes = itemOf(before) ?? itemOf(after);
  return { ok: true, output: Attributes === undefined ? {} : { Attributes } };
}

/** Null for an update that changes nothing: a transaction has no such action, and it may be repeated as it is. */
function actionOf({ operation, input }: PlainWrite): TransactWriteAction | null {
  const { ReturnValues: _ofPlainWritesOnly, ...request } = input;
  switch (operation) {
    case 'PutItem':
      return { Put: { ...request, Item: input.Item } };
    case 'DeleteItem':
      return { Delete: { ...request, Key: input.Key } };
    case 'UpdateItem':
      return updateAction(input);
  }
}

function updateAction({ ReturnValues: _ofPlainWritesOnly, UpdateExpression, ...request }: UpdateItemInput): TransactWriteAction | null {
  return UpdateExpression === undefined ? null : { Update: { ...request, UpdateExpression } };
}

/** How to read the row; null for a put, whose item does not say which of its attributes are the key. */
function rowOf({ operation, input }: PlainWrite): object | null {
  return operation === 'PutItem' ? null : { TableName: input.TableName, Key: input.Key, ConsistentRead: true };
}

function itemOf(read: Outcome | null): AttributeMap | undefined {
  return read?.ok === true ? (read.output as GetItemOutput).Item : undefined; // of the operation that was sent
}

/** What a transaction says of its one action, in the words of the plain write. */
function ownError(error: StoreError): StoreError {
  const { reasons: [reason] = [], ...own } = error;
  if (error.code !== 'transaction_cancelled' || reason === undefined) return error;
  if (reason.Code === 'ConditionalCheckFailed')
    return { ...own, code: 'condition_failed', ...(reason.Item === undefined ? {} : { item: reason.Item }) };
  return { ...own, code: 'invalid_request', message: `${error.message} ${reason.Code}: ${reason.Message ?? 'no message'}` };
}

function notWithToken(operation: OperationName, returnValues: string): StoreError {
  const expected = operation === 'PutItem' ? 'NONE' : 'NONE, ALL_OLD or ALL_NEW';
  return { code: 'invalid_request', message: `${operation} with a token: expected ReturnValues of ${expected}, got ${returnValues}` };
}

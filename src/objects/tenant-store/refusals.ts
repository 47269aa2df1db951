/** What the object refuses itself, without asking DynamoDB. */
import type { StoreError } from '../../dynamo/item-store.ts';
import { noCost } from './cost.ts';
import { failureReply } from './replies.ts';

export const FOREIGN_KEY: StoreError = { code: 'access_denied', message: "the key carries another tenant's prefix" };
export const WRONG_OBJECT: StoreError = { code: 'access_denied', message: 'the call is for another tenant than the object' };
export const ERASED: StoreError = { code: 'access_denied', message: 'the tenant is erased' };
export const NOT_OF_SHARD: StoreError = { code: 'access_denied', message: 'the key is of another shard of the tenant' };
export const ARN_REFUSED: StoreError = {
  code: 'invalid_request',
  message: 'TableName: expected the name of a table, 3 to 255 characters; an ARN would be a second name for its rows',
};
export const NOT_A_QUERY: StoreError = { code: 'invalid_request', message: 'Query: expected a KeyConditionExpression' };
export const TOO_MANY_WRITES: StoreError = {
  code: 'throttled',
  message: 'more writes are under way or in doubt than the object keeps account of',
  retryAfterMs: 1_000,
};

/** A failed reply that cost nothing. */
export function refusal(error: StoreError): string {
  return failureReply(error, 'bypass', noCost());
}

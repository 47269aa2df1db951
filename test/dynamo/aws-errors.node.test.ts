import { describe, expect, test } from 'vitest';
import { readRefusal } from '../../src/dynamo/aws-errors.ts';

const body = (name: string, fields: object = {}) =>
  JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'why', ...fields });

describe('readRefusal', () => {
  test.for([
    ['ConditionalCheckFailedException', 'condition_failed', null],
    ['TransactionConflictException', 'transaction_conflict', 'conflict'],
    ['TransactionInProgressException', 'transaction_conflict', 'conflict'],
    ['IdempotentParameterMismatchException', 'idempotency_mismatch', null],
    ['ProvisionedThroughputExceededException', 'throttled', 'throttled'],
    ['RequestLimitExceeded', 'throttled', 'throttled'],
    ['ThrottlingException', 'throttled', 'throttled'],
    ['Throttling', 'throttled', 'throttled'],
    ['InternalServerError', 'unavailable', 'server'],
    ['ResourceNotFoundException', 'table_not_found', null],
    ['ExpiredTokenException', 'access_denied', null],
    ['ValidationException', 'invalid_request', null],
    ['SomethingNewException', 'invalid_request', null],
  ] as const)('reads %s as %s', ([name, code, transient]) => {
    const refusal = readRefusal('GetItem', name === 'InternalServerError' ? 500 : 400, body(name));
    expect(refusal).toMatchObject({ error: { code, awsName: name, message: `GetItem: ${name}: why` }, transient });
  });

  test.for([
    [500, 'unavailable', 'server'],
    [502, 'unavailable', 'server'],
    [302, 'unavailable', 'server'],
    [429, 'throttled', 'throttled'],
    [413, 'invalid_request', null],
  ] as const)('goes by the status %i when there is no name it knows', ([status, code, transient]) => {
    expect(readRefusal('GetItem', status, '<html>')).toMatchObject({ error: { code, awsName: `HTTP ${status}` }, transient });
    expect(readRefusal('GetItem', status, 'null').error.code).toBe(code);
    expect(readRefusal('GetItem', status, '{"__type":7}').error.code).toBe(code);
    expect(readRefusal('GetItem', status, '{"__type":"toString"}').error.code).toBe(code);
  });

  test('finds the name in every form AWS sends it', () => {
    for (const type of [
      'ThrottlingException',
      'com.amazon.coral.availability#ThrottlingException',
      'ThrottlingException:http://internal.amazon.com/',
    ]) {
      expect(readRefusal('GetItem', 400, JSON.stringify({ __type: type, Message: 'why' })).error).toMatchObject({
        code: 'throttled',
        awsName: 'ThrottlingException',
      });
    }
  });

  test.each([
    ['Item size has exceeded the maximum allowed size', 'item_too_large'],
    ['Item size to update has exceeded the maximum allowed size', 'item_too_large'],
    ['Transaction payload size cannot exceed 4MB. Payload Size: 4290111', 'transaction_too_large'],
    ['the aggregate size of the items in the transaction exceeded 4 MB', 'transaction_too_large'],
    ['Payload in response is too large.4290155', 'transaction_too_large'],
    ['The provided key element does not match the schema', 'invalid_request'],
  ])('reads what is too large out of the words: %s', (message, code) => {
    expect(readRefusal('TransactGetItems', 400, JSON.stringify({ __type: 'ValidationException', message })).error.code).toBe(code);
    const CancellationReasons = [{ Code: 'None' }, { Code: 'ValidationError', Message: message }];
    const cancelled = readRefusal('TransactWriteItems', 400, body('TransactionCanceledException', { CancellationReasons }));
    expect([cancelled.error.code, cancelled.transient]).toEqual([code === 'invalid_request' ? 'transaction_cancelled' : code, null]);
  });

  test('tells when a retry may succeed only where one may', () => {
    expect(readRefusal('GetItem', 400, body('ThrottlingException')).error.retryAfterMs).toBe(1_000);
    expect(readRefusal('GetItem', 400, body('ValidationException')).error.retryAfterMs).toBeUndefined();
  });

  test('gives the row of a failed condition', () => {
    const Item = { _pk: { S: 'a' } };
    expect(readRefusal('PutItem', 400, body('ConditionalCheckFailedException', { Item })).error.item).toEqual(Item);
  });

  test.for([
    [['ConditionalCheckFailed', 'None'], 'transaction_cancelled', null],
    [['ConditionalCheckFailed', 'TransactionConflict'], 'transaction_cancelled', null],
    [['ValidationError'], 'transaction_cancelled', null],
    [[], 'transaction_cancelled', null],
    [['TransactionConflict', 'None'], 'transaction_conflict', 'conflict'],
    [['ThrottlingError', 'TransactionConflict'], 'throttled', 'throttled'],
    [['None', 'ProvisionedThroughputExceeded'], 'throttled', 'throttled'],
  ] as const)('reads a transaction cancelled for %j as %s', ([codes, code, transient]) => {
    const CancellationReasons = codes.map((Code) => ({ Code }));
    const refusal = readRefusal('TransactWriteItems', 400, body('TransactionCanceledException', { CancellationReasons }));
    expect(refusal).toMatchObject({ error: { code, reasons: CancellationReasons }, transient });
  });
});

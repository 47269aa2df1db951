import { expect, test } from 'vitest';
import { isOperation, isRead } from '../../src/dynamo/operation-kinds.ts';
import type { OperationName } from '../../src/dynamo/types.ts';

const READS: Record<OperationName, boolean> = {
  GetItem: true,
  BatchGetItem: true,
  TransactGetItems: true,
  Query: true,
  Scan: true,
  PutItem: false,
  UpdateItem: false,
  DeleteItem: false,
  BatchWriteItem: false,
  TransactWriteItems: false,
};

test('every operation is known to read or to write, and nothing else is one', () => {
  for (const [name, reads] of Object.entries(READS)) expect([name, isOperation(name), isRead(name)]).toEqual([name, true, reads]);
  for (const name of ['', 'GetItems', 'toString', 'ClaimIdempotencyKey']) expect([isOperation(name), isRead(name)]).toEqual([false, false]);
});

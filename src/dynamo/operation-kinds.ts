/** Which operations read: those may be sent twice, and change nothing. */
import type { OperationName } from './types.ts';

const IS_READ: Readonly<Record<OperationName, boolean>> = {
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

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(IS_READ, name);
}

export function isRead(name: string): boolean {
  return isOperation(name) && IS_READ[name];
}

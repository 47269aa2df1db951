/** Which operations read: those may be sent twice, and change nothing. */
import type { OperationName } from './types.ts';

const READ = /^(?:GetItem|BatchGetItem|TransactGetItems|Query|Scan)$/;
const WRITE = /^(?:PutItem|UpdateItem|DeleteItem|BatchWriteItem|TransactWriteItems)$/;

export function isOperation(name: string): name is OperationName {
  return isRead(name) || WRITE.test(name);
}

export function isRead(name: string): boolean {
  return READ.test(name);
}

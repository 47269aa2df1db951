/** Says a caller's wish for freshness in DynamoDB's own words. */
import type { ReadConsistency } from './item-store.ts';
import type { OperationRequest } from './operations.ts';
import type { BatchGetItemInput } from './types.ts';

/**
 * The request with ConsistentRead set where `read` needs it. `session` is read strongly: DynamoDB knows no version tokens, and a
 * strong read sees at least what any token names. An input that already asks for a consistent read is never weakened.
 * A secondary index has eventual reads only, so a query or scan of one stays as it is; transactions always read consistently.
 */
export function withConsistency(request: OperationRequest, read: ReadConsistency | undefined): OperationRequest {
  if (read !== 'strong' && read !== 'session') return request;
  switch (request.operation) {
    case 'BatchGetItem':
      return { ...request, input: { RequestItems: consistentTables(request.input.RequestItems) } };
    case 'GetItem':
    case 'Query':
    case 'Scan':
      if ('IndexName' in request.input && request.input.IndexName !== undefined) return request;
      return { ...request, input: { ...request.input, ConsistentRead: true } } as OperationRequest; // the same operation
    default:
      return request;
  }
}

function consistentTables(tables: BatchGetItemInput['RequestItems']): BatchGetItemInput['RequestItems'] {
  return Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, { ...table, ConsistentRead: true }]));
}

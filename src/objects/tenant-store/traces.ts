/** Whose traces a request to DynamoDB is part of: a child of the first, and linked to the others that it is for, too. */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { Share } from './request-scheduler.ts';

/** What DynamoDB's client is told of them; nothing where no trace is recorded. */
export function tracesOf(shares: readonly Share[]): Pick<OperationContext, 'trace' | 'links'> {
  const [trace, ...links] = new Set(shares.flatMap((share) => share.trace ?? []));
  return { ...(trace === undefined ? {} : { trace }), ...(links.length === 0 ? {} : { links }) };
}

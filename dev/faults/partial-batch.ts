/** Makes DynamoDB do only a part of a batch, as it may when it is throttled or the answer grows too large. */

/** The entries of a batch by table: write requests, or keys with how to read them. */
type RequestItems = Record<string, unknown[] | { Keys: unknown[] }>;

/**
 * Cuts the JSON body of a BatchGetItem or BatchWriteItem after its first `done` entries.
 *
 * @returns the body with those alone (null when there are none), and the entries that are left
 */
export function splitBatch(operation: string, text: string, done: number): { passedOn: string | null; rest: RequestItems } {
  if (operation !== 'BatchGetItem' && operation !== 'BatchWriteItem')
    throw new TypeError(`${operation} has no entries to leave unprocessed`);
  const input = JSON.parse(text) as { RequestItems: RequestItems }; // the shape of both operations
  const first: RequestItems = {};
  const rest: RequestItems = {};
  let left = done;
  for (const [table, entries] of Object.entries(input.RequestItems)) {
    const list = Array.isArray(entries) ? entries : entries.Keys;
    const only = (part: unknown[]) => (Array.isArray(entries) ? part : { ...entries, Keys: part });
    if (left > 0) first[table] = only(list.slice(0, left));
    if (list.length > left) rest[table] = only(list.slice(left));
    left = Math.max(0, left - list.length);
  }
  const passedOn = Object.keys(first).length === 0 ? null : JSON.stringify({ ...input, RequestItems: first });
  return { passedOn, rest };
}

/** The JSON answer with the entries that were left out as unprocessed. */
export function withUnprocessed(operation: string, answer: string, rest: RequestItems): string {
  const output = JSON.parse(answer) as Record<string, unknown>; // an answer of DynamoDB is an object
  if (operation === 'BatchWriteItem') return JSON.stringify({ ...output, UnprocessedItems: rest });
  return JSON.stringify({ Responses: {}, ...output, UnprocessedKeys: rest });
}

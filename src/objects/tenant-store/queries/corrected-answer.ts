/** Makes right what DynamoDB answered to a query: every row that it may be wrong about is looked up. */
import { heldBy } from '../../../dynamo/expressions/parse-query.ts';
import { answerQuery, isOnPage, type CurrentRow } from '../../../dynamo/expressions/query-page.ts';
import type { StoreError } from '../../../dynamo/item-store.ts';
import type { AttributeMap, QueryOutput } from '../../../dynamo/types.ts';
import type { LoadOutcome } from '../batch-loader.ts';
import type { Reader } from '../flight.ts';
import type { ItemKey } from '../item-key.ts';
import type { KnownQuery } from './known-query.ts';
import type { QueryFlight } from './query-flight.ts';
import type { UnsettledRow } from './unsettled-rows.ts';

/** Looks up a row as a strong GetItem does: from memory, or from DynamoDB. */
export type LookUp = (wanted: Pick<Reader, 'key' | 'deadlineAtMs' | 'share' | 'cost'>) => Promise<LoadOutcome>;

/** A row that DynamoDB may be wrong about. */
export type WrongRow = Pick<UnsettledRow, 'key' | 'after' | 'running'>;

/** `error` null: the engine cannot tell, DynamoDB is to be asked as it is. */
export type CorrectedAnswer = { output: QueryOutput } | { error: StoreError | null };

/**
 * The answer to a flight's query.
 *
 * @param output what DynamoDB answered to the wide query
 */
export async function correctedAnswer(
  { query, touched }: Pick<QueryFlight, 'query'> & { touched: ReadonlyMap<string, WrongRow> },
  output: QueryOutput,
  lookUp: (key: ItemKey) => Promise<LoadOutcome>,
): Promise<CorrectedAnswer> {
  const { Items: rows = [], LastEvaluatedKey: lastKey } = output;
  if (!areAsProfileSays(query, rows)) return { error: null };
  const names = new Set(rows.map((row) => rowName(query, row)));
  const wrong = [...touched.values()].filter((row) => names.has(rowName(query, row.key.attributes)) || mayAppear(query, row, lastKey));
  const outcomes = await Promise.all(wrong.map(async ({ key }) => ({ key, outcome: await lookUp(key) })));
  const current: CurrentRow[] = [];
  for (const { key, outcome } of outcomes) {
    if (!outcome.ok) return { error: outcome.error };
    const row = outcome.text === null ? null : (JSON.parse(outcome.text) as AttributeMap); // written from an item
    current.push({ key: key.attributes, row });
  }
  const answer = answerQuery(query.parsed, { rows, lastKey }, current);
  return answer === null ? { error: null } : { output: answer };
}

/** Whether a row that was not fetched may belong on the page. */
function mayAppear({ parsed, place }: KnownQuery, { after, running }: WrongRow, lastKey: AttributeMap | undefined): boolean {
  const position = after.get(place.collection);
  if (position === undefined || running > 0) return true;
  if (position === null || position.partition !== place.partition) return false;
  const { partitionKey, sortKey } = parsed.rows.key;
  return isOnPage(parsed, { [partitionKey]: { S: position.partition }, [sortKey]: { S: position.sort } }, lastKey);
}

/** An index that holds more than its profile says would get rows that lack it. */
function areAsProfileSays({ parsed }: KnownQuery, rows: readonly AttributeMap[]): boolean {
  const held = heldBy(parsed.rows);
  return held === null || rows.every((row) => Object.keys(row).every((name) => held.has(name)));
}

function rowName({ parsed }: KnownQuery, row: AttributeMap): string {
  const { partitionKey, sortKey } = parsed.rows.tableKey;
  return JSON.stringify([row[partitionKey], row[sortKey]]);
}

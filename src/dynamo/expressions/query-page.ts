/** Puts the page of a query together from rows, as DynamoDB does: in order, counted before the filter, cut at the limit and at 1 MB. */
import { itemSizeBytes } from '../item-size.ts';
import type { KeyAttributes } from '../table-profile.ts';
import type { AttributeMap, QueryOutput } from '../types.ts';
import { compareTexts } from './compare-values.ts';
import { holds } from './evaluate-condition.ts';
import { heldBy, keyNamesOf, type ParsedQuery, type QueriedRows } from './parse-query.ts';
import { project } from './projection.ts';

/** DynamoDB ends a page with the row that makes it as large as this; where exactly, AWS does not promise. */
const MAX_PAGE_BYTES = 1024 * 1024;

/** What DynamoDB answered: whole rows, as the table or index holds them, in order. */
export interface FetchedPage {
  rows: readonly AttributeMap[];
  lastKey: AttributeMap | undefined;
}

/** A row of the table as it is now; null when there is none. */
export interface CurrentRow {
  key: AttributeMap;
  row: AttributeMap | null;
}

/**
 * The answer to a query: what was fetched of it, with some rows as they are now. The fetched page is of the query without its filter, projection
 * and count; with nothing fetched and all rows of a table given as they are, it is the answer of that table.
 *
 * Rows of an index may have equal sort keys, and in which order DynamoDB keeps those is its secret. Then a row counts to the page that ends with
 * its sort key, not to the one that begins there: somebody who asks for one page after the other sees it.
 *
 * @returns null when the filter cannot be told of a row, or a row has keys that are no text
 */
export function answerQuery(query: ParsedQuery, fetched: FetchedPage, current: readonly CurrentRow[]): QueryOutput | null {
  const { rows } = query;
  const { tableKey } = rows;
  const replaced = new Set(current.map(({ key }) => nameOf(key, tableKey)));
  const kept = fetched.rows.filter((row) => !replaced.has(nameOf(row, tableKey)));
  const [keyNames, heldNames] = [[...keyNamesOf(rows)], heldBy(rows)];
  const held = current.map(({ row }) => row && heldOf(row, rows.key, heldNames)).filter((row) => row !== null);
  if (![...kept, ...held].every((row) => keyNames.every((name) => textOf(row, name) !== ''))) return null;
  const added = held.filter((row) => isOnPage(query, row, fetched.lastKey));
  // The sort is stable: fetched rows keep the order that DynamoDB gave them.
  return pageOf(
    query,
    added.length === 0 ? kept : [...kept, ...added].toSorted((left, right) => compareRows(query, left, right)),
    fetched.lastKey,
  );
}

/** What an index holds of a row of the table, or the table itself; null when the row is not in it. */
function heldOf(row: AttributeMap, key: KeyAttributes, held: ReadonlySet<string> | null): AttributeMap | null {
  if (row[key.partitionKey] === undefined || row[key.sortKey] === undefined) return null;
  return held === null ? row : Object.fromEntries(Object.entries(row).filter(([name]) => held.has(name)));
}

/** Whether a row lies behind the query's start and not behind `lastKey`. */
export function isOnPage(query: ParsedQuery, row: AttributeMap, lastKey: AttributeMap | undefined): boolean {
  if (textOf(row, query.rows.key.partitionKey) !== query.partition) return false;
  if (query.sort !== null && holds(query.sort, row) !== true) return false;
  if (query.startKey !== null && compareRows(query, row, query.startKey) <= 0) return false;
  return lastKey === undefined || compareRows(query, row, lastKey) <= 0;
}

/** Below 0 when `left` comes first. */
function compareRows({ rows, isForward }: ParsedQuery, left: AttributeMap, right: AttributeMap): number {
  const order = compareTexts(textOf(left, rows.key.sortKey), textOf(right, rows.key.sortKey));
  return isForward ? order : -order;
}

/** @param lastKey where the page ends when it holds all of `rows` */
function pageOf(query: ParsedQuery, rows: readonly AttributeMap[], lastKey: AttributeMap | undefined): QueryOutput | null {
  const lookedAt = lookAt(query, rows);
  const last = lookedAt.at(-1);
  const isCut = last !== undefined && (lookedAt.length < rows.length || lookedAt.length === query.limit);
  const { filter, projection } = query;
  const passed: AttributeMap[] = [];
  for (const row of lookedAt) {
    const isIn = filter === null || holds(filter, row);
    if (isIn === null) return null;
    if (isIn) passed.push(row);
  }
  const endKey = isCut ? keysOf(last, query.rows) : lastKey;
  return {
    ...(query.isCount ? {} : { Items: projection === null ? passed : passed.map((row) => project(row, projection)) }),
    Count: passed.length,
    ScannedCount: lookedAt.length,
    ...(endKey === undefined ? {} : { LastEvaluatedKey: endKey }),
  };
}

/** The rows that one page looks at. */
function lookAt({ limit }: ParsedQuery, rows: readonly AttributeMap[]): readonly AttributeMap[] {
  let bytes = 0;
  const end = rows.findIndex((row, at) => {
    bytes += itemSizeBytes(row);
    return at + 1 >= limit || bytes >= MAX_PAGE_BYTES;
  });
  return end === -1 ? rows : rows.slice(0, end + 1);
}

/** The keys by which the next page begins behind `row`. */
function keysOf(row: AttributeMap, rows: QueriedRows): AttributeMap {
  return Object.fromEntries(Array.from(keyNamesOf(rows), (name) => [name, { S: textOf(row, name) }]));
}

function nameOf(row: AttributeMap, { partitionKey, sortKey }: KeyAttributes): string {
  return JSON.stringify([textOf(row, partitionKey), textOf(row, sortKey)]);
}

function textOf(row: AttributeMap, name: string): string {
  const value = row[name];
  return value !== undefined && 'S' in value ? value.S : '';
}

/** The one table Steamer keeps everything in, and how it comes to be. */
import { ServiceError } from '../lib/errors.ts';
import { DynamoClient, type DynamoClientOptions } from './dynamo-client.ts';
import type { StoreError } from './item-store.ts';
import type { KeyAttributes, TableIndexes } from './table-profile.ts';

/** The key attributes of the table. */
export const TABLE_KEY: KeyAttributes = { partitionKey: '_pk', sortKey: '_sk' };

/** The attribute by which DynamoDB expires rows. */
export const TTL_ATTRIBUTE = 'ttl';

/** The secondary indexes of a new table: five for models to use, and one that lists the rows of iterable models. */
export const TABLE_INDEXES: TableIndexes = {
  gsi1: { partitionKey: '_gsi1_pk', sortKey: '_gsi1_sk', projection: 'ALL' },
  gsi2: { partitionKey: '_gsi2_pk', sortKey: '_gsi2_sk', projection: 'ALL' },
  gsi3: { partitionKey: '_gsi3_pk', sortKey: '_gsi3_sk', projection: 'ALL' },
  gsi4: { partitionKey: '_gsi4_pk', sortKey: '_gsi4_sk', projection: 'ALL' },
  gsi5: { partitionKey: '_gsi5_pk', sortKey: '_gsi5_sk', projection: 'ALL' },
  iter_index: { partitionKey: '_iter_pk', sortKey: '_iter_sk', projection: 'KEYS_ONLY' },
};

/** The index that search needs. Every row of an iterable model is written to it too, so that a table gets it only when it is asked for. */
export const SEARCH_INDEX: TableIndexes = {
  iter_search_index: { partitionKey: '_iter_pk', sortKey: '_iter_sk', projection: ['_searchText'] },
};

/** The parts of DynamoDB's CreateTable that we use. */
export interface CreateTableInput {
  TableName: string;
  BillingMode: 'PAY_PER_REQUEST';
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[];
  KeySchema: KeySchemaElement[];
  GlobalSecondaryIndexes: IndexInput[];
}

/** One secondary index as DynamoDB takes and describes it. */
export interface IndexInput {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: { ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; NonKeyAttributes?: string[] };
}

interface KeySchemaElement {
  AttributeName: string;
  KeyType: 'HASH' | 'RANGE';
}

const POLL_MS = 500;
const READY_WITHIN_MS = 60_000;

/** The input of CreateTable for the layout of docs/design/bao-layout.md: every key a string, paid per request. */
export function createTableInput(tableName: string, indexes: TableIndexes = TABLE_INDEXES): CreateTableInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: attributeDefinitions([TABLE_KEY, ...Object.values(indexes)]),
    KeySchema: keySchema(TABLE_KEY),
    GlobalSecondaryIndexes: Object.keys(indexes).map((name) => indexInput(name, indexes)),
  };
}

/** The definitions of key attributes, each of them once. */
export function attributeDefinitions(keys: readonly KeyAttributes[]): CreateTableInput['AttributeDefinitions'] {
  const names = new Set(keys.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]));
  return Array.from(names, (AttributeName) => ({ AttributeName, AttributeType: 'S' }));
}

/** One of the indexes in DynamoDB's words. @throws TypeError when there is none of that name */
export function indexInput(name: string, indexes: TableIndexes): IndexInput {
  const index = indexes[name];
  if (index === undefined) throw new TypeError(`unknown index "${name}"`);
  const { projection } = index;
  const Projection: IndexInput['Projection'] =
    typeof projection === 'string'
      ? { ProjectionType: projection }
      : { ProjectionType: 'INCLUDE', NonKeyAttributes: projection.toSorted() };
  return { IndexName: name, KeySchema: keySchema(index), Projection };
}

/**
 * Creates the table unless it exists, waits until it can be used, and has rows expire by `ttl`. Safe to run again and at the same time.
 *
 * @returns whether this call created it
 * @throws ServiceError `misconfigured` when a table of that name has other keys or the credentials do not suffice, `unavailable`
 *   when DynamoDB does not answer or the table is not ready within a minute
 */
export async function ensureTable(
  options: DynamoClientOptions,
  tableName: string,
  indexes: TableIndexes = TABLE_INDEXES,
): Promise<{ created: boolean }> {
  const client = new DynamoClient(options);
  const existing = await describeTable(client, tableName);
  if (existing === null) {
    const created = await client.send('CreateTable', createTableInput(tableName, indexes), { repeatability: 'read', deadlineMs: 30_000 });
    // Someone else was faster, or our own first request arrived after all.
    if (!created.ok && created.error.awsName !== 'ResourceInUseException') throw tableError(tableName, created.error);
  } else {
    checkKeys(tableName, existing);
  }
  if (existing?.TableStatus !== 'ACTIVE') await waitUntilActive(client, tableName, options);
  await enableExpiry(client, tableName);
  return { created: existing === null };
}

function keySchema({ partitionKey, sortKey }: KeyAttributes): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}

/** The parts of DynamoDB's description of a table that we read. */
export interface TableDescription {
  TableStatus: string;
  KeySchema: KeySchemaElement[];
  ItemCount?: number;
  GlobalSecondaryIndexes?: (IndexInput & { IndexStatus?: string; Backfilling?: boolean })[];
}

/** What DynamoDB says of a table; null when there is none of that name. @throws ServiceError as `ensureTable` */
export async function describeTable(client: DynamoClient, tableName: string): Promise<TableDescription | null> {
  const answer = await client.send('DescribeTable', { TableName: tableName }, { repeatability: 'read' });
  if (answer.ok) return (answer.output as { Table: TableDescription }).Table; // DescribeTable's output
  if (answer.error.code === 'table_not_found') return null;
  throw tableError(tableName, answer.error);
}

/** @throws ServiceError `misconfigured` when the table is not of this layout */
export function checkKeys(tableName: string, { KeySchema }: TableDescription): void {
  const keys = KeySchema.map((key) => key.AttributeName).join(', ');
  const expected = `${TABLE_KEY.partitionKey}, ${TABLE_KEY.sortKey}`;
  if (keys !== expected) throw new ServiceError('misconfigured', `table "${tableName}" has the keys ${keys}; expected ${expected}`);
}

/** Waits until the table can be used. @throws ServiceError `unavailable` when it can not within a minute */
export async function waitUntilActive(
  client: DynamoClient,
  tableName: string,
  { nowMs = Date.now, sleep = wait }: DynamoClientOptions,
): Promise<void> {
  const deadlineAtMs = nowMs() + READY_WITHIN_MS;
  for (;;) {
    const table = await describeTable(client, tableName);
    if (table?.TableStatus === 'ACTIVE') return;
    if (nowMs() > deadlineAtMs)
      throw new ServiceError('unavailable', `table "${tableName}" was not ready within ${READY_WITHIN_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** Has rows expire by `ttl`. */
export async function enableExpiry(client: DynamoClient, tableName: string): Promise<void> {
  if (await hasExpiry(client, tableName)) return;
  const TimeToLiveSpecification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
  const answer = await client.send('UpdateTimeToLive', { TableName: tableName, TimeToLiveSpecification }, { repeatability: 'read' });
  // Refused also when someone else has just enabled it.
  if (!answer.ok && !(await hasExpiry(client, tableName))) throw tableError(tableName, answer.error);
}

/** Whether rows expire by any attribute. */
export async function hasExpiry(client: DynamoClient, tableName: string): Promise<boolean> {
  const answer = await client.send('DescribeTimeToLive', { TableName: tableName }, { repeatability: 'read' });
  if (!answer.ok) throw tableError(tableName, answer.error);
  const { TimeToLiveDescription: expiry } = answer.output as { TimeToLiveDescription?: { TimeToLiveStatus?: string } }; // its output
  return expiry?.TimeToLiveStatus === 'ENABLED' || expiry?.TimeToLiveStatus === 'ENABLING';
}

/** The failure of a request that concerns a table. */
export function tableError(tableName: string, error: StoreError): ServiceError {
  const code = error.code === 'access_denied' || error.code === 'invalid_request' ? 'misconfigured' : 'unavailable';
  return new ServiceError(code, `table "${tableName}" could not be prepared (${error.awsName ?? error.code})`, { cause: error });
}

/** Resolves after a while. */
export function wait(waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, waitMs);
  });
}

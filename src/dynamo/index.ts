/** DynamoDB as it is: its operations and types, attribute codec, signing, retries, and the one interface to storage. */
export { DynamoClient, type DynamoClientOptions, type SendContext } from './dynamo-client.ts';
export type { CredentialsSource, Fetch } from './attempt.ts';
export type { AwsCredentials } from './signing.ts';
export type { Digests, Mac } from './digests.ts';
export { marshall, marshallItem, unmarshall, unmarshallItem } from './codec.ts';
export { DynamoNumber, fromDecimal, toDecimal } from './dynamo-number.ts';
export { itemSizeBytes, MAX_ITEM_BYTES } from './item-size.ts';
export {
  createTableInput,
  ensureTable,
  SEARCH_INDEX,
  TABLE_INDEXES,
  TABLE_KEY,
  TTL_ATTRIBUTE,
  type CreateTableInput,
} from './create-table.ts';
export { deleteTable, planTableUpdate, updateTable, type TableUpdate, type UpdateProgress } from './update-table.ts';
export type {
  CacheState,
  ItemStore,
  OperationContext,
  OperationMeta,
  OperationResult,
  ReadConsistency,
  StoreError,
  StoreErrorCode,
} from './item-store.ts';
export { READ_PRICE, type ReadPrice } from './read-price.ts';
export type { IndexProjection, KeyAttributes, ModelProfile, TableIndexes, TableProfile } from './table-profile.ts';
export type {
  AttributeMap,
  AttributeValue,
  BatchGetItemInput,
  BatchGetItemOutput,
  BatchWriteItemInput,
  BatchWriteItemOutput,
  CancellationReason,
  DeleteItemInput,
  GetItemInput,
  GetItemOutput,
  KeysAndAttributes,
  OperationInput,
  OperationName,
  OperationOutput,
  Operations,
  PutItemInput,
  QueryInput,
  QueryOutput,
  ScanInput,
  ScanOutput,
  TransactGetItemsInput,
  TransactGetItemsOutput,
  TransactWriteAction,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
  UpdateItemInput,
  WriteOutput,
  WriteRequest,
} from './types.ts';

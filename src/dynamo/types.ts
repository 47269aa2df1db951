/** DynamoDB's own vocabulary: attribute values and the operations an `ItemStore` executes, as they stand in its JSON API. */

/** An attribute value in DynamoDB JSON. Numbers are decimal strings, binary is base64, so a value survives JSON and RPC unchanged. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { M: AttributeMap }
  | { L: AttributeValue[] }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] };

/** A row, or a part of one, by its attributes. */
export type AttributeMap = Record<string, AttributeValue>;

/** The units that an operation has cost, of one table. */
export interface ConsumedCapacity {
  TableName?: string;
  CapacityUnits?: number;
  ReadCapacityUnits?: number;
  WriteCapacityUnits?: number;
}

interface Expressions {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: AttributeMap;
}

interface Conditional extends Expressions {
  ConditionExpression?: string;
  ReturnValuesOnConditionCheckFailure?: 'NONE' | 'ALL_OLD';
}

/** What GetItem takes, in DynamoDB's words. */
export interface GetItemInput {
  TableName: string;
  Key: AttributeMap;
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}
/** What GetItem answers, in DynamoDB's words. */
export interface GetItemOutput {
  Item?: AttributeMap;
}

/** The keys of a BatchGetItem in one table, and what of their rows. */
export interface KeysAndAttributes {
  Keys: AttributeMap[];
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}
/** What BatchGetItem takes, in DynamoDB's words. */
export interface BatchGetItemInput {
  RequestItems: Record<string, KeysAndAttributes>;
}
/** What BatchGetItem answers, in DynamoDB's words. */
export interface BatchGetItemOutput {
  Responses: Record<string, AttributeMap[]>;
  UnprocessedKeys?: Record<string, KeysAndAttributes>;
}

/** What Query takes, in DynamoDB's words. */
export interface QueryInput extends Expressions {
  TableName: string;
  IndexName?: string;
  KeyConditionExpression: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  Select?: 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';
  Limit?: number;
  ScanIndexForward?: boolean;
  ConsistentRead?: boolean;
  ExclusiveStartKey?: AttributeMap;
}
/** What Query answers, in DynamoDB's words. */
export interface QueryOutput {
  Items?: AttributeMap[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: AttributeMap;
}

/** What Scan takes, in DynamoDB's words. */
export interface ScanInput extends Expressions {
  TableName: string;
  IndexName?: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  Select?: QueryInput['Select'];
  Limit?: number;
  ConsistentRead?: boolean;
  ExclusiveStartKey?: AttributeMap;
  Segment?: number;
  TotalSegments?: number;
}
/** What Scan answers, in DynamoDB's words. */
export type ScanOutput = QueryOutput;

/** What PutItem takes, in DynamoDB's words. */
export interface PutItemInput extends Conditional {
  TableName: string;
  Item: AttributeMap;
  ReturnValues?: 'NONE' | 'ALL_OLD';
}
/** What UpdateItem takes, in DynamoDB's words. */
export interface UpdateItemInput extends Conditional {
  TableName: string;
  Key: AttributeMap;
  UpdateExpression?: string;
  ReturnValues?: 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';
}
/** What DeleteItem takes, in DynamoDB's words. */
export interface DeleteItemInput extends Conditional {
  TableName: string;
  Key: AttributeMap;
  ReturnValues?: 'NONE' | 'ALL_OLD';
}
/** What PutItem, UpdateItem and DeleteItem answer, in DynamoDB's words. */
export interface WriteOutput {
  Attributes?: AttributeMap;
}

/** One of the writes of a BatchWriteItem. */
export type WriteRequest = { PutRequest: { Item: AttributeMap } } | { DeleteRequest: { Key: AttributeMap } };
/** What BatchWriteItem takes, in DynamoDB's words. */
export interface BatchWriteItemInput {
  RequestItems: Record<string, WriteRequest[]>;
}
/** What BatchWriteItem answers, in DynamoDB's words. */
export interface BatchWriteItemOutput {
  UnprocessedItems?: Record<string, WriteRequest[]>;
}

/** What TransactGetItems takes, in DynamoDB's words. */
export interface TransactGetItemsInput {
  TransactItems: { Get: Omit<GetItemInput, 'ConsistentRead'> }[];
}
/** What TransactGetItems answers, in DynamoDB's words. */
export interface TransactGetItemsOutput {
  Responses: { Item?: AttributeMap }[];
}

/** One of the actions of a TransactWriteItems. */
export type TransactWriteAction =
  | { Put: Omit<PutItemInput, 'ReturnValues'> }
  | { Update: Omit<UpdateItemInput, 'ReturnValues'> & { UpdateExpression: string } }
  | { Delete: Omit<DeleteItemInput, 'ReturnValues'> }
  | { ConditionCheck: Conditional & { TableName: string; Key: AttributeMap; ConditionExpression: string } };
/** What TransactWriteItems takes, in DynamoDB's words. */
export interface TransactWriteItemsInput {
  TransactItems: TransactWriteAction[];
  /** at most 36 characters; the same token within ten minutes is applied once */
  ClientRequestToken?: string;
}
/** What TransactWriteItems answers, in DynamoDB's words. */
export type TransactWriteItemsOutput = Record<string, never>;

/** Each operation an `ItemStore` executes, with its input and its output. */
export interface Operations {
  GetItem: { input: GetItemInput; output: GetItemOutput };
  BatchGetItem: { input: BatchGetItemInput; output: BatchGetItemOutput };
  Query: { input: QueryInput; output: QueryOutput };
  Scan: { input: ScanInput; output: ScanOutput };
  PutItem: { input: PutItemInput; output: WriteOutput };
  UpdateItem: { input: UpdateItemInput; output: WriteOutput };
  DeleteItem: { input: DeleteItemInput; output: WriteOutput };
  BatchWriteItem: { input: BatchWriteItemInput; output: BatchWriteItemOutput };
  TransactGetItems: { input: TransactGetItemsInput; output: TransactGetItemsOutput };
  TransactWriteItems: { input: TransactWriteItemsInput; output: TransactWriteItemsOutput };
}

/** The operations that an `ItemStore` executes. */
export type OperationName = keyof Operations;
/** What an operation takes. */
export type OperationInput<Op extends OperationName> = Operations[Op]['input'];
/** What an operation answers. */
export type OperationOutput<Op extends OperationName> = Operations[Op]['output'];

/** Why one action of a cancelled transaction failed, in the order of the actions; `Code` is "None" for the ones that did not. */
export interface CancellationReason {
  Code: string;
  Message?: string;
  Item?: AttributeMap;
}

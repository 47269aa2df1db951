/** DynamoDB with plain values, for what no model covers: dynamo-bao's `documentClient.send(command)`. */
import { marshallItem, unmarshallItem } from '../dynamo/codec.ts';
import type { ItemStore } from '../dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ConfigurationError } from './errors.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { storeException } from './store-errors.ts';

/** DynamoDB's name of an operation ("GetItem") and its input with plain values; or a command of the AWS SDK's document client. */
export interface DocumentCommand {
  operation?: string;
  input: object;
}

/** A store that also sends what is no operation on items. */
interface ControlPlane {
  send(
    operation: string,
    input: object,
  ): Promise<{ ok: true; output: unknown } | { ok: false; error: Parameters<typeof storeException>[0] }>;
}

const OPERATIONS: Readonly<Record<string, OperationName>> = {
  GetCommand: 'GetItem',
  PutCommand: 'PutItem',
  UpdateCommand: 'UpdateItem',
  DeleteCommand: 'DeleteItem',
  QueryCommand: 'Query',
  ScanCommand: 'Scan',
  BatchGetCommand: 'BatchGetItem',
  BatchWriteCommand: 'BatchWriteItem',
  TransactGetCommand: 'TransactGetItems',
  TransactWriteCommand: 'TransactWriteItems',
};
const ITEM_OPERATIONS: ReadonlySet<string> = new Set(Object.values(OPERATIONS));

/** DynamoDB by its own operations with plain values, on the store of the models: for what models cannot say. */
export class DocumentClient {
  readonly #store: () => ItemStore;

  constructor(store: () => ItemStore) {
    this.#store = store;
  }

  /**
   * Sends one operation and returns its output with plain values. Nothing is added to keys: the tenant's prefix is the caller's.
   *
   * @throws TypeError for what is no command, ServiceError when DynamoDB refuses it
   */
  async send(command: DocumentCommand): Promise<Record<string, unknown>> {
    const operation = operationOf(command);
    const store = this.#store();
    if (!ITEM_OPERATIONS.has(operation)) return outputOf(await controlPlane(store, operation).send(operation, command.input));
    const input = converted(command.input, (item) => marshallItem(item as Record<string, unknown>)); // the values of a document command are plain
    // Just seen to be an operation; DynamoDB checks the rest of the input.
    const output = outputOf(await store.execute(operation as OperationName, input as unknown as OperationInput<OperationName>));
    return converted(output, (item) => unmarshallItem(item as AttributeMap)); // DynamoDB's own output
  }
}

/** The operation by its own name. A command of the SDK is known by the name of its class alone, which minified code may have changed. */
function operationOf(command: DocumentCommand): string {
  if (typeof command.operation === 'string') return command.operation;
  const { name } = command.constructor;
  const operation = OPERATIONS[name] ?? /^(\w+(?:Tables?|TimeToLive))Command$/.exec(name)?.[1];
  if (operation !== undefined) return operation;
  throw new TypeError(
    `documentClient.send: expected { operation: 'GetItem', input } or a command of the AWS SDK, got ${describeValue(command)}`,
  );
}

function controlPlane(store: ItemStore, operation: string): ControlPlane {
  if ('send' in store) return store as unknown as ControlPlane; // a DynamoClient
  throw new ConfigurationError(`${operation} needs a DynamoClient as store`);
}

function outputOf(result: Awaited<ReturnType<ControlPlane['send']>>): Record<string, unknown> {
  if (!result.ok) throw storeException(result.error);
  return result.output as Record<string, unknown>; // every output of DynamoDB is an object
}

const ITEMS: ReadonlySet<string> = new Set([
  'Key',
  'Item',
  'ExpressionAttributeValues',
  'ExclusiveStartKey',
  'LastEvaluatedKey',
  'Attributes',
]);
const LISTS_OF_ITEMS: ReadonlySet<string> = new Set(['Keys', 'Items']);
const BY_TABLE: ReadonlySet<string> = new Set(['RequestItems', 'UnprocessedKeys', 'UnprocessedItems']);

/** A copy with every item, key and set of values in it converted; where they are is told by the names that DynamoDB gives them. */
function converted(part: object, convert: (item: object) => object): Record<string, unknown> {
  const convertAll = (list: unknown): unknown => (Array.isArray(list) ? list.map((item: object) => convert(item)) : list);
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    return isPlainObject(value) ? converted(value, convert) : value;
  };
  const entries = Object.entries(part).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (ITEMS.has(name) && isPlainObject(value)) return [name, convert(value)];
    if (LISTS_OF_ITEMS.has(name)) return [name, convertAll(value)];
    if (BY_TABLE.has(name) && isPlainObject(value)) return [name, mapped(value, walk)];
    // Of a batch by table, of a transaction one after the other.
    if (name === 'Responses' && isPlainObject(value)) return [name, mapped(value, convertAll)];
    return [name, walk(value)];
  });
  return Object.fromEntries(entries);
}

function mapped(tables: object, convert: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(tables).map(([table, value]) => [table, convert(value)]));
}

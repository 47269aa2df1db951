/** What the parts of the contract suite share: the store under test, keys that no other test uses, and plain reads and writes. */
import { expect } from 'vitest';
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, OperationOutput } from '../../../src/dynamo/types.ts';

/** A store under test, with a table in Steamer's layout that is its own. */
export interface OpenStore {
  store: ItemStore;
  tableName: string;
  /** what partition keys start with, "[acme]#" for one; default '' */
  keyPrefix?: string;
  close(): Promise<void>;
}

export class StoreFixture {
  #open: OpenStore | null = null;

  open(store: OpenStore): void {
    this.#open = store;
  }

  async close(): Promise<void> {
    await this.#open?.close();
  }

  get store(): ItemStore {
    return this.#opened.store;
  }

  get tableName(): string {
    return this.#opened.tableName;
  }

  /** A partition that no other test uses. */
  newPartition(): string {
    return `${this.#opened.keyPrefix ?? ''}${crypto.randomUUID()}`;
  }

  /** The key of a row in a partition of its own. */
  newKey(): AttributeMap {
    return key(this.newPartition(), 'row');
  }

  execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context?: OperationContext): Promise<OperationResult<Op>> {
    return this.store.execute(operation, input, context);
  }

  /** The output of an operation that has to succeed. */
  async output<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context?: OperationContext,
  ): Promise<OperationOutput<Op>> {
    const result = await this.execute(operation, input, context);
    if (!result.ok) expect.fail(`${operation} failed: ${JSON.stringify(result.error)}`);
    return result.output;
  }

  /** The error of an operation that has to fail. */
  async error<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context?: OperationContext): Promise<StoreError> {
    const result = await this.execute(operation, input, context);
    if (result.ok) expect.fail(`${operation} succeeded: ${JSON.stringify(result.output)}`);
    return result.error;
  }

  async put(item: AttributeMap): Promise<void> {
    await this.output('PutItem', { TableName: this.tableName, Item: item });
  }

  /** The row as a strong read sees it. */
  async get(rowKey: AttributeMap): Promise<AttributeMap | undefined> {
    return (await this.output('GetItem', { TableName: this.tableName, Key: rowKey }, { read: 'strong' })).Item;
  }

  get #opened(): OpenStore {
    if (this.#open === null) throw new Error('the store is opened before the tests run');
    return this.#open;
  }
}

/** The key of an item in Steamer's layout. */
export function keyOf(item: AttributeMap): AttributeMap {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name === '_pk' || name === '_sk'));
}

/** A key in Steamer's layout. */
export function key(partition: string, sort: string): AttributeMap {
  return { _pk: { S: partition }, _sk: { S: sort } };
}

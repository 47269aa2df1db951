/** A tenant of its own, in the table of its own of each test file, behind the real object. */
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, inject } from 'vitest';
import type { ItemStore, OperationContext, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName } from '../../src/dynamo/types.ts';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { tableProfile } from '../../.bao/models.ts';
import {
  KnownDivisions,
  ShardedStore,
  StoreOperator,
  TenantStoreClient,
  tenantStoreStub,
  type StoreAddress,
} from '../../src/objects/index.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';

/** Makes a table for the file, and removes it at the end. */
export function useTable(): { readonly name: string } {
  const table = { name: '' };
  beforeAll(async () => void (table.name = await createTestTable(inject('dynamodbEndpoint'))));
  afterAll(() => deleteTestTable(inject('dynamodbEndpoint'), table.name));
  return table;
}

export function stubOf(tenant: string) {
  return connect({ tenant, shard: 0, epoch: 0 });
}

/** The stub of one of a tenant's objects. */
export function connect(address: StoreAddress) {
  return tenantStoreStub(env.TENANT_STORE, address);
}

/** An operator in an isolate of its own. */
export function newOperator(): StoreOperator {
  return new StoreOperator({ connect, key: tableProfile.key, divisions: new KnownDivisions() });
}

/** A tenant whose name nobody else uses; the proxy counts requests that carry it. */
export class Tenant {
  readonly name = `t-${crypto.randomUUID()}`;
  readonly proxy: ProxyControl = proxyControl(inject('dynamodbProxy'), this.name);
  /** DynamoDB without the object: a writer that bypasses it */
  readonly direct = new DynamoClient(localClientOptions(inject('dynamodbEndpoint')));
  readonly store: ItemStore = this.newShardedStore();
  readonly #table: { readonly name: string };

  constructor(table: { readonly name: string }) {
    this.#table = table;
  }

  get tableName(): string {
    return this.#table.name;
  }

  get stub() {
    return stubOf(this.name);
  }

  /** Divides the tenant's keys; from then on its clients know of it, or are told. */
  async divide(shards: number): Promise<void> {
    await newOperator().divide(this.name, shards);
  }

  /** As another isolate has it that was told nothing. */
  newShardedStore(): ShardedStore {
    const [nowMs, sleep] = [() => Date.now(), (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))];
    return new ShardedStore({ tenant: this.name, profile: tableProfile, connect, divisions: new KnownDivisions(), nowMs, sleep });
  }

  /** As another request of the tenant has it. */
  newClient(): TenantStoreClient {
    return new TenantStoreClient(() => stubOf(this.name), this.name);
  }

  key(id: string): AttributeMap {
    return { _pk: { S: `[${this.name}]#t#${id}` }, _sk: { S: 't' } };
  }

  get(id: string, context?: OperationContext, client = this.store) {
    return client.execute('GetItem', { TableName: this.tableName, Key: this.key(id) }, context);
  }

  put(id: string, value: string, context?: OperationContext) {
    return this.store.execute('PutItem', { TableName: this.tableName, Item: this.item(id, value) }, context);
  }

  putDirectly(id: string, value: string) {
    return this.direct.execute('PutItem', { TableName: this.tableName, Item: this.item(id, value) });
  }

  item(id: string, value: string): AttributeMap {
    return { ...this.key(id), value: { S: value } };
  }

  /**
   * What the object answers, however late. A client waits for 50 ms beyond the deadline, and then answers itself that there was none, without what the object has
   * to say: on a busy machine the answer alone may take longer.
   */
  async answerOf<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext,
  ): Promise<OperationResult<Op>> {
    const text = await this.stub.execute(JSON.stringify({ tenant: this.name, calls: [{ operation, input, context }] }));
    const { replies } = JSON.parse(text) as { replies: [OperationResult<Op>] }; // one object answers for all keys
    return replies[0];
  }

  execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context?: OperationContext): Promise<OperationResult<Op>> {
    return this.store.execute(operation, input, context);
  }
}

/** The value that a GetItem answered; undefined when there was no item. Fails for a failed read. */
export function valueOf(result: OperationResult<'GetItem'>): string | undefined {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const value = result.output.Item?.['value'];
  return value !== undefined && 'S' in value ? value.S : undefined;
}

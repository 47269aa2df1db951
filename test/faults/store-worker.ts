/** A Worker in front of the real objects of a tenant, for clients outside of it: operations come and go by one WebSocket, so that a client costs little. */
import { TABLE_INDEXES, TABLE_KEY, TTL_ATTRIBUTE } from '../../src/dynamo/create-table.ts';
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../src/dynamo/types.ts';
import {
  defineTenantStore,
  KnownDivisions,
  ShardedStore,
  StoreOperator,
  tenantStoreStub,
  type GrowthOptions,
  type StoreAddress,
  type TenantStoreObject,
} from '../../src/objects/index.ts';

type Question = { id: number } & (
  | { operation: OperationName; input: OperationInput<OperationName>; context: OperationContext }
  /** divides the keys anew, or tells how they are divided */
  | { operation: 'Divide'; input: { shards?: number } }
);

interface Env {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
  TENANT: string;
}

/** Put in where the code is bundled. */
declare const GROWTH: GrowthOptions;

const profile = { key: TABLE_KEY, indexes: TABLE_INDEXES, ttlAttribute: TTL_ATTRIBUTE, models: {} };

export const TenantStore = defineTenantStore({ profile, growth: GROWTH });

const nowMs = () => Date.now();
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export default {
  fetch(_request: Request, env: Env): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    const connect = (address: StoreAddress) => tenantStoreStub(env.TENANT_STORE, address);
    const store = new ShardedStore({ tenant: env.TENANT, profile, connect, divisions: new KnownDivisions(), nowMs, sleep });
    // In an isolate of its own, so that clients find out by being refused.
    const operator = new StoreOperator({ connect, key: profile.key, divisions: new KnownDivisions() });
    server.accept();
    server.addEventListener('message', ({ data }) => void answer(store, operator, server, env.TENANT, String(data))); // what goes wrong is in the answer
    return new Response(null, { status: 101, webSocket: client });
  },
};

async function answer(store: ShardedStore, operator: StoreOperator, socket: WebSocket, tenant: string, text: string): Promise<void> {
  const question = JSON.parse(text) as Question; // of the client on the other side
  const result =
    question.operation === 'Divide'
      ? await divide(operator, tenant, question.input.shards)
      : await store.execute(question.operation, question.input, question.context);
  socket.send(JSON.stringify({ id: question.id, result }));
}

async function divide(operator: StoreOperator, tenant: string, shards: number | undefined): Promise<object> {
  try {
    const { epoch, shards: now } = shards === undefined ? await operator.stats(tenant) : await operator.divide(tenant, shards);
    return { ok: true, output: { epoch, shards: now } };
  } catch (error) {
    return { ok: false, error: { code: 'unavailable', message: String(error) } };
  }
}

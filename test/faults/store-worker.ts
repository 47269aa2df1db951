/** A Worker in front of the real object of a tenant, for clients outside of it: operations come and go by one WebSocket, so that a client costs little. */
import { TABLE_INDEXES, TABLE_KEY, TTL_ATTRIBUTE } from '../../src/dynamo/create-table.ts';
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../src/dynamo/types.ts';
import { defineTenantStore, TenantStoreClient, tenantStoreStub, type TenantStoreObject } from '../../src/objects/index.ts';

interface Question {
  id: number;
  operation: OperationName;
  input: OperationInput<OperationName>;
  context: OperationContext;
}

interface Env {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
  TENANT: string;
}

const profile = { key: TABLE_KEY, indexes: TABLE_INDEXES, ttlAttribute: TTL_ATTRIBUTE, models: {} };

export const TenantStore = defineTenantStore({ profile });

export default {
  fetch(_request: Request, env: Env): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    const address = { tenant: env.TENANT, shard: 0, epoch: 0 };
    const store = new TenantStoreClient(() => tenantStoreStub(env.TENANT_STORE, address), env.TENANT);
    server.accept();
    server.addEventListener('message', ({ data }) => void answer(store, server, String(data))); // what goes wrong is in the answer
    return new Response(null, { status: 101, webSocket: client });
  },
};

async function answer(store: TenantStoreClient, socket: WebSocket, text: string): Promise<void> {
  const { id, operation, input, context } = JSON.parse(text) as Question; // of the client on the other side
  const result = await store.execute(operation, input, context);
  socket.send(JSON.stringify({ id, result }));
}

/** The object of a tenant on workerd, that is killed and started again on what it has left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationContext } from '../../src/dynamo/item-store.ts';
import { serviceCompatibilityDate } from '../workerd/worker-config.ts';
import { Workerd } from '../workerd/workerd.ts';
import type { ClientReply } from './random-client.ts';
import { StoreConnection } from './store-connection.ts';

export interface KilledStoreOptions {
  /** the module of a Worker that answers operations by WebSocket, and exports the class TenantStore */
  code: string;
  tenant: string;
  /** the DynamoDB that the object asks */
  endpoint: string;
}

interface Running {
  process: Workerd;
  connection: StoreConnection;
}

export class KilledStore implements AsyncDisposable {
  readonly #options: KilledStoreOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'steamer-faults-'));
  #running: Promise<Running>;
  #kills = 0;

  constructor(options: KilledStoreOptions) {
    this.#options = options;
    this.#running = this.#start();
  }

  /** How many times it was killed. */
  get kills(): number {
    return this.#kills;
  }

  /** Null when the object was killed meanwhile. */
  async call(operation: string, input: object, context: OperationContext): Promise<ClientReply | null> {
    const { connection } = await this.#running;
    return connection.call(operation, input, context);
  }

  /** Divides the tenant's keys among so many objects, or tells how they are divided. Null when that was not done, or not to its end. */
  async divide(shards?: number): Promise<{ epoch: number; shards: number } | null> {
    const { connection } = await this.#running;
    const reply = await connection.call('Divide', shards === undefined ? {} : { shards }, {});
    return reply?.ok === true ? (reply.output as { epoch: number; shards: number }) : null; // what the Worker answers this with
  }

  /** Kills the process, and starts another with the same storage. Calls made meanwhile wait for that. */
  async restart(): Promise<void> {
    const { process } = await this.#running;
    this.#kills++;
    this.#running = process.kill().then(() => this.#start());
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { process, connection } = await this.#running;
    connection.close();
    await process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<Running> {
    const { code, tenant, endpoint } = this.#options;
    const process = await Workerd.start({
      binary: workerdBinary(),
      folder: this.#folder,
      code,
      config: {
        compatibilityDate: serviceCompatibilityDate(),
        vars: {
          TENANT: tenant,
          DYNAMODB_ENDPOINT: endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
        },
        objects: { TENANT_STORE: 'TenantStore' },
      },
    });
    return { process, connection: await StoreConnection.open(process.port) };
  }
}

/** The executable that the package `workerd`, which comes with wrangler, has as its export. */
function workerdBinary(): string {
  const workerd = createRequire(import.meta.url)('workerd') as { default: string }; // CommonJS without types
  return workerd.default;
}

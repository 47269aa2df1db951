/** Workflows that are kept in D1, with all that belongs to them, and delivered inside the batches of queues: `createWorld` and `handleQueueMessage` of a Worker of one's own, and `d1Home` for a service. */
import { ServiceError } from './lib/errors.ts';
import { eraseObjects } from './queues/erase-workflows.ts';
import { deliverToSdk, type InTenant } from './rpc/deliver-to-sdk.ts';
import { WORKFLOW_QUEUES, type HandedMessage } from './runs/handed-message.ts';
import type { Delivered, Delivery } from './runs/messages.ts';
import type { RunAddress } from './runs/run-address.ts';
import { deliverMessage } from './world/d1/deliver-message.ts';
import { D1Run, type D1RunOptions } from './world/d1/d1-run.ts';
import { sweepRuns as sweepD1Runs } from './world/d1/d1-sweep.ts';
import { r2Stream } from './world/r2-streams.ts';
import type { WorkerWorld, WorkflowHome, WorkflowStreams } from './workflows.ts';

export {
  workflowDeadLetters,
  workflowEvents,
  workflowHooks,
  workflowMessages,
  workflowRuns,
  workflowSteps,
  workflowStreams,
} from './runs/index-schema.ts';

/** The bindings of runs that are kept in D1. Migrations are in `steamer/migrations/workflows`. */
export interface CloudflareEnv {
  /** the database of workflows, where it is not the only one */
  WORKFLOW_DB?: D1Database;
  /** the database, where the World is used alone */
  DB?: D1Database;
  WORKFLOW_QUEUE: Queue<HandedMessage>;
  STEP_QUEUE: Queue<HandedMessage>;
  /** without it payloads are 1 MiB at most */
  WORKFLOW_PAYLOADS?: R2Bucket;
  /** for streams, where they are in R2 */
  STREAM_BUCKET?: R2Bucket;
  /** whose runs they are where nothing else says so; default "default" */
  WORKFLOW_TENANT?: string;
}

/** How long D1 keeps runs. */
export interface D1HomeOptions {
  /** how long a run is kept after its end, in seconds, where `sweepRuns` is called; default 30 days */
  retentionSec?: number;
}

const RETENTION_SEC = 30 * 86_400;
const DEFAULT_TENANT = 'default';

/** Keeps runs in D1: the option `home` of `defineWorkflows`. Their messages are delivered inside the batches of `WORKFLOW_QUEUE` and `STEP_QUEUE`. */
export function d1Home(options: D1HomeOptions = {}): WorkflowHome {
  const run = (env: object, address: RunAddress): D1Run => new D1Run(address, runOptions(env as CloudflareEnv, options));
  return {
    run,
    consumers(env, delivery) {
      const consumer = (queue: string) => async (batch: MessageBatch) =>
        void (await Promise.all(batch.messages.map((message) => take(message, queue))));
      const take = async (message: Message, queue: string): Promise<void> => {
        try {
          await deliverMessage(message, {
            db: databaseOf(env() as CloudflareEnv), // of wrangler.toml
            queue,
            run: (address) => run(env(), address),
            deliver: (address, delivered) => deliverToSdk(delivery, env(), address, delivered),
          });
          message.ack();
        } catch {
          message.retry({ delaySeconds: RETRY_SEC });
        }
      };
      return Object.fromEntries(Object.values(WORKFLOW_QUEUES).map((name) => [name, consumer(name)]));
    },
  };
}

const RETRY_SEC = 10;

/**
 * Keeps streams in the bucket `STREAM_BUCKET`, a chunk an object: the option `streams` of `defineWorkflows`. Readers look for the next chunk, at first every 50 ms
 * and after a while twice a second. How long streams are kept is said by a lifecycle rule of the bucket, for `streams/` and `metadata/`.
 */
export function r2Streams(): WorkflowStreams {
  return {
    open: (env, scope, name) => r2Stream(bucketOf(env as CloudflareEnv), scope, name), // of wrangler.toml
    eraseSteps: (env) => STREAM_FOLDERS.map((folder) => eraseObjects(bucketOf(env as CloudflareEnv), folder)),
  };
}

const STREAM_FOLDERS = ['streams', 'metadata'];

/**
 * The World of the SDK, on D1. The module of `steamer workflows build` is imported before: it makes the World, which this tells where runs are kept, unless
 * `defineWorkflows` has.
 *
 * @throws TypeError where there is none
 */
export function createWorld(env: CloudflareEnv): WorkerWorld {
  const world = (globalThis as Record<symbol, unknown>)[Symbol.for('@workflow/world//cache')] as WorkerWorld | undefined; // put there by `installWorld`
  if (typeof world?.configure !== 'function')
    throw new TypeError('createWorld: expected the module of `steamer workflows build` to be imported before');
  const streams = env.STREAM_BUCKET && { streams: r2Streams() };
  if (!world.isConfigured) world.configure({ tenant: env.WORKFLOW_TENANT ?? DEFAULT_TENANT, home: d1Home(), ...streams });
  return world;
}

/**
 * Does what a message of `WORKFLOW_QUEUE` or `STEP_QUEUE` asks for, in the batch that has brought it. When this answers the message is done with, whatever came of it:
 * what has failed, and what wants to come again, is sent again; what is no message of a run is kept as a dead letter.
 *
 * @throws Error where the database or a queue is not reached: the message has to come again
 */
export async function handleQueueMessage(env: CloudflareEnv, message: Message): Promise<void> {
  const world = createWorld(env);
  const handle = (delivery: Delivery): Promise<Delivered> => world.handle(delivery);
  const inTenant = (): InTenant | null => null;
  await deliverMessage(message, {
    db: databaseOf(env),
    queue: WORKFLOW_QUEUES.flow,
    run: (address) => new D1Run(address, runOptions(env, {})),
    deliver: (address, delivery) => deliverToSdk({ handle, inTenant }, env, address, delivery),
  });
}

/** What a cron does for runs in D1, some hundred at a time: tells queues of what their sender, interrupted, has not; removes runs some time after their end. */
export async function sweepRuns(env: CloudflareEnv, options: D1HomeOptions = {}): Promise<{ sent: number; removed: number }> {
  return sweepD1Runs(runOptions(env, options), Date.now());
}

function runOptions(env: CloudflareEnv, { retentionSec = RETENTION_SEC }: D1HomeOptions): D1RunOptions {
  const { WORKFLOW_QUEUE: flow, STEP_QUEUE: step, WORKFLOW_PAYLOADS: bucket = null } = env;
  return { db: databaseOf(env), queues: { flow, step }, bucket, retentionMs: retentionSec * 1000 };
}

/** @throws ServiceError `misconfigured` */
function bucketOf({ STREAM_BUCKET: bucket }: CloudflareEnv): R2Bucket {
  if (bucket === undefined) throw new ServiceError('misconfigured', 'Streams in R2: expected a bucket as STREAM_BUCKET');
  return bucket;
}

/** @throws ServiceError `misconfigured` */
function databaseOf({ WORKFLOW_DB, DB }: CloudflareEnv): D1Database {
  const db = WORKFLOW_DB ?? DB;
  if (db === undefined) throw new ServiceError('misconfigured', 'Workflows in D1: expected a database as WORKFLOW_DB or DB');
  return db;
}

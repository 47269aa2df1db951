/** What a service is made of: its bindings, its options, and what `createService` answers. */
import type { ModelClass } from './bao/index.ts';
import type { TableProfile } from './dynamo/index.ts';
import type { EmailBinding } from './edge/mail-senders.ts';
import type {
  FileLedgerClass,
  FileLedgerNamespace,
  FileLedgerOptions,
  IsolateCacheTimes,
  RateLimiterClass,
  RateLimiterObject,
  SessionOwnerClass,
  SessionOwnerNamespace,
  StreamDirectoryClass,
  StreamDirectoryNamespace,
  StreamHubClass,
  StreamHubNamespace,
  StreamHubOptions,
  StreamRelayClass,
  StreamRelayNamespace,
  TableEnv,
  TenantStoreClass,
  TenantStoreObject,
  TenantStoreOptions,
} from './objects/index.ts';
import type { Route } from './routes/route.ts';
import type { TenantServiceClass } from './rpc/tenant-service.ts';
import type { StreamOptions } from './routes/streams.ts';
import type { PlanQuotas } from './wire/daily-quotas.ts';
import type { EraseMessage, EraseStep } from './wire/erasure.ts';
import type { LimitsDocument } from './wire/limit-document.ts';
import type { MailJob } from './wire/mail.ts';
import type { ModelOptions } from './wire/model-options.ts';
import type { Workflows } from './workflows.ts';

/** The bindings a service reads, besides the variables and secrets of `edge/env.ts`. */
export interface ServiceBindings {
  DB: D1Database;
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
  STREAM_HUB: StreamHubNamespace;
  STREAM_DIRECTORY: StreamDirectoryNamespace;
  STREAM_RELAY: StreamRelayNamespace;
  STREAM_SEGMENTS?: R2Bucket;
  RATE_LIMITER: DurableObjectNamespace<RateLimiterObject>;
  SESSION_OWNER: SessionOwnerNamespace;
  /** both or none: a service without them has no files */
  FILE_LEDGER?: FileLedgerNamespace;
  STORAGE?: R2Bucket;
  MAIL_QUEUE: Queue<MailJob>;
  ERASURE_QUEUE: Queue<EraseMessage>;
  /** configuration of tenants and versions of tags; without it configuration is read from D1, and shared answers live out their time */
  KV?: KVNamespace;
  METRICS?: AnalyticsEngineDataset;
  /** where MAIL_PROVIDER is "email" */
  EMAIL?: EmailBinding;
  /** credentials of AWS that change without a deployment */
  AWS_CREDENTIALS?: NonNullable<TableEnv['AWS_CREDENTIALS']>;
}

/** Where and how limits are counted. */
export interface LimiterOptions {
  /** names the objects that count; another name begins afresh. Default "limits" */
  set?: string;
  /** how many objects count; default 16. One takes some hundred calls a second, and all keys of a tenant are in one */
  shards?: number;
  /** how long a decision waits for its object before its policy's `failure` says what is done; default 50. With more, `sliding-log` limits are no longer exact: they book what they admit as used within 50 ms */
  deadlineMs?: number;
}

/** What a service is made of. Every part is optional: without models it still answers `/` and `/healthz`. */
export interface ServiceOptions {
  /** shown by `GET /`; default "steamer" */
  name?: string;
  version?: string;
  /** the model classes by name, as code generation's manifest exports them */
  models?: Record<string, ModelClass>;
  /** what storage needs to know of the models; emitted beside them */
  tableProfile?: TableProfile;
  /** what the routes may do with each model, by class name; default: everything */
  modelOptions?: Record<string, ModelOptions>;
  /** how long readers of streams wait, and how many one object has */
  streams?: StreamOptions & StreamHubOptions;
  /** what a tenant may have of files */
  files?: FileLedgerOptions;
  /** what tenants of each plan may use in a day; default: whatever they like */
  quotas?: PlanQuotas;
  /** rate limits, added to `DEFAULT_LIMITS`: policies of the same name replace those */
  limits?: LimitsDocument;
  limiter?: LimiterOptions;
  /** how tenants' stores cache */
  store?: Omit<TenantStoreOptions, 'profile' | 'teller'> & { isolateCache?: IsolateCacheTimes };
  /**
   * whether browsers get a claim of what their session was, which saves reads of models the way to the object that owns it for the next seconds. What has ended is then
   * seen there after 5 s at most, and everywhere else at once. Default: no
   */
  sessionClaims?: boolean;
  /** why an application's data cannot be kept with a session, null when they can; default: any JSON of at most 8 KiB can */
  whyNotSessionData?: (data: unknown) => string | null;
  /** whether a password is the one of a hash that an account was imported with (`bcrypt.compare`); the next sign-in replaces it. Default: none is */
  verifyImportedPassword?: (password: string, hash: string) => Promise<boolean>;
  /** what else is kept of a tenant, and goes when the tenant is erased */
  eraseSteps?: (env: ServiceBindings) => readonly EraseStep[];
  /** how many days the events of audit logs are kept; default 400 */
  auditKeptDays?: number;
  /** workflows that were built; the Worker's entry exports their classes */
  workflows?: Omit<Workflows, 'objects'>;
  /** further routes of the application, tried before the models' */
  routes?: readonly Route[];
  /** a consumer for each queue by its name, without the environment's at its end */
  queues?: Record<string, (batch: MessageBatch, env: ServiceBindings, ctx: ExecutionContext) => Promise<void>>;
  /** a job for each cron expression of wrangler.toml */
  scheduled?: Record<string, (event: ScheduledController, env: ServiceBindings, ctx: ExecutionContext) => Promise<void>>;
}

/** A service: the Worker's handlers, and the classes of its objects, which the Worker's entry exports. */
export interface Service {
  readonly handler: Required<Pick<ExportedHandler<ServiceBindings>, 'fetch' | 'queue' | 'scheduled'>>;
  readonly objects: {
    TenantStore: TenantStoreClass;
    StreamHub: StreamHubClass;
    StreamDirectory: StreamDirectoryClass;
    StreamRelay: StreamRelayClass;
    RateLimiter: RateLimiterClass;
    SessionOwner: SessionOwnerClass;
    FileLedger: FileLedgerClass;
  };
  /** what other Workers bind to */
  readonly entrypoints: { TenantService: TenantServiceClass<ServiceBindings> };
  /** the table that the router, the API description and the tests read */
  readonly routes: readonly Route[];
}

/** The table of a service without models. */
export const NO_MODELS: TableProfile = { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} };

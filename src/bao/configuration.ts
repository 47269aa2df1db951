/** What `initModels` takes, with dynamo-bao's names, defaults and environment variables. */
import { DynamoClient } from '../dynamo/dynamo-client.ts';
import type { DynamoClientOptions } from '../dynamo/dynamo-client.ts';
import type { ItemStore, OperationContext, OperationResult } from '../dynamo/item-store.ts';
import type { AwsCredentials } from '../dynamo/signing.ts';
import type { OperationInput, OperationName } from '../dynamo/types.ts';
import { ITERATION_INDEX_NAME } from './constants.ts';
import type { CursorKey } from './cursor.ts';
import type { PageCursors } from './cursors.ts';
import { ConfigurationError } from './errors.ts';
import { demandFeature, findFeature } from './features.ts';
import type { Log, LogSink } from './logging.ts';
import type { Middleware } from './middleware.ts';
import { platform, VARIABLES } from './platform.ts';
import type { Variables } from './platform.ts';

/** A store for all tenants, or one for each: called once per batch context and tenant, and once per operation outside of one. */
export type StoreSource = ItemStore | ((tenant: string | null) => ItemStore);

/** What `initModels` takes besides the models. */
export interface BaoSettings {
  /** where rows are; without it a DynamoDB client is made from `aws` */
  store?: StoreSource;
  aws?: {
    /** default: AWS_REGION, else "us-west-2" */
    region?: string;
    /** default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, then (in Node) the files in ~/.aws; asked for at first use */
    credentials?: DynamoClientOptions['credentials'];
    /** default: DYNAMODB_ENDPOINT, else the region's own */
    endpoint?: string | null;
  };
  /** default: the global `fetch` */
  fetch?: DynamoClientOptions['fetch'];
  db?: {
    /** default: TABLE_NAME, else "dynamo-bao-dev" */
    tableName?: string;
    /** "iter_search_index" enables search; default "iter_index" */
    iterationIndexName?: string;
  };
  tenancy?: {
    /** refuses operations outside of a tenant; default: DYNAMO_BAO_TENANCY_ENABLED is "true" */
    enabled?: boolean;
  };
  batchContext?: {
    /** refuses every operation outside of a batch context; default: DYNAMO_BAO_REQUIRE_BATCH_CONTEXT is "true" */
    requireBatchContext?: boolean;
  };
  logging?: {
    /** OFF, ERROR, WARN, INFO or DEBUG; default: DYNAMO_BAO_LOG_LEVEL, else WARN */
    level?: string;
    /** where lines go; default: the global `console` */
    sink?: LogSink;
  };
  /** where models are when `models` does not say; Node only */
  paths?: {
    /** a folder whose modules export the models, folders inside it included; default: MODELS_DIR */
    modelsDir?: string | null;
    /** a module whose default export is an object of the models; asked before `modelsDir` */
    generatedModelsManifest?: string | null;
    [other: string]: unknown;
  };
  /** seal the `cursor` of query results: the first one does, all of them open. At least 32 random bytes each */
  cursorKeys?: readonly CursorKey[];
  /** functions around every request to the store, the first one outermost */
  middleware?: readonly Middleware[];
  /** the tenant where no scope says one */
  tenantId?: string | null;
  /** the older name of `tenantId` */
  testId?: string | null;
  /** dynamo-bao's other keys (codegen) are accepted and not used */
  [other: string]: unknown;
}

export interface BaoConfig extends BaoSettings {
  /** model classes by name */
  models?: Record<string, ModelConstructor> | null;
}

/** Any class of instances that has a prefix; `initModels` checks the rest. */
export interface ModelConstructor {
  new (...parameters: never[]): object;
  readonly modelPrefix: string;
}

/** A configuration with every default filled in. */
export interface Configuration {
  readonly storeFor: (tenant: string | null) => ItemStore;
  readonly tableName: string;
  readonly iterationIndexName: string;
  readonly isTenancyEnabled: boolean;
  readonly requiresBatchContext: boolean;
  readonly fixedTenant: string | null;
  readonly cursorKeys: readonly CursorKey[];
  /** null: there are no cursors */
  readonly cursors: PageCursors | null;
  readonly logger: Log;
}

/**
 * Fills in the defaults. Variables of the environment that are not there yet are looked up again when they are needed: a Worker that
 * configures its models at module scope has its own a moment later.
 *
 * @throws ConfigurationError for an unknown logging level, keys of cursors that are too short, and what the program leaves out
 */
export function readConfiguration(config: BaoConfig): Configuration {
  const atStart = definedIn(platform().variables());
  const variables = lazily((): Variables => ({ ...platform().variables(), ...atStart }));
  const { logging, cursorKeys = [], middleware = [] } = config;
  if (logging) openLog(config, {});
  const logger = lazily(() => openLog(config, variables()));
  const behind = middleware.length > 0 ? demandFeature('middleware', 'initModels: middleware') : null;
  const stores = lazily(() => storeSource(config, variables));
  return {
    storeFor(tenant) {
      const store = logger().behind(stores()(tenant));
      return behind ? behind(store, tenant, middleware) : store;
    },
    get tableName() {
      return config.db?.tableName ?? variables()['TABLE_NAME'] ?? 'dynamo-bao-dev';
    },
    iterationIndexName: config.db?.iterationIndexName ?? ITERATION_INDEX_NAME,
    get isTenancyEnabled() {
      return config.tenancy?.enabled ?? variables()['DYNAMO_BAO_TENANCY_ENABLED'] === 'true';
    },
    get requiresBatchContext() {
      return config.batchContext?.requireBatchContext ?? variables()['DYNAMO_BAO_REQUIRE_BATCH_CONTEXT'] === 'true';
    },
    fixedTenant: config.tenantId ?? config.testId ?? null,
    cursorKeys,
    cursors: cursorKeys.length > 0 ? demandFeature('cursors', 'initModels: cursorKeys')(cursorKeys) : null,
    get logger() {
      return logger();
    },
  };
}

/** The log of a configuration. @throws ConfigurationError for an unknown level, and where the configuration asks for one that the program leaves out */
export function openLog({ logging }: BaoConfig, variables: Variables): Log {
  const open = logging ? demandFeature('logging', 'initModels: logging') : findFeature('logging');
  return open?.(logging?.level ?? variables['DYNAMO_BAO_LOG_LEVEL'] ?? 'WARN', logging?.sink) ?? NO_LOG;
}

const NO_LOG: Log = { level: 'OFF', warn: () => undefined, warnOutside: () => undefined, behind: (store) => store };

function storeSource(config: BaoConfig, variables: () => Variables): (tenant: string | null) => ItemStore {
  const { store } = config;
  if (typeof store === 'function') return store;
  const only = store ?? dynamoClient(config, variables);
  return () => only;
}

function dynamoClient({ aws = {}, fetch }: BaoConfig, variables: () => Variables): ItemStore {
  const Client = aws.credentials ? DynamoClient : ClientOfEnvironment;
  return new Client({
    region: aws.region ?? variables()['AWS_REGION'] ?? 'us-west-2',
    endpoint: aws.endpoint ?? variables()['DYNAMODB_ENDPOINT'] ?? null,
    credentials: aws.credentials ?? (() => credentialsOf(platform().variables())),
    digests: platform().digests,
    ...(fetch ? { fetch } : {}),
  });
}

/** A client that says at once when nobody has credentials for it, rather than trying until its time is over. */
class ClientOfEnvironment extends DynamoClient {
  override async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context?: OperationContext,
  ): Promise<OperationResult<Op>> {
    credentialsOf(platform().variables());
    return super.execute(operation, input, context);
  }
}

/** @throws ConfigurationError when there are none */
function credentialsOf(variables: Variables): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = variables;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  const found = platform().credentials();
  if (found) return found;
  throw new ConfigurationError(
    'AWS credentials not found. Pass aws.credentials to initModels, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  );
}

/** The variables that the layer reads and that are set; a copy, as the process's own may change. */
function definedIn(variables: Variables): Variables {
  return Object.fromEntries(VARIABLES.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]])));
}

function lazily<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => (made ??= make());
}

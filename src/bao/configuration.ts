/** What `initModels` takes, with dynamo-bao's names, defaults and environment variables. */
import { DynamoClient } from '../dynamo/dynamo-client.ts';
import type { DynamoClientOptions } from '../dynamo/dynamo-client.ts';
import type { ItemStore } from '../dynamo/item-store.ts';
import { ITERATION_INDEX_NAME } from './constants.ts';
import { ConfigurationError } from './errors.ts';

/** A store for all tenants, or one for each: called once per batch context and tenant, and once per operation outside of one. */
export type StoreSource = ItemStore | ((tenant: string | null) => ItemStore);

export interface BaoConfig {
  /** model classes by name */
  models?: Record<string, ModelConstructor> | null;
  /** where rows are; without it a DynamoDB client is made from `aws` */
  store?: StoreSource;
  aws?: {
    /** default: AWS_REGION, else "us-west-2" */
    region?: string;
    /** default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN */
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
    /** refuses finds outside of a batch context; default: DYNAMO_BAO_REQUIRE_BATCH_CONTEXT is "true" */
    requireBatchContext?: boolean;
  };
  /** the tenant where no scope says one */
  tenantId?: string | null;
  /** the older name of `tenantId` */
  testId?: string | null;
  /** dynamo-bao's other keys (logging, paths, codegen) are accepted and not used */
  [other: string]: unknown;
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
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Fills in the defaults; `variables` are those of the environment. */
export function readConfiguration(config: BaoConfig, variables: Variables): Configuration {
  return {
    storeFor: storeSource(config, variables),
    tableName: config.db?.tableName ?? variables['TABLE_NAME'] ?? 'dynamo-bao-dev',
    iterationIndexName: config.db?.iterationIndexName ?? ITERATION_INDEX_NAME,
    isTenancyEnabled: config.tenancy?.enabled ?? variables['DYNAMO_BAO_TENANCY_ENABLED'] === 'true',
    requiresBatchContext: config.batchContext?.requireBatchContext ?? variables['DYNAMO_BAO_REQUIRE_BATCH_CONTEXT'] === 'true',
    fixedTenant: config.tenantId ?? config.testId ?? null,
  };
}

/** The variables of the process, where there is one: in Workers with Node compatibility they hold the bindings that are text. */
export function environmentVariables(): Variables {
  const { process } = globalThis as { process?: { env?: Variables } }; // Node's global, which Worker types do not declare
  return process?.env ?? {};
}

function storeSource(config: BaoConfig, variables: Variables): (tenant: string | null) => ItemStore {
  const { store } = config;
  if (typeof store === 'function') return store;
  if (store !== undefined) return () => store;
  const client = lazily(() => dynamoClient(config, variables));
  return () => client();
}

function dynamoClient({ aws = {}, fetch }: BaoConfig, variables: Variables): ItemStore {
  return new DynamoClient({
    region: aws.region ?? variables['AWS_REGION'] ?? 'us-west-2',
    endpoint: aws.endpoint ?? variables['DYNAMODB_ENDPOINT'] ?? null,
    credentials: aws.credentials ?? (() => credentialsOf(variables)),
    ...(fetch ? { fetch } : {}),
  });
}

function credentialsOf(variables: Variables): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = variables;
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigurationError(
      'AWS credentials not found. Pass aws.credentials to initModels, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function lazily<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => (made ??= make());
}

/** What the layer asks of where it runs: variables, credentials, files. A Worker has no files; `bao/node` puts Node's answers in place. */
import { webDigests } from '../dynamo/digests.ts';
import type { Digests } from '../dynamo/digests.ts';
import type { AwsCredentials } from '../dynamo/signing.ts';
import type { BaoConfig, ModelConstructor } from './configuration.ts';
import { ConfigurationError } from './errors.ts';

/** The environment's variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

export interface Platform {
  /** the variables, as they are now */
  variables(): Variables;
  /** credentials from elsewhere than the configuration and the variables; null: none */
  credentials(): AwsCredentials | null;
  /** what requests are signed with */
  readonly digests: Digests;
  /** a configuration with what the platform adds to it: Node's configuration file */
  complete(config: BaoConfig): BaoConfig;
  /** the models of a configuration that names none. @throws ConfigurationError when it does not say where they are */
  loadModels(config: BaoConfig): Record<string, ModelConstructor>;
}

// A Worker's text bindings are its variables. They are in `process.env` with newer compatibility dates, and in this module with all of them;
// a static import would keep the layer from loading in Node.
const WORKERS_MODULE = 'cloudflare:workers';
let bindings: Readonly<Record<string, unknown>> = {};
if ('WebSocketPair' in globalThis)
  void import(/* webpackIgnore: true */ /* @vite-ignore */ WORKERS_MODULE).then(
    (module: { env?: Readonly<Record<string, unknown>> }) => (bindings = module.env ?? {}),
    () => null, // an older runtime, which has no such module
  );

/** The variables that the layer reads. */
export const VARIABLES: readonly string[] = [
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'DYNAMODB_ENDPOINT',
  'TABLE_NAME',
  'DYNAMO_BAO_LOG_LEVEL',
  'DYNAMO_BAO_TENANCY_ENABLED',
  'DYNAMO_BAO_REQUIRE_BATCH_CONTEXT',
];

const worker: Platform = {
  variables: () => Object.fromEntries(VARIABLES.map((name) => [name, processVariables()[name] ?? textOf(bindings[name])])),
  credentials: () => null,
  digests: webDigests,
  complete: (config) => config,
  loadModels: () => {
    throw new ConfigurationError("Filesystem not available. Please provide models directly using the 'models' config option.");
  },
};

let current: Platform = worker;

/** The platform of the running code. */
export function platform(): Platform {
  return current;
}

/** Puts another platform in place of the Worker's, for all configurations made from now on. */
export function usePlatform(other: Platform): void {
  current = other;
}

/** The variables of the process, where there is one. */
export function processVariables(): Variables {
  const { process } = globalThis as { process?: { env?: Variables } }; // Node's global, which Worker types do not declare
  return process?.env ?? {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The application's configuration file, for `initModels` without models; commands read it as well. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BaoConfig } from '../configuration.ts';
import { ConfigurationError } from '../errors.ts';
import { isPlainObject } from '../../lib/plain-object.ts';
import { processVariables } from '../platform.ts';
import { requireDefault } from './require-module.ts';

/** Where it is looked for in the working folder, in this order. */
export const CONFIG_FILES: readonly string[] = [
  ...['js', 'mjs', 'cjs', 'ts', 'mts'].map((extension) => `dynamo-bao.config.${extension}`),
  ...['js', 'mjs'].map((extension) => `.dynamo-bao/config.${extension}`),
  ...['js', 'mjs', 'cjs'].map((extension) => `config.${extension}`),
];

/** The sections that are merged one level deep. */
const SECTIONS = ['aws', 'db', 'logging', 'paths', 'tenancy', 'batchContext'] as const;
/** A `config.js` may be anybody's: it is ours when it says one of these. */
const OUR_KEYS: readonly string[] = [...SECTIONS, 'models', 'codegen'];

/**
 * What the program says, over what the file says: the file that DYNAMO_BAO_CONFIG names, else one in the working folder. The latter
 * is not even looked for when the program names its models.
 *
 * @throws ConfigurationError when the named file does not exist, or a file cannot be loaded or exports no object
 */
export function withConfigFile(config: BaoConfig): BaoConfig {
  const named = processVariables()['DYNAMO_BAO_CONFIG'];
  const path = named
    ? resolve(named)
    : config.models
      ? undefined
      : CONFIG_FILES.map((name) => resolve(name)).find((file) => existsSync(file));
  if (path === undefined) return config;
  if (!existsSync(path)) throw new ConfigurationError(`DYNAMO_BAO_CONFIG: ${path} does not exist`);
  const file = requireDefault(path);
  if (!isPlainObject(file)) throw new ConfigurationError(`${path}: expected an object as its default export (or module.exports)`);
  if (!named && !OUR_KEYS.some((key) => key in file)) return config;
  return merged(underEnvironment(absolute(file, dirname(path))), config);
}

function merged(file: BaoConfig, config: BaoConfig): BaoConfig {
  const whole: BaoConfig = { ...file, ...config };
  for (const section of SECTIONS) whole[section] = { ...file[section], ...config[section] };
  return whole;
}

/** The file without what the environment says otherwise: variables turn checks on and choose the log for a single run. */
function underEnvironment(file: BaoConfig): BaoConfig {
  const variables = processVariables();
  return {
    ...file,
    ...(variables['DYNAMO_BAO_LOG_LEVEL'] ? { logging: { ...file.logging, level: variables['DYNAMO_BAO_LOG_LEVEL'] } } : {}),
    ...(variables['DYNAMO_BAO_TENANCY_ENABLED'] === 'true' ? { tenancy: { enabled: true } } : {}),
    ...(variables['DYNAMO_BAO_REQUIRE_BATCH_CONTEXT'] === 'true' ? { batchContext: { requireBatchContext: true } } : {}),
  };
}

/** Paths in a file are relative to it. */
function absolute(file: BaoConfig, folder: string): BaoConfig {
  const paths = Object.entries(file.paths ?? {}).map(([name, path]) => [name, typeof path === 'string' ? resolve(folder, path) : path]);
  return { ...file, paths: Object.fromEntries(paths) as BaoConfig['paths'] & object }; // the same keys
}

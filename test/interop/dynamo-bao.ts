/** dynamo-bao 0.4.2 under the names of src/bao/index.ts, in whose place vitest.config.ts puts it. */
import { createRequire } from 'node:module';
import type * as steamer from '../../src/bao/index.ts';

const require = createRequire(import.meta.url);
// dynamo-bao has no types; its tests here are typed by the module that this one stands for.
const dynamoBao = require('dynamo-bao') as typeof steamer & {
  exceptions: Pick<
    typeof steamer,
    'BaoError' | 'ConditionalError' | 'ConfigurationError' | 'ItemNotFoundError' | 'QueryError' | 'ValidationError'
  >;
};

export const {
  BaoModel,
  constants,
  fields,
  getBatchContextCapacity,
  IndexConfig,
  initModels,
  ModelManager,
  PrimaryKeyConfig,
  runWithBatchContext,
  TenantContext,
  UniqueConstraintConfig,
} = dynamoBao;
export const { BaoError, ConditionalError, ConfigurationError, ItemNotFoundError, QueryError, ValidationError } = dynamoBao.exceptions;

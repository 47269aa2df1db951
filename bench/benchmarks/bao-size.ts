/** What the model layer adds to a Worker and to a compilation, against its peers. */
import type { BundleBenchmark } from '../harness/bundle-benchmark.ts';
import { dynamoBaoProject, electroProject, steamerProject, toolboxProject } from '../schemas/projects.ts';

const CORE = 'Steamer, create to query';
const ALL = 'Steamer, everything';

export const benchmark: BundleBenchmark = {
  kind: 'bundles',
  title: 'Twenty models of 8 to 10 fields and one index, with their client',
  entries: [
    { name: CORE, write: steamerProject('core.ts', '{ initModels, runWithBatchContext, TenantContext }') },
    { name: ALL, write: steamerProject('index.ts', '*') },
    { name: 'dynamo-bao', write: dynamoBaoProject },
    { name: 'ElectroDB', write: electroProject },
    { name: 'DynamoDB Toolbox', write: toolboxProject },
  ],
  goals: [
    { entry: CORE, metric: 'gzipBytes', atMost: 15_000 },
    { entry: ALL, metric: 'gzipBytes', atMost: 25_000 },
    { entry: CORE, metric: 'gzipBytesPerModel', atMost: 300 },
    { entry: CORE, metric: 'instantiations', atMost: 3_000 },
  ],
};

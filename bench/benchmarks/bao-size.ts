/** What the model layer adds to a Worker and to a compilation, against its peers. */
import type { BundleBenchmark } from '../harness/bundle-benchmark.ts';
import {
  dynamoBaoProject,
  electroProject,
  steamerCoreProject,
  steamerWholeProject,
  steamerWalksProject,
  toolboxProject,
} from '../schemas/projects.ts';

const CORE = 'Steamer, create to query';
const WALKS = 'Steamer, search, iteration, backfill and stream records too';

export const benchmark: BundleBenchmark = {
  kind: 'bundles',
  title: 'Twenty models of 8 to 10 fields and one index, with their client',
  entries: [
    { name: CORE, write: steamerCoreProject },
    { name: WALKS, write: steamerWalksProject },
    { name: 'Steamer, everything', write: steamerWholeProject },
    { name: 'dynamo-bao', write: dynamoBaoProject },
    { name: 'ElectroDB', write: electroProject },
    { name: 'DynamoDB Toolbox', write: toolboxProject },
  ],
  goals: [
    { entry: CORE, metric: 'gzipBytes', atMost: 15_000 },
    { entry: WALKS, metric: 'gzipBytes', atMost: 25_000 },
    { entry: CORE, metric: 'gzipBytesPerModel', atMost: 300 },
    { entry: CORE, metric: 'instantiations', atMost: 3_000 },
  ],
};

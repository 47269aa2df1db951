/** What memory an upload takes that is twice as large, beside that of the platform's own. */
import type { FilesBenchmark } from '../harness/files-benchmark.ts';

export const benchmark: FilesBenchmark = {
  kind: 'files',
  title:
    'Uploads in parts of 8 MiB on Miniflare, whose R2 is in the same process: through the ledger of files with its checks and its hash, and parts handed to R2 as they are',
  goals: [{ scenario: '400 MB after 200 MB', way: 'files', metric: 'larger peak, MB', atMost: 32 }],
};

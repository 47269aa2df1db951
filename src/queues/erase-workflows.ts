/** What a tenant has of workflows, for its erasure. Their streams are among the tenant's. */
import { inTurns } from '../lib/turns.ts';
import type { WorkflowRunRpc } from '../objects/index.ts';
import type { RunAddress } from '../runs/run-address.ts';
import { eraseDeployments } from '../runs/deployments.ts';
import { someRunsOf } from '../runs/run-index.ts';
import type { EraseStep } from '../wire/erasure.ts';

export interface ErasedWorkflows {
  db: D1Database;
  run: (address: RunAddress) => Pick<WorkflowRunRpc, 'remove'>;
  bucket: R2Bucket | undefined;
}

const RUNS_AT_ONCE = 100;
const RUNS_SIDE_BY_SIDE = 10;
const AGAIN = 'again';

/** Runs, whatever they are about, and then payloads that one has left behind, as one that was interrupted. */
export function eraseWorkflows({ db, run, bucket }: ErasedWorkflows): EraseStep[] {
  const runs: EraseStep = {
    name: 'runs',
    async erase(tenant) {
      const addresses = await someRunsOf(db, tenant, RUNS_AT_ONCE);
      await inTurns(addresses, RUNS_SIDE_BY_SIDE, async (address) => run(address).remove());
      return { removed: addresses.length, next: addresses.length === 0 ? null : AGAIN };
    },
  };
  const deployments: EraseStep = {
    name: 'deployments',
    erase: async (tenant) => ({ removed: await eraseDeployments(db, tenant), next: null }),
  };
  return bucket === undefined ? [runs, deployments] : [runs, deployments, eraseObjects(bucket, 'payloads')];
}

/** What a tenant has in a bucket, in a folder of this name. */
export function eraseObjects(bucket: R2Bucket, folder: string): EraseStep {
  return {
    name: folder,
    async erase(tenant) {
      const { objects, truncated } = await bucket.list({ prefix: `${folder}/${tenant}/` });
      if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
      return { removed: objects.length, next: truncated ? AGAIN : null };
    },
  };
}

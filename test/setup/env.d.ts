import type { D1Migration } from '@cloudflare/vitest-plugin';
import type { WorkflowRun } from '../worker/workflows.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      /** the accounts database's migrations, for tests to apply */
      MIGRATIONS: D1Migration[];
      /** of the Worker with workflows (test/worker/workflows.ts), and of no other */
      WORKFLOW_RUN: DurableObjectNamespace<WorkflowRun>;
      WORKFLOW_DB: D1Database;
      WORKFLOW_PAYLOADS: R2Bucket;
      WORKFLOW_MIGRATIONS: D1Migration[];
    }
  }
}

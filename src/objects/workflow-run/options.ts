/** What a run's object is made with: its bindings and its options. */
import type { LimiterNamespace, WorkflowRunNamespace } from '../stubs.ts';

/** The bindings that the object reads. */
export interface WorkflowRunEnv {
  WORKFLOW_RUN: WorkflowRunNamespace;
  WORKFLOW_DB: D1Database;
  /** without it payloads are 1 MiB at most */
  WORKFLOW_PAYLOADS?: R2Bucket;
  /** without it nobody counts how many runs begin */
  RATE_LIMITER?: LimiterNamespace;
}

export interface WorkflowRunOptions {
  /** how long a run is kept after its end, in seconds; default 30 days */
  retentionSec?: number;
  /** how long after an interruption what was under way is taken up again, in milliseconds; default 10,000 */
  backstopMs?: number;
  /** names the limiter's objects, as the service's own option of this name does */
  limiter?: { set?: string; shards?: number };
}

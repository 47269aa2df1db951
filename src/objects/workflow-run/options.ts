/** What a run's object is made with: its bindings and its options. */
import type { WorkflowRunNamespace } from '../stubs.ts';
import type { RunLimits } from './admission.ts';

/** The bindings that the object reads. */
export interface WorkflowRunEnv {
  WORKFLOW_RUN: WorkflowRunNamespace;
  WORKFLOW_DB: D1Database;
  /** without it payloads are 1 MiB at most */
  WORKFLOW_PAYLOADS?: R2Bucket;
}

export interface WorkflowRunOptions {
  /** how long a run is kept after its end, in seconds; default 30 days */
  retentionSec?: number;
  /** how long after an interruption what was under way is taken up again, in milliseconds; default 10,000 */
  backstopMs?: number;
  /** what the tenants' runs are held to; null, and by default: nothing */
  limits?: (env: object) => RunLimits | null;
}

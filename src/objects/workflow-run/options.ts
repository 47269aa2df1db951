/** What a run's object is made with: its bindings and its options. */
import { ServiceError } from '../../lib/errors.ts';
import type { HandedMessage } from '../../runs/handed-message.ts';
import type { WorkflowRunNamespace } from '../stubs.ts';
import type { RunLimits } from './admission.ts';
import type { HandOffQueues } from './hand-off.ts';

/** The bindings that the object reads. */
export interface WorkflowRunEnv {
  WORKFLOW_RUN: WorkflowRunNamespace;
  WORKFLOW_DB: D1Database;
  /** without it payloads are 1 MiB at most */
  WORKFLOW_PAYLOADS?: R2Bucket;
  /** both where messages go through queues */
  WORKFLOW_QUEUE?: Queue<HandedMessage>;
  STEP_QUEUE?: Queue<HandedMessage>;
}

/** How runs are kept, and delivered. */
export interface WorkflowRunOptions {
  /** how long a run is kept after its end, in seconds; default 30 days */
  retentionSec?: number;
  /** how long after an interruption what was under way is taken up again, in milliseconds; default 10,000 */
  backstopMs?: number;
  /**
   * who begins deliveries: the run's object by itself ("object", the default), or when Cloudflare Queues say so ("queues"), which takes the bindings
   * `WORKFLOW_QUEUE` and `STEP_QUEUE` and consumers of both
   */
  dispatch?: 'object' | 'queues';
  /** what the tenants' runs are held to; null, and by default: nothing */
  limits?: (env: object) => RunLimits | null;
}

/** @throws ServiceError `misconfigured` where one is missing */
export function handOffQueues({ WORKFLOW_QUEUE: flow, STEP_QUEUE: step }: WorkflowRunEnv): HandOffQueues {
  if (flow !== undefined && step !== undefined) return { flow, step };
  const missing = [flow ? [] : ['WORKFLOW_QUEUE'], step ? [] : ['STEP_QUEUE']].flat().join(' and ');
  throw new ServiceError(
    'misconfigured',
    `dispatch "queues": expected producers of queues as WORKFLOW_QUEUE and STEP_QUEUE, got no ${missing}`,
  );
}

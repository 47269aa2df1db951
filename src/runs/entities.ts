/** Runs and what belongs to them, as the Workflow SDK reads them (`@workflow/world` 4.5). Payloads are the SDK's business: whatever it gave comes back. */

export type RunStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
export type StepStatus = RunStatus;

/** Bytes of the SDK's own format; JSON where an older one wrote it. */
export type Payload = unknown;

export interface StructuredError {
  message: string;
  stack?: string;
  code?: string;
}

export interface Run {
  runId: string;
  status: RunStatus;
  deploymentId: string;
  workflowName: string;
  specVersion: number;
  executionContext?: Record<string, unknown>;
  input?: Payload;
  output?: Payload;
  error?: StructuredError;
  /** when everything of the run is deleted */
  expiredAt?: Date;
  startedAt?: Date;
  completedAt?: Date;
  createdAt: Date;
  updatedAt: Date;
}

export interface Step {
  runId: string;
  /** the correlation id of its events */
  stepId: string;
  stepName: string;
  status: StepStatus;
  input?: Payload;
  output?: Payload;
  error?: StructuredError;
  attempt: number;
  startedAt?: Date;
  completedAt?: Date;
  retryAfter?: Date;
  createdAt: Date;
  updatedAt: Date;
  specVersion: number;
}

export interface Hook {
  runId: string;
  /** the correlation id of its events */
  hookId: string;
  token: string;
  ownerId: string;
  projectId: string;
  environment: string;
  metadata?: Payload;
  createdAt: Date;
  specVersion: number;
  isWebhook: boolean;
}

export interface Wait {
  waitId: string;
  runId: string;
  status: 'waiting' | 'completed';
  resumeAt: Date;
  completedAt?: Date;
  createdAt: Date;
  updatedAt: Date;
  specVersion: number;
}

export interface WorkflowEvent {
  runId: string;
  eventId: string;
  eventType: EventType;
  correlationId?: string;
  eventData?: Record<string, unknown>;
  createdAt: Date;
  occurredAt?: Date;
  specVersion: number;
}

export type EventType =
  | 'run_created'
  | 'run_started'
  | 'run_completed'
  | 'run_failed'
  | 'run_cancelled'
  | 'step_created'
  | 'step_started'
  | 'step_completed'
  | 'step_failed'
  | 'step_retrying'
  | 'hook_created'
  | 'hook_received'
  | 'hook_disposed'
  | 'hook_conflict'
  | 'wait_created'
  | 'wait_completed';

/** The member of `eventData` that is the event's payload: stored apart, and left out where no payloads are asked for. */
export const PAYLOAD_MEMBERS: Readonly<Record<EventType, string | null>> = {
  run_created: 'input',
  run_started: 'input',
  run_completed: 'output',
  run_failed: 'error',
  run_cancelled: null,
  step_created: 'input',
  step_started: null,
  step_completed: 'result',
  step_failed: 'error',
  step_retrying: 'error',
  hook_created: 'metadata',
  hook_received: 'payload',
  hook_disposed: null,
  hook_conflict: null,
  wait_created: null,
  wait_completed: null,
};

/** What a call to `events.create` answers. */
export interface EventResult {
  /** absent where there was nothing to write */
  event?: WorkflowEvent;
  run?: Run;
  step?: Step;
  hook?: Hook;
  wait?: Wait;
  /** with a run that starts: the first page of its log */
  events?: WorkflowEvent[];
  cursor?: string | null;
  hasMore?: boolean;
  maxEvents?: number;
}

/** Whether payloads are wanted. */
export type ResolveData = 'all' | 'none';

export interface Page<Entry> {
  data: Entry[];
  cursor: string | null;
  hasMore: boolean;
}

/** Entities as they are stored and decided about: instants in milliseconds, no payloads. */
import type { RunStatus, StepStatus, StructuredError } from './entities.ts';

export interface RunState {
  status: RunStatus;
  deploymentId: string;
  workflowName: string;
  specVersion: number;
  executionContext: Record<string, unknown> | null;
  error: StructuredError | null;
  createdAtMs: number;
  updatedAtMs: number;
  startedAtMs: number | null;
  completedAtMs: number | null;
}

export interface StepState {
  stepId: string;
  stepName: string;
  status: StepStatus;
  attempt: number;
  error: StructuredError | null;
  createdAtMs: number;
  updatedAtMs: number;
  startedAtMs: number | null;
  completedAtMs: number | null;
  /** not to be started before */
  retryAfterMs: number | null;
  specVersion: number;
}

export interface HookState {
  hookId: string;
  token: string;
  isWebhook: boolean;
  /** by itself, or with its run */
  isDisposed: boolean;
  createdAtMs: number;
  specVersion: number;
}

export interface WaitState {
  /** the correlation id of its events */
  waitId: string;
  resumeAtMs: number;
  createdAtMs: number;
  completedAtMs: number | null;
  specVersion: number;
}

/** Whether a run, or a step, has come to its end. */
export function hasEnded({ status }: { status: RunStatus }): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

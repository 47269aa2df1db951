/** Rows of runs and steps as states, in whichever database they are. */
import type { RunStatus, StepStatus } from './entities.ts';
import type { RunState, StepState } from './states.ts';

export type RunRow = {
  workflow_name: string;
  status: RunStatus;
  deployment_id: string;
  spec_version: number;
  execution_context: string | null;
  error: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  started_at_ms: number | null;
  completed_at_ms: number | null;
};

export type StepRow = {
  rank: number;
  step_id: string;
  step_name: string;
  status: StepStatus;
  attempt: number;
  error: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  started_at_ms: number | null;
  completed_at_ms: number | null;
  retry_after_ms: number | null;
  spec_version: number;
};

export function runOfRow(row: RunRow): RunState {
  return {
    status: row.status,
    deploymentId: row.deployment_id,
    workflowName: row.workflow_name,
    specVersion: row.spec_version,
    executionContext: parsed(row.execution_context) as RunState['executionContext'], // as below: text of `jsonOf`
    error: parsed(row.error) as RunState['error'],
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    startedAtMs: row.started_at_ms,
    completedAtMs: row.completed_at_ms,
  };
}

export function stepOfRow(row: StepRow): StepState {
  return {
    stepId: row.step_id,
    stepName: row.step_name,
    status: row.status,
    attempt: row.attempt,
    error: parsed(row.error) as StepState['error'], // text of `jsonOf`
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    startedAtMs: row.started_at_ms,
    completedAtMs: row.completed_at_ms,
    retryAfterMs: row.retry_after_ms,
    specVersion: row.spec_version,
  };
}

/** The text of a value for its column. */
export function jsonOf(value: object | null): string | null {
  return value && JSON.stringify(value);
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

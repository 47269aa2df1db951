/** States and payloads as the entities that the SDK reads. A payload that is not wanted, or not there, is undefined. */
import type { Hook, Payload, Run, Step, Wait } from './entities.ts';
import type { RunAddress } from './run-address.ts';
import type { HookState, RunState, StepState, WaitState } from './states.ts';

/** What went into a run or a step, and what came of it. */
export interface Payloads {
  input: Payload;
  output: Payload;
}

/** @param retentionMs how long a run is kept after its end */
export function runEntity(runId: string, run: RunState, { input, output }: Payloads, retentionMs: number): Run {
  const { startedAtMs, completedAtMs } = run;
  return {
    runId,
    status: run.status,
    deploymentId: run.deploymentId,
    workflowName: run.workflowName,
    specVersion: run.specVersion,
    ...member('executionContext', run.executionContext),
    ...member('input', input),
    ...(run.status === 'completed' && member('output', output)),
    ...member('error', run.error),
    ...member('startedAt', dateOf(startedAtMs)),
    ...member('completedAt', dateOf(completedAtMs)),
    ...member('expiredAt', dateOf(completedAtMs && completedAtMs + retentionMs)),
    createdAt: new Date(run.createdAtMs),
    updatedAt: new Date(run.updatedAtMs),
  };
}

export function stepEntity(runId: string, step: StepState, { input, output }: Payloads): Step {
  return {
    runId,
    stepId: step.stepId,
    stepName: step.stepName,
    status: step.status,
    ...member('input', input),
    ...(step.status === 'completed' && member('output', output)),
    ...member('error', step.error),
    attempt: step.attempt,
    ...member('startedAt', dateOf(step.startedAtMs)),
    ...member('completedAt', dateOf(step.completedAtMs)),
    ...member('retryAfter', dateOf(step.retryAfterMs)),
    createdAt: new Date(step.createdAtMs),
    updatedAt: new Date(step.updatedAtMs),
    specVersion: step.specVersion,
  };
}

export function hookEntity({ runId, tenant, app }: RunAddress, hook: HookState, metadata: Payload): Hook {
  return {
    runId,
    hookId: hook.hookId,
    token: hook.token,
    ownerId: tenant,
    projectId: app,
    environment: '',
    ...member('metadata', metadata),
    createdAt: new Date(hook.createdAtMs),
    specVersion: hook.specVersion,
    isWebhook: hook.isWebhook,
  };
}

export function waitEntity(runId: string, { waitId, resumeAtMs, createdAtMs, completedAtMs, specVersion }: WaitState): Wait {
  return {
    waitId: `${runId}-${waitId}`,
    runId,
    status: completedAtMs === null ? 'waiting' : 'completed',
    resumeAt: new Date(resumeAtMs),
    ...member('completedAt', dateOf(completedAtMs)),
    createdAt: new Date(createdAtMs),
    updatedAt: new Date(completedAtMs ?? createdAtMs),
    specVersion,
  };
}

function dateOf(atMs: number | null): Date | null {
  return atMs === null ? null : new Date(atMs);
}

/** A member of an entity; none where there is no value. */
function member<Name extends string, Value>(name: Name, value: Value | null | undefined): Partial<Record<Name, Value>> {
  return value == null ? {} : ({ [name]: value } as Record<Name, Value>); // to the compiler a computed name is `string`, not `Name`
}

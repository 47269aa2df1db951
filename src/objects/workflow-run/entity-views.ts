/** States and payloads as the entities that the SDK reads. */
import type { Hook, Run, Step, Wait, ResolveData } from '../../runs/entities.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import type { HookState, RunState, StepState, WaitState } from '../../runs/states.ts';
import type { EventLog } from './event-log.ts';

export class EntityViews {
  readonly #address: RunAddress;
  readonly #log: EventLog;
  readonly #retentionMs: number;

  constructor(address: RunAddress, log: EventLog, retentionMs: number) {
    this.#address = address;
    this.#log = log;
    this.#retentionMs = retentionMs;
  }

  run(run: RunState, resolveData: ResolveData): Run {
    const { startedAtMs, completedAtMs } = run;
    return {
      runId: this.#address.runId,
      status: run.status,
      deploymentId: run.deploymentId,
      workflowName: run.workflowName,
      specVersion: run.specVersion,
      ...member('executionContext', run.executionContext),
      ...(resolveData === 'all' && member('input', this.#log.payloadOf('run_created', null))),
      ...(resolveData === 'all' && run.status === 'completed' && member('output', this.#log.payloadOf('run_completed', null))),
      ...member('error', run.error),
      ...member('startedAt', dateOf(startedAtMs)),
      ...member('completedAt', dateOf(completedAtMs)),
      ...member('expiredAt', dateOf(completedAtMs && completedAtMs + this.#retentionMs)),
      createdAt: new Date(run.createdAtMs),
      updatedAt: new Date(run.updatedAtMs),
    };
  }

  step(step: StepState, resolveData: ResolveData): Step {
    return {
      runId: this.#address.runId,
      stepId: step.stepId,
      stepName: step.stepName,
      status: step.status,
      ...(resolveData === 'all' && member('input', this.#log.payloadOf('step_created', step.stepId))),
      ...(resolveData === 'all' && step.status === 'completed' && member('output', this.#log.payloadOf('step_completed', step.stepId))),
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

  hook(hook: HookState, resolveData: ResolveData): Hook {
    const { runId, tenant, app } = this.#address;
    return {
      runId,
      hookId: hook.hookId,
      token: hook.token,
      ownerId: tenant,
      projectId: app,
      environment: '',
      ...(resolveData === 'all' && member('metadata', this.#log.payloadOf('hook_created', hook.hookId))),
      createdAt: new Date(hook.createdAtMs),
      specVersion: hook.specVersion,
      isWebhook: hook.isWebhook,
    };
  }

  wait({ waitId, resumeAtMs, createdAtMs, completedAtMs, specVersion }: WaitState): Wait {
    const { runId } = this.#address;
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
}

function dateOf(atMs: number | null): Date | null {
  return atMs === null ? null : new Date(atMs);
}

/** A member of an entity; none where there is no value. */
function member<Name extends string, Value>(name: Name, value: Value | null | undefined): Partial<Record<Name, Value>> {
  return value == null ? {} : ({ [name]: value } as Record<Name, Value>); // computed names are typed as any text
}

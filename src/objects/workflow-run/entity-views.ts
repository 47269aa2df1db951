/** States as the entities that the SDK reads, with the payloads that the log has of them. */
import type { EventType, Hook, Payload, ResolveData, Run, Step, Wait } from '../../runs/entities.ts';
import { hookEntity, runEntity, stepEntity, waitEntity } from '../../runs/entity-views.ts';
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
    const input = this.#payload('run_created', null, resolveData === 'all');
    const output = this.#payload('run_completed', null, resolveData === 'all' && run.status === 'completed');
    return runEntity(this.#address.runId, run, { input, output }, this.#retentionMs);
  }

  step(step: StepState, resolveData: ResolveData): Step {
    const input = this.#payload('step_created', step.stepId, resolveData === 'all');
    const output = this.#payload('step_completed', step.stepId, resolveData === 'all' && step.status === 'completed');
    return stepEntity(this.#address.runId, step, { input, output });
  }

  hook(hook: HookState, resolveData: ResolveData): Hook {
    return hookEntity(this.#address, hook, this.#payload('hook_created', hook.hookId, resolveData === 'all'));
  }

  wait(wait: WaitState): Wait {
    return waitEntity(this.#address.runId, wait);
  }

  #payload(type: EventType, correlationId: string | null, isWanted: boolean): Payload {
    return isWanted ? this.#log.payloadOf(type, correlationId) : undefined;
  }
}

/** The statements by which runs are written in D1. Each batch is one transaction: its first statement has the condition, what follows depends on that one having written. */
import { sql, type SQL } from 'drizzle-orm';
import type { EventType } from '../../runs/entities.ts';
import { splitEventData } from '../../runs/event-data.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { jsonOf } from '../../runs/state-rows.ts';
import type { RunState, StepState } from '../../runs/states.ts';
import { rowOfPayload } from '../../runs/stored-event.ts';

/** What of an event is written. */
export interface Draft {
  type: EventType;
  correlationId: string;
  eventData: Record<string, unknown> | undefined;
  specVersion: number;
  occurredAtMs: number | null;
  /** null: the write will not come again */
  callId: string | null;
}

export class D1Statements {
  readonly #address: RunAddress;
  /** the rows of the run */
  readonly own: SQL;

  constructor(address: RunAddress) {
    const { tenant, app, runId } = address;
    this.#address = address;
    this.own = sql`tenant = ${tenant} AND app = ${app} AND run_id = ${runId}`;
  }

  /** The run is as it was read, and has no event from outside that is newer than that. @param seenAtMs null: the writer does not say what it has seen */
  runIs(version: number | null, seenAtMs: number | null): SQL {
    if (version === null) return sql`NOT EXISTS (SELECT 1 FROM workflow_runs WHERE ${this.own})`;
    const seen = seenAtMs === null ? sql`` : sql`AND external_at_ms <= ${seenAtMs}`;
    return sql`EXISTS (SELECT 1 FROM workflow_runs WHERE ${this.own} AND version = ${version} ${seen})`;
  }

  stepIs(stepId: string, version: number | null): SQL {
    if (version === null) return sql`NOT EXISTS (SELECT 1 FROM workflow_steps WHERE ${this.own} AND step_id = ${stepId})`;
    return sql`EXISTS (SELECT 1 FROM workflow_steps WHERE ${this.own} AND step_id = ${stepId} AND version = ${version})`;
  }

  hasEvent(type: EventType, correlationId: string): SQL {
    return sql`EXISTS (SELECT 1 FROM workflow_events WHERE ${this.own} AND correlation_id = ${correlationId} AND type = ${type})`;
  }

  hookIsLive(hookId: string): SQL {
    return sql`EXISTS (SELECT 1 FROM workflow_hooks WHERE ${this.own} AND hook_id = ${hookId})`;
  }

  /** Appends an event where a condition holds. It is later than every event before, whatever the clock says. @returns its number and time, or nothing */
  append({ type, correlationId, eventData, specVersion, occurredAtMs, callId }: Draft, nowMs: number, condition: SQL, dataSql?: SQL): SQL {
    const { data, payload } = splitEventData(type, eventData);
    const stored = rowOfPayload(payload);
    const last = (column: SQL): SQL => sql`(SELECT ${column} FROM workflow_events WHERE ${this.own} ORDER BY seq DESC LIMIT 1)`;
    return sql`INSERT INTO workflow_events
        (tenant, app, run_id, seq, at_ms, type, correlation_id, data, payload, spilled_bytes, spec_version, occurred_at_ms, call_id)
      SELECT ${this.#owner}, coalesce(${last(sql`seq`)}, 0) + 1, max(${nowMs}, coalesce(${last(sql`at_ms`)}, 0)), ${type}, ${correlationId},
        ${dataSql ?? data}, ${stored.payload}, ${stored.spilledBytes}, ${specVersion}, ${occurredAtMs}, ${callId}
      WHERE ${condition} RETURNING seq, at_ms`;
  }

  /** The run as it has become. Where it is new nothing of it is there. */
  putRun(run: RunState, version: number): SQL {
    const { workflowName, status, deploymentId, specVersion, createdAtMs, updatedAtMs, startedAtMs, completedAtMs } = run;
    return sql`INSERT INTO workflow_runs
        (tenant, app, run_id, workflow_name, status, deployment_id, spec_version, error, created_at_ms, updated_at_ms, started_at_ms,
         completed_at_ms, version, execution_context)
      SELECT ${this.#owner}, ${workflowName}, ${status}, ${deploymentId}, ${specVersion}, ${jsonOf(run.error)}, ${createdAtMs}, ${updatedAtMs},
        ${startedAtMs}, ${completedAtMs}, ${version}, ${jsonOf(run.executionContext)}
      WHERE changes() = 1
      ON CONFLICT (tenant, app, run_id) DO UPDATE SET status = excluded.status, error = excluded.error, updated_at_ms = excluded.updated_at_ms,
        started_at_ms = excluded.started_at_ms, completed_at_ms = excluded.completed_at_ms, version = excluded.version`;
  }

  putStep(step: StepState, version: number): SQL {
    const { stepId, stepName, status, attempt, createdAtMs, updatedAtMs, startedAtMs, completedAtMs, retryAfterMs, specVersion } = step;
    return sql`INSERT INTO workflow_steps
        (tenant, app, run_id, step_id, rank, step_name, status, attempt, error, created_at_ms, updated_at_ms, started_at_ms, completed_at_ms,
         retry_after_ms, spec_version, version)
      SELECT ${this.#owner}, ${stepId}, (SELECT max(seq) FROM workflow_events WHERE ${this.own}), ${stepName}, ${status}, ${attempt},
        ${jsonOf(step.error)}, ${createdAtMs}, ${updatedAtMs}, ${startedAtMs}, ${completedAtMs}, ${retryAfterMs}, ${specVersion}, ${version}
      WHERE changes() = 1
      ON CONFLICT (tenant, app, run_id, step_id) DO UPDATE SET status = excluded.status, attempt = excluded.attempt, error = excluded.error,
        updated_at_ms = excluded.updated_at_ms, started_at_ms = excluded.started_at_ms, completed_at_ms = excluded.completed_at_ms,
        retry_after_ms = excluded.retry_after_ms, version = excluded.version`;
  }

  /** Takes a token where a condition holds and nobody has it. */
  takeToken(hook: { token: string; hookId: string; isWebhook: boolean; createdAtMs: number }, claimId: string, condition: SQL): SQL {
    return sql`INSERT INTO workflow_hooks (tenant, app, run_id, token, hook_id, claim_id, is_webhook, created_at_ms)
      SELECT ${this.#owner}, ${hook.token}, ${hook.hookId}, ${claimId}, ${Number(hook.isWebhook)}, ${hook.createdAtMs}
      WHERE ${condition} ON CONFLICT DO NOTHING`;
  }

  /** Whether a token was taken by this very claim. */
  hasTaken(token: string, claimId: string): SQL {
    const { tenant, app } = this.#address;
    return sql`EXISTS (SELECT 1 FROM workflow_hooks WHERE tenant = ${tenant} AND app = ${app} AND token = ${token} AND claim_id = ${claimId})`;
  }

  /** What a `hook_conflict` says, as JSON: who has the token. */
  conflictData(token: string): SQL {
    const { tenant, app } = this.#address;
    return sql`json_object('token', ${token}, 'conflictingRunId',
      (SELECT run_id FROM workflow_hooks WHERE tenant = ${tenant} AND app = ${app} AND token = ${token}))`;
  }

  /** The last event is one from outside. */
  noteExternal(): SQL {
    return sql`UPDATE workflow_runs
      SET external_at_ms = max(external_at_ms, (SELECT at_ms FROM workflow_events WHERE ${this.own} ORDER BY seq DESC LIMIT 1))
      WHERE ${this.own} AND changes() = 1`;
  }

  /** A run that has ended, or a hook that was disposed of, has no tokens. @param hookId null: all of the run's */
  releaseTokens(hookId: string | null): SQL {
    const which = hookId === null ? sql`` : sql`AND hook_id = ${hookId}`;
    return sql`DELETE FROM workflow_hooks WHERE ${this.own} ${which} AND changes() = 1`;
  }

  get #owner(): SQL {
    const { tenant, app, runId } = this.#address;
    return sql`${tenant}, ${app}, ${runId}`;
  }
}

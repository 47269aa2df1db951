/**
 * The World as the 4.0 betas of the SDK call it: they create and update runs, steps and hooks, and note beside it what has happened. Here each change is the
 * event that it is today, and what they note of it is there already.
 */
import { newUlid } from '../lib/ulid.ts';
import type { EventResult, Hook, Run, Step, WorkflowEvent } from '../runs/entities.ts';
import { runIdOf } from '../runs/run-address.ts';
import type { World } from '../world/sdk-world.ts';
import { worldError } from '../world/world-errors.ts';

type Members = Record<string, unknown>;
type Storage = Pick<World, 'runs' | 'steps' | 'events' | 'hooks'>;

/** What they call besides. */
export interface BetaStorage extends Storage {
  runs: Storage['runs'] & {
    create(data: Members): Promise<Run>;
    update(runId: string, data: Members): Promise<Run>;
    cancel(runId: string): Promise<Run>;
  };
  steps: Storage['steps'] & {
    create(runId: string, data: Members): Promise<Step>;
    update(runId: string, stepId: string, data: Members): Promise<Step>;
  };
  hooks: Storage['hooks'] & { create(runId: string, data: Members): Promise<Hook>; dispose(hookId: string): Promise<Hook> };
}

/** Events of theirs have none, by which they are known; the log has this one. */
const BETA_SPEC_VERSION = 2;
const RUN_EVENTS: Members = { running: 'run_started', completed: 'run_completed', failed: 'run_failed', cancelled: 'run_cancelled' };
const STEP_EVENTS: Members = { running: 'step_started', completed: 'step_completed', pending: 'step_retrying' };
/** What they note, and a change has written already or will. */
const NOTED = new Set(['step_started', 'step_completed', 'hook_created', 'hook_disposed']);
/** What of a log they know. */
const KNOWN = /^(?:step_(?:started|completed|failed)|hook_(?:created|received|disposed)|wait_(?:created|completed))$/;

export function betaStorage({ runs, steps, events, hooks }: Storage): BetaStorage {
  const write = async (runId: string, eventType: unknown, correlationId: unknown, eventData: Members): Promise<EventResult> =>
    asTheirs(events.create(runId, { eventType, correlationId, eventData, specVersion: BETA_SPEC_VERSION }));
  const updateRun = async (runId: string, { status, output, error }: Members): Promise<Run> => {
    try {
      return must((await write(runId, RUN_EVENTS[String(status)], undefined, { output, error })).run);
    } catch (cause) {
      // A delivery that comes again tells once more how it has ended.
      if (cause instanceof Error && 'status' in cause && cause.status === 409) return runs.get(runId);
      throw cause;
    }
  };

  return {
    runs: {
      ...runs,
      async create({ deploymentId, workflowName, input, executionContext }) {
        const data = { deploymentId, workflowName, input, executionContext };
        return must((await write(runIdOf(newUlid()), 'run_created', undefined, data)).run);
      },
      update: updateRun,
      cancel: (runId) => updateRun(runId, { status: 'cancelled' }),
    },
    steps: {
      ...steps,
      create: async (runId, { stepId, stepName, input }) => must((await write(runId, 'step_created', stepId, { stepName, input })).step),
      async update(runId, stepId, { status, output, retryAfter }) {
        // What has failed for good is what they have noted before.
        if (status === 'failed') return steps.get(runId, stepId);
        return must((await write(runId, STEP_EVENTS[String(status)], stepId, { result: output, retryAfter })).step);
      },
    },
    events: {
      ...events,
      create: (async (runId: string | null, data: Members, params: Parameters<Storage['events']['create']>[2]) => {
        if (data['specVersion'] !== undefined) return events.create(runId, data, params);
        const { eventType, correlationId, eventData = {} } = data as { eventType: string; correlationId?: string; eventData?: Members };
        const isNoted = NOTED.has(eventType) || (eventType === 'step_failed' && eventData['fatal'] !== true);
        if (isNoted) return { ...data, runId, eventId: `wevt_${newUlid()}`, createdAt: new Date() };
        return must((await write(String(runId), eventType, correlationId, eventData)).event);
      }) as Storage['events']['create'], // which answers what its caller knows
      async list(params) {
        const page = await events.list(params);
        return { ...page, data: page.data.filter(isKnown) };
      },
    },
    hooks: {
      ...hooks,
      async create(runId, { hookId, token, metadata }) {
        const { hook } = await write(runId, 'hook_created', hookId, { token, metadata });
        return hook ?? Promise.reject(theirs(409, `Hook with token ${String(token)} already exists`));
      },
      async dispose(hookId) {
        const hook = await hooks.get(hookId);
        await write(hook.runId, 'hook_disposed', hookId, {});
        return hook;
      },
    },
  };
}

function isKnown({ specVersion, eventType }: WorkflowEvent): boolean {
  return specVersion !== BETA_SPEC_VERSION || KNOWN.test(eventType);
}

/** They know one error, by its status. */
async function asTheirs<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error) || !('status' in error)) throw error;
    throw theirs(Number(error.status), error.message);
  }
}

function theirs(status: number, message: string): Error {
  return Object.assign(worldError({ name: 'WorkflowWorldError', message, status }), { name: 'WorkflowAPIError' });
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('expected the service to answer what was written');
  return value;
}

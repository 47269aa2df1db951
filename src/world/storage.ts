/** The storage of the SDK's World (`@workflow/world` 4.5): runs, steps, events and hooks of one app, out of the runs' homes and the index. */
import { inTurns } from '../lib/turns.ts';
import type { Hook, Run } from '../runs/entities.ts';
import { readPagination } from '../runs/pages.ts';
import { isRunId, type AppScope } from '../runs/run-address.ts';
import { findHookById, findHookByToken, listIndexedHooks, listIndexedRuns, type IndexedHook, type IndexedRun } from '../runs/run-index.ts';
import type { RunStore } from '../runs/run-store.ts';
import { hookNotFound, invalid, runNotFound, unreachable, type Outcome } from '../runs/world-error.ts';
import { eventCreation } from './event-creation.ts';
import { failRefused } from './refused-events.ts';
import type { ReadParams, WorldStorage } from './sdk-world.ts';
import { valueOf, worldError } from './world-errors.ts';

export interface StorageOptions {
  /** whose runs they are: asked with every call */
  scope: () => AppScope;
  /** a run's home */
  run: (runId: string) => RunStore;
  index: () => D1Database;
}

const EVENTS_PAGE = { limit: 100, order: 'asc' } as const;
const ENTITIES_PAGE = { limit: 20, order: 'desc' } as const;
/** How many runs are asked at a time for what the index does not have. */
const RUNS_AT_A_TIME = 16;

export function createStorage({ scope, run, index }: StorageOptions): WorldStorage {
  const home = (runId: string): RunStore => {
    if (!isRunId(runId)) throw worldError(runNotFound(runId));
    return run(runId);
  };
  const hookAt = async (indexed: IndexedHook | undefined, wanted: string, params: ReadParams): Promise<Hook> => {
    if (indexed === undefined) throw worldError(hookNotFound(wanted));
    return valueOf(await home(indexed.runId).getHook(indexed.hookId, params.resolveData ?? 'all'));
  };

  return {
    runs: {
      get: async (runId, { resolveData = 'all' } = {}) => valueOf(await home(runId).getRun(resolveData)),
      async list({ pagination, resolveData = 'all', ...filter } = {}) {
        const page = valueOf(readPagination(pagination, ENTITIES_PAGE));
        const rows = await reached(() => listIndexedRuns(index(), scope(), filter, page));
        const runs = rows.slice(0, page.limit);
        const data = resolveData === 'none' ? runs.map(runOf) : await collect(runs, ({ runId }) => home(runId).getRun(resolveData));
        return { data, cursor: runs.at(-1)?.runId ?? page.cursor, hasMore: rows.length > page.limit };
      },
    },
    steps: {
      async get(runId, stepId, { resolveData = 'all' } = {}) {
        if (runId === undefined) throw worldError(invalid('steps.get: expected the id of the run, as those of steps are of one run only'));
        return valueOf(await home(runId).getStep(stepId, resolveData));
      },
      async list({ runId, pagination, resolveData = 'all' }) {
        return valueOf(await home(runId).listSteps(valueOf(readPagination(pagination, ENTITIES_PAGE)), resolveData));
      },
    },
    events: {
      create: failRefused(eventCreation(run)),
      get: async (runId, eventId, { resolveData = 'all' } = {}) => valueOf(await home(runId).getEvent(eventId, resolveData)),
      async list({ runId, pagination, resolveData = 'all' }) {
        return valueOf(await home(runId).listEvents(valueOf(readPagination(pagination, EVENTS_PAGE)), null, resolveData));
      },
      async listByCorrelationId({ correlationId, runId, pagination, resolveData = 'all' }) {
        const owner = runId ?? (await reached(() => findHookById(index(), scope(), correlationId)))?.runId;
        if (owner === undefined)
          throw worldError(invalid('listByCorrelationId: expected the id of the run, as correlation ids are of one run only'));
        return valueOf(await home(owner).listEvents(valueOf(readPagination(pagination, EVENTS_PAGE)), correlationId, resolveData));
      },
    },
    hooks: {
      get: async (hookId, params = {}) => hookAt(await reached(() => findHookById(index(), scope(), hookId)), hookId, params),
      getByToken: async (token, params = {}) => hookAt(await reached(() => findHookByToken(index(), scope(), token)), token, params),
      async list({ runId, pagination, resolveData = 'all' }) {
        const page = valueOf(readPagination(pagination, ENTITIES_PAGE));
        if (runId !== undefined) return valueOf(await home(runId).listHooks(page, resolveData));
        const rows = await reached(() => listIndexedHooks(index(), scope(), page));
        const hooks = rows.slice(0, page.limit);
        const data = await collect(hooks, (hook) => home(hook.runId).getHook(hook.hookId, resolveData));
        return { data, cursor: hooks.at(-1)?.token ?? page.cursor, hasMore: rows.length > page.limit };
      },
    },
  };
}

/** What the runs say of the rows of a page, in its order; what is no more is left out. */
async function collect<Row, Entity>(rows: readonly Row[], read: (row: Row) => Promise<Outcome<Entity>>): Promise<Entity[]> {
  const found = new Map<Row, Entity>();
  await inTurns(rows, RUNS_AT_A_TIME, async (row) => {
    const outcome = await read(row);
    if (outcome.ok) found.set(row, outcome.value);
  });
  return rows.flatMap((row) => found.get(row) ?? []);
}

async function reached<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw Object.assign(worldError(unreachable('The index of workflows cannot be reached at the moment')), { cause });
  }
}

function runOf({ runId, workflowName, status, deploymentId, specVersion, error, ...times }: IndexedRun): Run {
  const { createdAtMs, updatedAtMs, startedAtMs, completedAtMs } = times;
  return {
    runId,
    status,
    deploymentId,
    workflowName,
    specVersion,
    ...(error === null ? {} : { error: JSON.parse(error) as Run['error'] & object }), // written by `writeIndex`
    createdAt: new Date(createdAtMs),
    updatedAt: new Date(updatedAtMs),
    ...(startedAtMs === null ? {} : { startedAt: new Date(startedAtMs) }),
    ...(completedAtMs === null ? {} : { completedAt: new Date(completedAtMs) }),
  };
}

/** `/v1/{tenant}/workflows/runs`: what runs there are, how they went, and what may be done about them. Payloads are the workflows' own and are not shown. */
import { ServiceError, type ErrorCode } from '../lib/errors.ts';
import type { WorkflowRunRpc } from '../objects/workflow-run/rpc.ts';
import type { Page, RunStatus } from '../runs/entities.ts';
import type { AppScope, RunAddress } from '../runs/run-address.ts';
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../wire/limits.ts';
import type { RouteSchemas } from '../wire/route.ts';
import { runInApp } from '../world/app-scope.ts';
import type { WorldStorage } from '../world/storage.ts';
import { ParameterReader } from './parameter-reader.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

/** What the routes are handed. */
export interface InspectedWorkflows {
  app: string;
  storage: Pick<WorldStorage, 'runs' | 'steps' | 'events'>;
  /** a run's object */
  run: (address: RunAddress) => Pick<WorkflowRunRpc, 'deadMessages' | 'replayMessage'>;
}

const PATH = '/v1/:tenant/workflows/runs';
const PAGE_ENTRIES = 20;
const STATUSES: Record<RunStatus, RunStatus> = {
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};
const ANY = { type: 'object' };
const PAGE = {
  type: 'object',
  required: ['items', 'cursor'],
  properties: { items: { type: 'array', items: ANY }, cursor: { type: ['string', 'null'] } },
};
const PAGE_QUERY = { limit: { type: 'integer' }, cursor: { type: 'string' } };

/** The routes of an app's runs. */
export function workflowRunRoutes({ app, storage, run }: InspectedWorkflows): Route[] {
  const inApp = <Result>(context: RequestContext, work: (scope: AppScope) => Promise<Result>): Promise<Result> => {
    const scope = { tenant: tenantOf(context), app };
    return runInApp(scope, () => work(scope)).catch(rethrow);
  };
  const runIdOf = ({ params }: RequestContext): string => params['run'] ?? '';
  const resolveData = 'none' as const;
  /** A run that there is: what has not begun has no messages, and nothing is to be made for it. */
  const homeOf = async (context: RequestContext, scope: AppScope): Promise<ReturnType<typeof run>> => {
    await storage.runs.get(runIdOf(context), { resolveData });
    return run({ ...scope, runId: runIdOf(context) });
  };

  return [
    reads(
      '',
      'Lists runs, the newest first',
      { query: { workflow: { type: 'string' }, status: { type: 'string' }, ...PAGE_QUERY } },
      (context) =>
        inApp(context, async () => {
          const reader = new ParameterReader(context.url);
          const workflowName = reader.take('workflow') ?? undefined;
          const status = reader.oneOf<RunStatus | undefined>('status', STATUSES, undefined);
          const pagination = pageOf(reader, 'workflow, status, limit, cursor');
          return page(await storage.runs.list({ workflowName, status, pagination, resolveData }));
        }),
    ),
    reads('/:run', 'Shows a run', {}, (context) => inApp(context, () => storage.runs.get(runIdOf(context), { resolveData }))),
    reads('/:run/events', 'Lists what happened in a run, in its order', { query: PAGE_QUERY }, (context) =>
      inApp(context, async () => {
        const pagination = pageOf(new ParameterReader(context.url), 'limit, cursor');
        return page(await storage.events.list({ runId: runIdOf(context), pagination, resolveData }));
      }),
    ),
    reads('/:run/steps', 'Lists the steps of a run, the newest first', { query: PAGE_QUERY }, (context) =>
      inApp(context, async () => {
        const pagination = pageOf(new ParameterReader(context.url), 'limit, cursor');
        return page(await storage.steps.list({ runId: runIdOf(context), pagination, resolveData }));
      }),
    ),
    reads('/:run/dead-messages', 'Lists the messages of a run that were given up', {}, (context) =>
      inApp(context, async (scope) => ({ items: await (await homeOf(context, scope)).deadMessages(), cursor: null })),
    ),
    writes('/:run/cancel', 'Cancels a run', (context) =>
      inApp(context, async () => (await storage.events.create(runIdOf(context), { eventType: 'run_cancelled' }, { resolveData })).run),
    ),
    writes('/:run/dead-messages/:message/replay', 'Delivers a message that was given up once more', (context) =>
      inApp(context, async (scope) => {
        const messageId = context.params['message'] ?? '';
        if (await (await homeOf(context, scope)).replayMessage(messageId)) return { messageId };
        throw new ServiceError('not_found', 'No message of this id was given up.');
      }),
    ),
  ];
}

type Answer = (context: RequestContext) => Promise<unknown>;
const COMMON = { cacheable: false, bodyLimitBytes: 0 } as const;

function reads(path: string, summary: string, { query }: Pick<RouteSchemas, 'query'>, answer: Answer): Route {
  const schemas = { ...(query && { query }), responses: { 200: query ? PAGE : ANY } };
  const handle = async (context: RequestContext): Promise<Response> => json(await answer(context));
  return {
    ...COMMON,
    method: 'GET',
    path: PATH + path,
    summary,
    access: { scope: 'workflows:read' },
    limit: 'read',
    mutates: false,
    schemas,
    handle,
  };
}

function writes(path: string, summary: string, answer: Answer): Route {
  const schemas = { responses: { 200: ANY } };
  const handle = async (context: RequestContext): Promise<Response> => json(await answer(context));
  return {
    ...COMMON,
    method: 'POST',
    path: PATH + path,
    summary,
    access: { scope: 'workflows:write' },
    limit: 'write',
    mutates: true,
    schemas,
    handle,
  };
}

function pageOf(reader: ParameterReader, allowed: string): { limit: number; cursor: string | null } {
  const pagination = { limit: reader.integer('limit', PAGE_ENTRIES, WORKFLOW_PAGE_MAX_ENTRIES), cursor: reader.take('cursor') };
  reader.finish(allowed);
  return pagination;
}

function page<Entry>({ data, cursor, hasMore }: Page<Entry>): { items: Entry[]; cursor: string | null } {
  return { items: data, cursor: hasMore ? cursor : null };
}

const CODES: Record<string, ErrorCode> = {
  EntityConflictError: 'conflict',
  RunExpiredError: 'gone',
  WorkflowRunNotFoundError: 'not_found',
};

/** The World's errors as the service's own. */
function rethrow(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const status = 'status' in error ? error.status : undefined;
  const code = CODES[error.name] ?? (status === 400 ? 'invalid_input' : status === 503 ? 'unavailable' : undefined);
  throw code === undefined ? error : new ServiceError(code, `${error.message}.`, { cause: error });
}

/** `/v1/{tenant}/workflows/runs`: what runs there are, and how they went. Payloads are shown when they are asked for. */
import { runStreamName } from '../runs/run-address.ts';
import type { Hook, Run, RunStatus, Step, WorkflowEvent } from '../runs/entities.ts';
import { shownEvent } from '../runs/shown-event.ts';
import { ParameterReader } from './parameter-reader.ts';
import type { Route } from './route.ts';
import { wantsSocket } from './stream-upgrade.ts';
import { followRun, wantsEventStream } from './workflow-follow.ts';
import { withPayloads, type ReadPayload } from './workflow-payloads.ts';
import {
  PAGE_QUERY,
  pageOf,
  PAYLOADS_QUERY,
  readListQuery,
  readPagination,
  readPayloadsQuery,
  runIdOf,
  RunRoutes,
  type ServedRuns,
} from './workflow-route.ts';

/** What the routes are handed. */
export interface InspectedRuns extends ServedRuns {
  readPayload: ReadPayload;
}

const STATUSES: Record<RunStatus, RunStatus> = {
  pending: 'pending',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** The routes that show an app's runs. */
export function workflowRunRoutes(runs: InspectedRuns): Route[] {
  const { storage, readPayload } = runs;
  const routes = new RunRoutes(runs);
  const show = async <Entity extends Run | Step | WorkflowEvent>(entity: Entity, resolveData: 'all' | 'none'): Promise<Entity> =>
    resolveData === 'all' ? withPayloads(entity, readPayload) : entity;
  const list = { ...PAGE_QUERY, ...PAYLOADS_QUERY };

  return [
    routes.reads(
      '',
      'Lists runs, the newest first',
      { workflow: { type: 'string' }, status: { type: 'string' }, ...PAGE_QUERY },
      async ({ url }) => {
        const reader = new ParameterReader(url);
        const workflowName = reader.take('workflow') ?? undefined;
        const status = reader.oneOf<RunStatus | undefined>('status', STATUSES, undefined);
        const pagination = readPagination(reader);
        reader.finish('workflow, status, limit, cursor');
        return pageOf(await storage.runs.list({ workflowName, status, pagination, resolveData: 'none' }), (run) => run);
      },
    ),
    routes.reads('/:run', 'Shows a run', PAYLOADS_QUERY, async (context) => {
      const resolveData = readPayloadsQuery(context);
      return show(await storage.runs.get(runIdOf(context), { resolveData }), resolveData);
    }),
    routes.reads(
      '/:run/events',
      'Lists what happened in a run, in its order; as events or by a socket: what happens',
      list,
      async (context, scope) => {
        if (wantsSocket(context.request) || wantsEventStream(context.request))
          return followRun(context, scope, await routes.home(context, scope));
        const query = readListQuery(context);
        const page = await storage.events.list({ runId: runIdOf(context), ...query });
        return pageOf(page, (event) => show(shownEvent(event), query.resolveData));
      },
    ),
    routes.reads('/:run/steps', 'Lists the steps of a run, the newest first', list, async (context) => {
      const query = readListQuery(context);
      return pageOf(await storage.steps.list({ runId: runIdOf(context), ...query }), (step) => show(step, query.resolveData));
    }),
    routes.reads('/:run/hooks', 'Lists what a run waits for from outside, the newest first', PAGE_QUERY, async (context) => {
      const reader = new ParameterReader(context.url);
      const pagination = readPagination(reader);
      reader.finish('limit, cursor');
      return pageOf(await storage.hooks.list({ runId: runIdOf(context), pagination, resolveData: 'none' }), shownHook);
    }),
    routes.reads('/:run/streams', 'Lists the streams of a run, as the routes of streams know them', undefined, async (context, scope) => {
      const names = await (await routes.home(context, scope)).listStreams();
      return { items: names.map((name) => runStreamName(scope.app, name)), cursor: null };
    }),
    routes.reads('/:run/dead-messages', 'Lists the messages of a run that were given up', undefined, async (context, scope) => ({
      items: await (await routes.home(context, scope)).deadMessages(),
      cursor: null,
    })),
  ];
}

/** Without its token: whoever has it may resume the workflow. */
function shownHook({ runId, hookId, isWebhook, createdAt }: Hook): Pick<Hook, 'runId' | 'hookId' | 'isWebhook' | 'createdAt'> {
  return { runId, hookId, isWebhook, createdAt };
}

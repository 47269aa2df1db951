/** What may be done about a run: `POST /v1/{tenant}/workflows/runs/{run}/…`. */
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import type { Hook } from '../runs/entities.ts';
import { hasEnded } from '../runs/states.ts';
import { readJsonText } from './read-body.ts';
import type { Route } from './route.ts';
import { runIdOf, RunRoutes, type ServedRuns } from './workflow-route.ts';

/** What the routes are handed: functions of the SDK. */
export interface CommandedRuns extends ServedRuns {
  resumeHook: (hook: Hook, payload: unknown) => Promise<unknown>;
  wakeUp: (runId: string) => Promise<number>;
  runAgain: (runId: string) => Promise<string>;
}

const PAYLOAD_MAX_BYTES = 1024 * 1024;

/** The routes that change an app's runs, wherever its workflows are. */
export function workflowCommandRoutes(runs: ServedRuns): Route[] {
  const { storage } = runs;
  const routes = new RunRoutes(runs);
  return [
    routes.writes('/:run/cancel', 'Cancels a run', async (context) => {
      return (await storage.events.create(runIdOf(context), { eventType: 'run_cancelled' }, { resolveData: 'none' })).run;
    }),
    routes.writes('/:run/dead-messages/:message/replay', 'Delivers a message that was given up once more', async (context, scope) => {
      const messageId = context.params['message'] ?? '';
      if (await (await routes.home(context, scope)).replayMessage(messageId)) return { messageId };
      throw new ServiceError('not_found', 'No message of this id was given up.');
    }),
  ];
}

/** The routes that need the SDK, and so the workflows in this Worker. */
export function workflowSdkRoutes(runs: CommandedRuns): Route[] {
  const { storage } = runs;
  const routes = new RunRoutes(runs);
  return [
    routes.writes('/:run/wake', 'Ends the sleeps of a run', async (context) => {
      const run = await storage.runs.get(runIdOf(context), { resolveData: 'none' });
      if (hasEnded(run)) throw new ServiceError('conflict', `The run is ${run.status} already.`);
      return { sleepsEnded: await runs.wakeUp(run.runId) };
    }),
    routes.writes('/:run/run-again', 'Starts the workflow of a run again, with the same input', async (context) => ({
      runId: await runs.runAgain(runIdOf(context)),
    })),
    routes.writes(
      '/:run/hooks/:hook/resume',
      'Hands a payload, the body, to a run that waits for it',
      async (context) => {
        const payload = parseJson(await readJsonText(context.request, PAYLOAD_MAX_BYTES));
        const { data } = await storage.hooks.list({ runId: runIdOf(context), pagination: { limit: 1000 }, resolveData: 'none' });
        const hook = data.find(({ hookId }) => hookId === context.params['hook']);
        if (hook === undefined) throw new ServiceError('not_found', 'The run has no such hook, or no more.');
        await runs.resumeHook(hook, payload);
        return { runId: hook.runId, hookId: hook.hookId };
      },
      PAYLOAD_MAX_BYTES,
    ),
  ];
}

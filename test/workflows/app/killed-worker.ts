/** A Worker with workflows and nothing else, which is killed while they run, or measured. There is no index: runs do not wait for it. */
import { env } from 'cloudflare:workers';
import build, { workflows as built } from './.steamer/index.mjs';
import { start } from 'workflow/api';
import { defineStreamDirectory, defineStreamHub } from '../../../src/objects/index.ts';
import { defineWorkflows, runInApp } from '../../../src/workflows.ts';
import { completed } from './completed-run.ts';
import { sendAgain } from './send-again.ts';

// It says for each event that there is no index.
console.error = () => undefined;

/** How long after a kill what was under way goes on; where nothing is killed it is the usual time. */
const { BACKSTOP_MS: backstop } = env as { BACKSTOP_MS?: string };
const workflows = defineWorkflows(build, { tenant: 'acme', ...(backstop !== undefined && { backstopMs: Number(backstop) }) });

export class WorkflowRun extends workflows.objects.WorkflowRun {}
export class StreamHub extends defineStreamHub() {}
export class StreamDirectory extends defineStreamDirectory() {}
export class WorkflowRunner extends workflows.objects.WorkflowRunner {}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, verb = '', id = ''] = pathname.split('/');
    return runInApp({ tenant: 'acme', app: 'default' }, async () => {
      switch (verb) {
        case 'start': {
          const { runId } = await start(built[id as keyof typeof built], (await request.json()) as never[]);
          return Response.json({ runId });
        }
        case 'complete': {
          const run = await start(built[id as keyof typeof built], (await request.json()) as never[]);
          const delaysMs = await completed(run, searchParams.has('timed'), (ms) => scheduler.wait(ms));
          return Response.json({ delaysMs });
        }
        case 'again':
          await sendAgain(id);
          return Response.json({});
        case 'log': {
          const { status, error } = await build.world.runs.get(id);
          const { data } = await build.world.events.list({ runId: id, pagination: { limit: 1000 } });
          return Response.json({ status, error, events: data.map(({ eventType, correlationId = '' }) => ({ eventType, correlationId })) });
        }
        default:
          return new Response(null, { status: 404 });
      }
    });
  },
};

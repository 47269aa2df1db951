/** The Worker of an application with workflows, as its tests drive it. */
import { env } from 'cloudflare:workers';
import build, { workflows as built } from './.steamer/index.mjs';
import { getRun, resumeHook, start } from 'workflow/api';
import { createService } from '../../../src/service.ts';
import type { Deliver } from '../../../src/runs/deliveries.ts';
import { defineWorkflows } from '../../../src/workflows.ts';
import { d1Home, handleQueueMessage, type CloudflareEnv } from '../../../src/world-cloudflare.ts';
import { redeliver } from './redeliver.ts';
import { sendAgain } from './send-again.ts';

/** "queues": messages go through Cloudflare Queues; "d1": runs are kept in D1; "seed": so they are, in a Worker that takes messages one after the other. */
const { MODE: mode = 'object' } = env as { MODE?: 'object' | 'queues' | 'd1' | 'seed' };
const home = mode === 'd1' || mode === 'seed' ? { home: d1Home() } : { dispatch: mode };
const workflows = defineWorkflows(build, { tenant: 'acme', app: 'shop', backstopMs: 2_000, ...home });
const service = createService({ workflows });
/** What the way of dispatching is told by. Objects run in the isolate of the Worker here. */
const counts = { dispatches: 0, queueMessages: 0 };

export class WorkflowRun extends workflows.objects.WorkflowRun {}
export class WorkflowRunner extends workflows.objects.WorkflowRunner {
  override async deliver(...delivery: Parameters<Deliver['deliver']>): ReturnType<Deliver['deliver']> {
    counts.dispatches += 1;
    return super.deliver(...delivery);
  }
}
export class TenantStore extends service.objects.TenantStore {}
export class StreamHub extends service.objects.StreamHub {}
export class StreamDirectory extends service.objects.StreamDirectory {}
export class StreamRelay extends service.objects.StreamRelay {}
export class RateLimiter extends service.objects.RateLimiter {}
export class SessionOwner extends service.objects.SessionOwner {}

/** A workflow that nothing was built of. */
const unknown = (name: string) => ({ workflowId: `workflow//./workflows/math//${name}` });

type Env = Parameters<typeof service.handler.fetch>[1] & CloudflareEnv & { WORKFLOW_DB: D1Database };

export default {
  async queue(batch: MessageBatch, bindings: Env, ctx: ExecutionContext): Promise<void> {
    if (batch.queue in workflows.queues) counts.queueMessages += batch.messages.length;
    if (mode !== 'seed') return service.handler.queue(batch, bindings, ctx);
    for (const message of batch.messages) {
      try {
        await handleQueueMessage(bindings, message);
        message.ack();
      } catch {
        message.retry();
      }
    }
  },
  async fetch(request: Request, bindings: Env, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    const [, verb = '', id = ''] = url.pathname.split('/');
    switch (verb) {
      case 'start': {
        try {
          const { runId } = await start(built[id as keyof typeof built] ?? unknown(id), (await request.json()) as never[]);
          return Response.json({ runId });
        } catch (error) {
          return Response.json({ reason: String(error) }, { status: 500 });
        }
      }
      case 'run': {
        const run = getRun(id);
        const status = await run.status;
        return Response.json({ status, ...(status === 'completed' ? { value: await run.returnValue } : {}) });
      }
      case 'counts': {
        const changes = await bindings.WORKFLOW_DB.prepare('SELECT total_changes() AS written').first<{ written: number }>();
        return Response.json({ ...counts, d1Writes: changes?.written ?? 0 });
      }
      case 'error': {
        const reason = await getRun(id).returnValue.catch((error: unknown) => String(error));
        return Response.json({ reason });
      }
      case 'events': {
        const { data } = await build.world.events.list({ runId: id, pagination: { limit: 1000 } });
        return Response.json(data.map(({ eventType, correlationId, createdAt }) => ({ eventType, correlationId, createdAt })));
      }
      case 'prefix': {
        const { input } = await build.world.runs.get(id);
        return Response.json({ prefix: new TextDecoder().decode((input as Uint8Array).subarray(0, 4)) });
      }
      case 'again':
        await sendAgain(id);
        return Response.json({});
      case 'redeliver':
        await redeliver(bindings);
        return Response.json({});
      case 'hook':
        await resumeHook(decodeURIComponent(id), await request.json());
        return Response.json({});
      case 'stream': {
        const startIndex = Number(url.searchParams.get('start') ?? '0');
        const lines = getRun(id)
          .getReadable<unknown>({ startIndex })
          .pipeThrough(
            new TransformStream<unknown, Uint8Array>({
              transform: (value, controller) => controller.enqueue(new TextEncoder().encode(`${JSON.stringify(value)}\n`)),
            }),
          );
        return new Response(lines, { headers: { 'content-encoding': 'identity' } });
      }
      default:
        return service.handler.fetch(request as Parameters<typeof service.handler.fetch>[0], bindings, ctx);
    }
  },
};

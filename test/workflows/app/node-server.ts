/** The same workflows in an application in Node, whose World is a service elsewhere: routes as worker.ts has them, and those of the SDK. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRun, resumeHook, start, type Run } from 'workflow/api';
import { getWorld } from 'workflow/runtime';
import { completed } from './completed-run.ts';

type Handle = (request: Request) => Promise<Response>;

const load = createRequire(import.meta.url);
const flow = load('./.well-known/workflow/v1/flow.js') as { POST: Handle };
const step = load('./.well-known/workflow/v1/step.js') as { POST: Handle };
const webhook = load('./.well-known/workflow/v1/webhook.js') as { POST: Handle };
const { workflows } = load('./.well-known/workflow/v1/manifest.json') as {
  workflows: Record<string, Record<string, { workflowId: string }>>;
};

/** Under a name of which nothing was built, too. */
async function begin(name: string, request: Request): Promise<Run<unknown>> {
  const built = Object.values(workflows).find((ofFile) => Object.hasOwn(ofFile, name))?.[name];
  return start(built ?? { workflowId: `workflow//./workflows/math//${name}` }, (await request.json()) as never[]);
}

async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === '/.well-known/workflow/v1/flow') return flow.POST(request);
  if (pathname === '/.well-known/workflow/v1/step') return step.POST(request);
  if (pathname.startsWith('/.well-known/workflow/v1/webhook/')) return webhook.POST(request);
  const [, verb = '', id = ''] = pathname.split('/');
  switch (verb) {
    case 'start': {
      const { runId } = await begin(id, request);
      return Response.json({ runId });
    }
    case 'complete': {
      const delaysMs = await completed(await begin(id, request), searchParams.has('timed'), sleep);
      return Response.json({ delaysMs });
    }
    case 'run': {
      const run = getRun(id);
      const status = await run.status;
      return Response.json({ status, ...(status === 'completed' ? { value: await run.returnValue } : {}) });
    }
    case 'error':
      return Response.json({ reason: await getRun(id).returnValue.catch((error: unknown) => String(error)) });
    case 'events': {
      const { data } = await getWorld().events.list({ runId: id, pagination: { limit: 1000 } });
      return Response.json(data.map(({ eventType, correlationId, createdAt }) => ({ eventType, correlationId, createdAt })));
    }
    case 'hook':
      await resumeHook(decodeURIComponent(id), await request.json());
      return Response.json({});
    case 'stream': {
      const startIndex = Number(searchParams.get('start') ?? '0');
      const encoder = new TextEncoder();
      const lines = getRun(id)
        .getReadable<unknown>({ startIndex })
        .pipeThrough(
          new TransformStream<unknown, Uint8Array>({
            transform: (value, controller) => controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`)),
          }),
        );
      return new Response(lines);
    }
    default:
      return new Response(null, { status: 404 });
  }
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = 'GET', headers, url = '/' } = incoming;
  const body = method === 'GET' ? {} : { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const };
  const request = new Request(`http://${headers.host}${url}`, { method, headers: headers as Record<string, string>, ...body });
  const response = await answer(request).catch((error: unknown) => new Response(String(error), { status: 500 }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const chunk of response.body ?? []) outgoing.write(chunk);
  outgoing.end();
}

const server = createServer((incoming, outgoing) => void serve(incoming, outgoing).catch(() => outgoing.destroy()));
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', async () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.env['PORT'] = String(port);
  await getWorld().start?.();
  console.log(`listening on ${port}`);
});

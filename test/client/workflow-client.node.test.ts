import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { serverSentEvents } from '../../src/client/server-sent-events.ts';

let server: Server | null = null;
afterEach(() => server?.closeAllConnections());

async function clientOf(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo; // of a TCP server
  return createClient({ url: `http://127.0.0.1:${port}/v1/acme` }).workflows;
}

const written = (id: number, eventType: string) => `id: ${id}\nevent: ${eventType}\ndata: ${JSON.stringify({ eventType })}\n\n`;

test('a run is followed to its end over connections that break, each event once', async () => {
  const asked: string[] = [];
  const workflows = await clientOf((request, response) => {
    asked.push(`${request.headers.accept} ${request.url}`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.length === 1) response.write(written(1, 'run_created') + 'id: 2\nevent: run_st', () => response.destroy());
    else response.end(`:\n\n${written(2, 'run_started')}event: end\ndata: {}\n\n${written(3, 'never')}`);
  });
  const seen: string[] = [];
  for await (const { cursor, event } of workflows.events('wrun_1')) seen.push(`${cursor} ${event.eventType}`);
  expect(seen).toEqual(['1 run_created', '2 run_started']);
  expect(asked).toEqual([0, 1].map((cursor) => `text/event-stream /v1/acme/workflows/runs/wrun_1/events?cursor=${cursor}`));
});

test('a run that there is not is not waited for', async () => {
  const workflows = await clientOf((_, response) => response.writeHead(404).end('{"code":"not_found","detail":"There is no such run."}'));
  await expect(workflows.events('x').next()).rejects.toMatchObject({ code: 'not_found', message: 'There is no such run.' });
});

test('events may come in pieces of any size, over several lines, among comments', async () => {
  const bytes = new TextEncoder().encode(`:hi\n\n${written(1, 'größe')}data: a\ndata: b\n\nid: 9\n\n`);
  for (const size of [1, 2, 7, 1000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size));
    const events = [];
    for await (const event of serverSentEvents(ReadableStream.from(pieces), () => undefined)) events.push(event);
    expect(events).toEqual([
      { id: '1', event: 'größe', data: '{"eventType":"größe"}' },
      { id: '', event: 'message', data: 'a\nb' },
    ]);
  }
});

/** What answers calls in the place of a service, in ways that a service seldom does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readCborSequence, writeCbor } from '../../src/lib/cbor.ts';
import { joinBytes } from '../../src/lib/join-bytes.ts';

export interface ReceivedCall {
  id: string;
  method: string;
  args: unknown[];
}

/** `lost`: the calls are taken, and nobody hears of it. */
export type Answer = { outcomes: unknown[] } | { status: number; detail: string; retryAfterSec?: number } | 'lost';

export interface CallServer {
  url: string;
  /** the calls of each request, and its path */
  received: { path: string; calls: ReceivedCall[] }[];
  stop(): Promise<void>;
}

/** Starts it. @param answer to a request; `at` counts them from 0 */
export async function startCallServer(answer: (calls: ReceivedCall[], at: number) => Answer): Promise<CallServer> {
  const received: CallServer['received'] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const calls = readCborSequence(Buffer.concat(chunks)) as ReceivedCall[]; // as the caller writes them
    received.push({ path: request.url ?? '', calls });
    const answered = answer(calls, received.length - 1);
    if (answered === 'lost') return void request.socket.destroy();
    if ('outcomes' in answered) return void response.end(joinBytes(answered.outcomes.map(writeCbor)));
    response.writeHead(answered.status, { 'retry-after': String(answered.retryAfterSec ?? 0) });
    response.end(JSON.stringify({ detail: answered.detail }));
  };
  const server = createServer((request, response) => void serve(request, response)); // a test that fails of it says so itself
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a port
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

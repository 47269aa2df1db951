/** The SDK in Node with its World for development, as a process of its own: builds the application, serves its routes, and runs what it is asked to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { answerQuestions } from './child-process.ts';

export interface LocalQuestion {
  workflow: string;
  values: readonly number[];
  /** the run has a stream of `{ atMs }`, which is read as it is written */
  isStream: boolean;
}

const APP = fileURLToPath(new URL('../../test/workflows/app/', import.meta.url));
const OUTPUT = '.steamer/local';
const POLL_MS = 5;

interface Sdk {
  start: (workflow: { workflowId: string }, values: unknown[]) => Promise<{ runId: string }>;
  getRun: (runId: string) => { status: Promise<string>; getReadable(): AsyncIterable<{ atMs: number }> };
}
type Route = (request: Request) => Promise<Response>;
type Builder = new (config: object) => { build(): Promise<void> };

const ready = open();
answerQuestions(async ({ workflow, values, isStream }: LocalQuestion): Promise<number[]> => {
  const { start, getRun } = await ready;
  const { runId } = await start({ workflowId: `workflow//./workflows/math//${workflow}` }, [...values]);
  const delaysMs: number[] = [];
  if (isStream) for await (const { atMs } of getRun(runId).getReadable()) delaysMs.push(Date.now() - atMs);
  for (let status = ''; status !== 'completed'; status = await getRun(runId).status) {
    if (status === 'failed') throw new Error(`${runId} has failed`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return delaysMs;
});

async function open(): Promise<Sdk> {
  process.chdir(APP);
  // In memory, as the objects of the Worker beside it: what is measured is not the disk.
  const data = mkdtempSync('/dev/shm/steamer-local-world-');
  process.on('exit', () => rmSync(data, { recursive: true, force: true }));
  const routes = new Map<string, Route>();
  const server = createServer((request, response) => void serve(routes, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  Object.assign(process.env, {
    PORT: String(address.port),
    WORKFLOW_LOCAL_BASE_URL: `http://127.0.0.1:${address.port}`,
    WORKFLOW_LOCAL_DATA_DIR: data,
  });

  const ofApp = createRequire(join(APP, 'package.json'));
  const { StandaloneBuilder } = (await import(pathToFileURL(ofApp.resolve('@workflow/builders')).href)) as { StandaloneBuilder: Builder };
  const path = (name: string): string => join(APP, OUTPUT, `${name}.cjs`);
  const bundles = { stepsBundlePath: path('step'), workflowsBundlePath: path('flow'), webhookBundlePath: path('webhook') };
  await new StandaloneBuilder({ dirs: ['workflows'], workingDir: APP, buildTarget: 'standalone', ...bundles }).build();
  for (const name of ['flow', 'step']) routes.set(`/.well-known/workflow/v1/${name}`, (ofApp(path(name)) as { POST: Route }).POST); // what the SDK writes
  return (await import(pathToFileURL(ofApp.resolve('workflow/api')).href)) as Sdk;
}

async function serve(routes: ReadonlyMap<string, Route>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const route = routes.get(url.pathname);
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const answer = await route?.(new Request(url, { method: 'POST', headers, body: Buffer.concat(chunks) }));
  response.writeHead(answer?.status ?? 404, { 'content-type': 'application/json' }).end(await answer?.text());
}

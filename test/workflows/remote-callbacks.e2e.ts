/** How a service on workerd delivers messages to an app: what the app sees, and what follows from what it answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WorldCaller } from '../../src/remote-world/caller.ts';
import { Deployment, type CallbackKeys } from '../../src/remote-world/deployment.ts';
import { newRunId, INPUT } from '../contract/workflow-storage/fixture.ts';
import { startService, type RunningService } from './remote-service.ts';

const WAIT = { timeout: 100_000, interval: 50 };
const DONE = '{"kind":"done"}';

interface Received {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** An app of a test's own that answers as it is told. */
class App {
  readonly received: Received[] = [];
  readonly #server: Server;

  private constructor(answer: (response: ServerResponse, at: number) => void) {
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = await text(request);
      answer(response, this.received.push({ path: request.url ?? '', headers: request.headers, body }) - 1);
    };
    this.#server = createServer((request, response) => void serve(request, response)); // a request that is cut off has no answer
  }

  static async start(answer: (response: ServerResponse, at: number) => void): Promise<App> {
    const app = new App(answer);
    await new Promise<void>((resolve) => app.#server.listen(0, '127.0.0.1', resolve));
    apps.push(app);
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // of a port
  }

  /** So many deliveries, when they have come. */
  deliveries(count: number): Promise<Received[]> {
    return vi.waitFor(() => {
      expect(this.received.length).toBeGreaterThanOrEqual(count);
      return this.received;
    }, WAIT);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const apps: App[] = [];
let service: RunningService;
let caller: WorldCaller;
beforeAll(async () => {
  service = await startService();
  const { url, key } = await service.tenant('called');
  caller = new WorldCaller(async () => ({ url: `${url}/workflows/apps/shop`, key }));
});
afterEach(() => apps.splice(0).forEach((app) => app.stop()));
afterAll(() => service.stop());

const register = (deploymentId: string, url: string) =>
  caller.call<{ keys: CallbackKeys }>('write', 'registerDeployment', [deploymentId, url]);
/** A message that brings what its run is made of. */
async function send(deploymentId: string): Promise<string> {
  const runId = newRunId();
  const runInput = { input: INPUT, deploymentId, workflowName: 'w', specVersion: 3 };
  await caller.call('write', 'queue', ['__wkf_workflow_w', { runId, runInput }]);
  return runId;
}
const attemptOf = ({ body }: Received): unknown => (JSON.parse(body) as { attempt: number }).attempt;

describe('a delivery to an app', () => {
  it('is signed, says which run it is of, and is done with when the app says so, after any number of spaces', async () => {
    const app = await App.start((response) => response.end(`  ${DONE}`));
    const keys = await register('dpl_1', `${app.url}/below/`);
    const runId = await send('dpl_1');
    const [delivery] = await app.deliveries(1);
    expect(delivery?.path).toBe('/below/.well-known/workflow/v1/flow');
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ runId, deploymentId: 'dpl_1', queue: '__wkf_workflow_w', attempt: 1 });
    const deployment = new Deployment(async () => keys);
    const headers = new Headers(delivery?.headers as Record<string, string>);
    expect(await deployment.whyNotOurs(headers, delivery?.body ?? '')).toBeNull();
    expect(await deployment.whyNotOurs(headers, `${delivery?.body} `)).toContain('the signature is not of this body');
  });

  it('comes again when the app fails, answers something else or is cut off, and goes nowhere by a redirect', async () => {
    const elsewhere = await App.start((response) => response.end(DONE));
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(302, { location: `${elsewhere.url}/` }).end(),
      (response) => response.end('<html>'),
      (response) => response.destroy(),
      (response) => response.end('{"kind":"again","afterMs":0}'),
      (response) => response.end(DONE),
    ];
    const app = await App.start((response, at) => answers[at]?.(response));
    await register('dpl_2', app.url);
    await send('dpl_2');
    const deliveries = await app.deliveries(answers.length);
    // A replay that asks to come again has gone well, and is counted anew.
    expect(deliveries.map(attemptOf)).toEqual([1, 2, 3, 4, 1]);
    expect(elsewhere.received).toEqual([]);
  });

  it('finds an app that has moved, and waits for one that nobody knows', async () => {
    const before = await App.start((response) => response.end(DONE));
    await register('dpl_3', before.url);
    await send('dpl_3');
    await before.deliveries(1);
    before.stop();
    const after = await App.start((response) => response.end(DONE));
    await register('dpl_3', after.url);
    await send('dpl_3');
    expect((await after.deliveries(1)).map(attemptOf)).toEqual([1]);
    await send('dpl_4');
    const late = await App.start((response) => response.end(DONE));
    await register('dpl_4', late.url);
    await late.deliveries(1);
  });
});

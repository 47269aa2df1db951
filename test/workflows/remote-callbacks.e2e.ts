/** How a service on workerd delivers messages to an app: what the app sees, and what follows from what it answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readTaggedJson, writeTaggedJson } from '../../src/lib/tagged-json.ts';
import type { Callback } from '../../src/remote-world/callbacks.ts';
import { WorldCaller } from '../../src/remote-world/caller.ts';
import { Deployment, type CallbackKeys } from '../../src/remote-world/deployment.ts';
import { bareAnswer } from '../../src/runs/deliveries.ts';
import { newRunId, INPUT } from '../contract/workflow-storage/fixture.ts';
import { startService, type RunningService } from './remote-service.ts';

const WAIT = { timeout: 100_000, interval: 50 };
const DONE = writeTaggedJson(bareAnswer({ kind: 'done' }));

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
/** The message of a step of a run, both of which are there. */
async function sendStep(deploymentId: string): Promise<string> {
  const runId = newRunId();
  const write = async (eventType: string, eventData: object, correlationId?: string) =>
    caller.call('write', 'events.create', [runId, { eventType, eventData, correlationId }]);
  await write('run_created', { input: INPUT, deploymentId, workflowName: 'w' });
  await write('step_created', { stepName: 'one', input: INPUT }, 'step_1');
  await caller.call('write', 'queue', ['__wkf_step_one', { workflowRunId: runId, stepId: 'step_1' }]);
  return runId;
}
const said = ({ body }: Received): Callback => readTaggedJson(body) as Callback; // the service has written it
const attemptOf = (received: Received): number => said(received).attempt;

describe('a delivery to an app', () => {
  it('is signed, says which run it is of, and is done with when the app says so, after any number of spaces', async () => {
    const app = await App.start((response) => response.end(`  ${DONE}`));
    const keys = await register('dpl_1', `${app.url}/below/`);
    const runId = await send('dpl_1');
    const [delivery] = await app.deliveries(1);
    expect(delivery?.path).toBe('/below/.well-known/workflow/v1/flow');
    const { body, headers: sent } = delivery ?? expect.fail('there is a delivery');
    expect(readTaggedJson(body)).toMatchObject({ runId, deploymentId: 'dpl_1', queue: '__wkf_workflow_w', attempt: 1, start: null });
    const deployment = new Deployment(async () => keys);
    const headers = new Headers(sent as Record<string, string>);
    expect(await deployment.whyNotOurs(headers, body)).toBeNull();
    expect(await deployment.whyNotOurs(headers, `${body} `)).toContain('the signature is not of this body');
  });

  it('comes again when the app fails, answers something else or is cut off, and goes nowhere by a redirect', async () => {
    const elsewhere = await App.start((response) => response.end(DONE));
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(302, { location: `${elsewhere.url}/` }).end(),
      (response) => response.end('<html>'),
      (response) => response.destroy(),
      (response) => response.end(writeTaggedJson(bareAnswer({ kind: 'again', afterMs: 0 }))),
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

  it('brings what the SDK asks first, again where the app was not heard of, and takes with the outcome what the SDK has written', async () => {
    const [answered, failed] = [
      { ...bareAnswer({ kind: 'done' }), isStartTaken: true },
      bareAnswer({ kind: 'failed', reason: 'TypeError: never' }),
    ];
    const of = (request: object): object => ({ request, options: { stateUpdatedAtMs: null, occurredAtMs: null } });
    const hook = of({ eventType: 'hook_created', correlationId: 'hook_1', eventData: { token: 'token' } });
    const completed = of({ eventType: 'run_completed', eventData: { output: INPUT } });
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(503).end(),
      (response) => response.end('<html>We are back soon</html>'),
      (response) => response.write(' ', () => response.destroy()),
      (response) => response.end(writeTaggedJson(failed)),
      (response) => response.end(writeTaggedJson({ ...answered, writes: { events: [hook], messages: [] } })),
      (response) => response.end(writeTaggedJson({ ...answered, writes: { events: [completed], messages: [] } })),
    ];
    const app = await App.start((response, at) => answers[at]?.(response));
    await register('dpl_5', app.url);
    const runId = await sendStep('dpl_5');
    const deliveries = await app.deliveries(4);
    expect(deliveries.map((one) => said(one).start?.step)).toMatchObject([
      { attempt: 1, input: INPUT },
      { attempt: 1, input: INPUT },
      { attempt: 1, input: INPUT },
      undefined,
    ]);
    await caller.call('write', 'queue', ['__wkf_workflow_w', { runId }]);
    await app.deliveries(6);
    const log = () => caller.call<{ data: { eventType: string }[] }>('read', 'events.list', [{ runId }]);
    await vi.waitFor(async () => expect((await log()).data.at(-1)?.eventType).toBe('run_completed'), WAIT);
    expect((await log()).data.map(({ eventType }) => eventType)).not.toContain('hook_created');
  });

  it('goes to where an app has moved, and brings nothing there where the app was heard of before', async () => {
    const after = await App.start((response) => response.end(DONE));
    const before = await App.start((response) => {
      void register('dpl_6', after.url).then(() => response.write(' ', () => response.destroy()));
    });
    await register('dpl_6', before.url);
    await sendStep('dpl_6');
    expect((await after.deliveries(1)).map(said)).toMatchObject([{ attempt: 2, start: null }]);
    expect(before.received.map(said)).toMatchObject([{ attempt: 1, start: { step: { attempt: 1 } } }]);
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

import { afterEach, describe, expect, it, vi } from 'vitest';
import { readTaggedJson, writeTaggedJson } from '../../src/lib/tagged-json.ts';
import { callbackHandler, type Callback } from '../../src/remote-world/callbacks.ts';
import { Deployment, type CallbackKeys } from '../../src/remote-world/deployment.ts';
import { bareAnswer, type DeliveryAnswer } from '../../src/runs/deliveries.ts';
import type { Delivery } from '../../src/runs/messages.ts';
import { signBody, SIGNATURE_HEADER } from '../../src/wire/sender-signature.ts';

const K1 = { id: 'k1', secret: new Uint8Array(32).fill(1) };
const K2 = { id: 'k2', secret: new Uint8Array(32).fill(2) };
const runId = 'wrun_01ARYZ6S41TSV4RRFFQ69G5FAV';
const delivery: Delivery = {
  queue: '__wkf_step_one',
  messageId: 'msg_1',
  attempt: 2,
  body: { workflowRunId: runId, input: new Uint8Array([0, 255]) },
  deploymentId: 'dpl_1',
};
const callback: Callback = { runId, ...delivery, start: { maxEvents: 7, events: [] } };
const DONE = bareAnswer({ kind: 'done' });
const answerOf = async (response: Response): Promise<unknown> => readTaggedJson(await response.text());

/** An app, and what it was handed. */
function newApp(answers: CallbackKeys[] = [{ k1: K1.secret }], work: () => Promise<DeliveryAnswer> = async () => DONE) {
  const handed: Callback[] = [];
  const asked: number[] = [];
  const deployment = new Deployment(async () => ({ keys: answers[Math.min(asked.push(asked.length), answers.length) - 1] ?? {} }));
  const handler = callbackHandler({
    prefix: '__wkf_step_',
    deploymentId: () => 'dpl_1',
    whyNotOurs: (headers, body) => deployment.whyNotOurs(headers, body),
    handle: (one) => (handed.push(one), work()),
  });
  const call = async (sent: object = {}, key = K1, atMs = Date.now(), tamper = (body: string) => body): Promise<Response> => {
    const body = writeTaggedJson({ ...callback, ...sent });
    const headers = { [SIGNATURE_HEADER]: await signBody(body, key, atMs) };
    return handler(new Request('https://app.test/step', { method: 'POST', body: tamper(body), headers }));
  };
  return { handed, asked, handler, call };
}

afterEach(() => vi.useRealTimers());

describe('calls of the service to an app', () => {
  it('are handed to the SDK, with bytes as bytes, and answered by what became of them', async () => {
    const answer: DeliveryAnswer = {
      delivered: { kind: 'again', afterMs: 0 },
      writes: {
        events: [],
        messages: [{ queue: '__wkf_step_one', body: { input: new Uint8Array([1]) }, idempotencyKey: null, delayMs: 0 }],
      },
      isStartTaken: true,
    };
    const { call, handed } = newApp(undefined, async () => answer);
    const response = await call();
    expect([response.status, await answerOf(response)]).toEqual([200, answer]);
    expect(handed).toEqual([callback]);
  });

  it('are nobody else’s: without a signature, of another key, of another body, or old ones are refused', async () => {
    const { call, handler, handed } = newApp();
    const unsigned = await handler(new Request('https://app.test/step', { method: 'POST', body: '{}' }));
    const responses = [
      unsigned,
      await call({}, { id: 'k1', secret: K2.secret }),
      await call({}, K2),
      await call({}, K1, Date.now(), (body) => body.replace('"attempt":2', '"attempt":1')),
      await call({}, K1, Date.now() - 301_000),
      await call({}, K1, Date.now() + 301_000),
    ];
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 401));
    expect(handed).toEqual([]);
  });

  it('are read no further than one may be long, whoever sends them', async () => {
    const { handler } = newApp();
    const mebibyte = new Uint8Array(1024 * 1024).fill(32);
    const pulled = vi.fn<(controller: ReadableStreamDefaultController) => void>((controller) => controller.enqueue(mebibyte));
    const body = new ReadableStream({ pull: pulled });
    expect((await handler(new Request('https://app.test/step', { method: 'POST', body, duplex: 'half' }))).status).toBe(413);
    expect(pulled.mock.calls.length).toBeLessThan(20);
  });

  it('are those of this deployment and of this route', async () => {
    const { call, handed } = newApp();
    expect((await call({ deploymentId: 'dpl_2' })).status).toBe(421);
    expect((await call({ queue: '__wkf_workflow_add' })).status).toBe(404);
    expect((await call({ body: null })).status).toBe(404);
    expect(handed).toEqual([]);
  });

  it('may be signed with a key that came later, which is asked for no more than once in 10 seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { call, asked } = newApp([{ k1: K1.secret }, { k1: K1.secret, k2: K2.secret }]);
    expect((await call()).status).toBe(200);
    expect((await call({}, K2)).status).toBe(401);
    expect(asked).toEqual([0]);
    vi.advanceTimersByTime(10_000);
    expect((await call({}, K2)).status).toBe(200);
    expect((await call({}, K1)).status).toBe(200);
    vi.advanceTimersByTime(10_000);
    expect((await call({}, { id: 'k3', secret: K2.secret })).status).toBe(401);
    expect(asked).toEqual([0, 1, 2]);
  });

  it('bring what the SDK asks first when they come, and not when they come once more', async () => {
    const { call, handed } = newApp();
    for (const attempt of [2, 2, 3]) await answerOf(await call({ attempt }));
    expect(handed.map(({ start }) => start)).toEqual([callback.start, null, callback.start]);
  });

  it('are answered by spaces while a step takes its time, and by one before it begins', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { promise, resolve } = Promise.withResolvers<DeliveryAnswer>();
    const { call, handed } = newApp(undefined, () => promise);
    const response = await call();
    expect(handed).toEqual([]);
    vi.advanceTimersByTime(45_000);
    resolve(DONE);
    expect(await response.text()).toBe(`    ${writeTaggedJson(DONE)}`);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** Calls of the service to this app: each is a message for a workflow or a step, which is handed to the SDK. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readLimitedText } from '../lib/limited-text.ts';
import { isPlainObject } from '../lib/plain-object.ts';
import { readTaggedJson, writeTaggedJson } from '../lib/tagged-json.ts';
import type { DeliveryAnswer } from '../runs/deliveries.ts';
import type { EventResult } from '../runs/entities.ts';
import type { Delivery } from '../runs/messages.ts';
import { SIGNATURE_HEADER } from '../wire/sender-signature.ts';

/** What a call says. */
export interface Callback extends Delivery {
  runId: string;
  /** what the SDK asks first; null: it has to ask */
  start: EventResult | null;
}

export interface CallbackOptions {
  /** of the queues whose messages are taken */
  prefix: string;
  deploymentId: () => string;
  /** why a call is not the service's; null: it is */
  whyNotOurs: (headers: Headers, body: string) => Promise<string | null>;
  /** hands a message to the SDK */
  handle: (callback: Callback) => Promise<DeliveryAnswer>;
}

/** A payload of 8 MiB as base64, and what goes with it. */
const BODY_MAX_CHARACTERS = 16 * 1024 * 1024;
/** Proxies end a request that says nothing, Cloudflare's after 100 seconds. */
const SPACE_EVERY_MS = 15_000;
/** Of so many calls it is known that they have come, by their signatures: what somebody on the way sends again comes within seconds. */
const KNOWN_CALLS = 10_000;

/** What the SDK's routes do with a request. A space comes at once, and more while the work goes on; then comes its outcome. */
export function callbackHandler({ prefix, deploymentId, whyNotOurs, handle }: CallbackOptions): (request: Request) => Promise<Response> {
  const known = new Set<string>();
  return async (request) => {
    const body = await readLimitedText(request.body, BODY_MAX_CHARACTERS);
    if (body === null) return refusal(413, `expected at most ${BODY_MAX_CHARACTERS} characters`);
    const reason = await whyNotOurs(request.headers, body);
    if (reason !== null) return refusal(401, reason);
    const callback = readTaggedJson(body) as Callback; // signed, and so written by the service
    if (callback.deploymentId !== deploymentId())
      return refusal(421, `this is the deployment "${deploymentId()}", and the run is of "${String(callback.deploymentId)}"`);
    if (!callback.queue.startsWith(prefix) || !isPlainObject(callback.body))
      return refusal(404, `expected a message of ${prefix}…, got one of ${callback.queue}`);
    // What is brought is true once: of a call that was sent again by somebody on the way the SDK has to ask.
    const isNew = note(known, request.headers.get(SIGNATURE_HEADER) ?? '');
    return streamed(() => handle(isNew ? callback : { ...callback, start: null }));
  };
}

function note(known: Set<string>, signature: string): boolean {
  const isNew = !known.has(signature);
  known.add(signature);
  const [oldest] = known;
  if (known.size > KNOWN_CALLS && oldest !== undefined) known.delete(oldest);
  return isNew;
}

/** The service is told that the call has come before anything is done of which it may not hear. */
function streamed(work: () => Promise<DeliveryAnswer>): Response {
  const encoder = new TextEncoder();
  let spaces: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const say = (text: string): void => controller.enqueue(encoder.encode(text));
      say(' ');
      spaces = setInterval(() => say(' '), SPACE_EVERY_MS);
      await nextTurn();
      const answer = await work().finally(() => clearInterval(spaces));
      say(writeTaggedJson(answer));
      controller.close();
    },
    cancel: () => clearInterval(spaces),
  });
  // Nobody on the way is to wait for more of it.
  return new Response(body, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store, no-transform' } });
}

function refusal(status: number, detail: string): Response {
  return Response.json({ status, detail }, { status });
}

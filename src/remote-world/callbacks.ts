/** Calls of the service to this app: each is a message for a workflow or a step, which is handed to the SDK. */
import { isPlainObject } from '../lib/plain-object.ts';
import { readTaggedJson } from '../lib/tagged-json.ts';
import type { Delivered, Delivery } from '../runs/messages.ts';

export interface CallbackOptions {
  /** of the queues whose messages are taken */
  prefix: string;
  deploymentId: () => string;
  /** why a call is not the service's; null: it is */
  whyNotOurs: (headers: Headers, body: string) => Promise<string | null>;
  /** hands a message to the SDK */
  handle: (delivery: Delivery) => Promise<Delivered>;
}

/** A payload of 8 MiB as base64, and what goes with it. */
const BODY_MAX_CHARACTERS = 16 * 1024 * 1024;
/** Proxies end a request that says nothing, Cloudflare's after 100 seconds. */
const SPACE_EVERY_MS = 15_000;

/** What the SDK's routes do with a request. Spaces come first while the work goes on, and then its outcome. */
export function callbackHandler({ prefix, deploymentId, whyNotOurs, handle }: CallbackOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = await request.text();
    if (body.length > BODY_MAX_CHARACTERS) return refusal(413, `expected at most ${BODY_MAX_CHARACTERS} characters`);
    const reason = await whyNotOurs(request.headers, body);
    if (reason !== null) return refusal(401, reason);
    const delivery = readTaggedJson(body) as Delivery; // signed, and so written by the service
    if (delivery.deploymentId !== deploymentId())
      return refusal(421, `this is the deployment "${deploymentId()}", and the run is of "${String(delivery.deploymentId)}"`);
    if (!delivery.queue.startsWith(prefix) || !isPlainObject(delivery.body))
      return refusal(404, `expected a message of ${prefix}…, got one of ${delivery.queue}`);
    return streamed(handle(delivery));
  };
}

function streamed(work: Promise<Delivered>): Response {
  const encoder = new TextEncoder();
  let spaces: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      spaces = setInterval(() => controller.enqueue(encoder.encode(' ')), SPACE_EVERY_MS);
      const outcome = await work.finally(() => clearInterval(spaces));
      controller.enqueue(encoder.encode(JSON.stringify(outcome)));
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

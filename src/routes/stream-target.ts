/** Which stream a request is about, and what all answers about streams have. */
import { ServiceError } from '../lib/errors.ts';
import { CHANGES_STREAM } from '../objects/index.ts';
import type { StreamHubStub } from '../objects/stubs.ts';
import { METRICS_STREAM } from '../wire/traffic.ts';
import { whyNotAStreamName } from '../wire/stream-name.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';
import { notForYou } from './stream-readers.ts';

/** Every answer may be read by other origins that hold a credential, and by none as anything but what it says it is. */
export function answer(
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array | ReadableStream | null = null,
): Response {
  return new Response(body, {
    status,
    headers: { 'cache-control': 'no-store', 'cross-origin-resource-policy': 'cross-origin', ...headers },
  });
}

/** The object of the path's stream. @throws ServiceError `invalid_input` for a name that can be none, `forbidden` for one that is not for the caller */
export function hubOf(context: RequestContext): StreamHubStub {
  const name = context.params['name'] ?? '';
  checkName(name);
  checkReadable(context, name);
  return context.services.streamHub(tenantOf(context), name);
}

/** The same for a reader: a stream of changes is there before the first of them. */
export async function readableHub(context: RequestContext): Promise<StreamHubStub> {
  const hub = hubOf(context);
  await makeReadable(context, context.params['name'] ?? '', hub);
  return hub;
}

/** Streams of the service are there before their first message, for who may read them: of changes, and of live metrics. @throws ServiceError `forbidden` */
export async function makeReadable(context: RequestContext, name: string, hub: StreamHubStub): Promise<void> {
  checkReadable(context, name);
  if (context.services.changesStreams.has(name)) await hub.create(CHANGES_STREAM);
  if (name === METRICS_STREAM) await context.services.traffic.watch(tenantOf(context));
}

/** @throws ServiceError `forbidden` for a stream that the caller may not read */
export function checkReadable({ principal, services }: RequestContext, name: string): void {
  if (!services.mayReadStream(principal, name)) throw notForYou(name);
}

/** @throws ServiceError `invalid_input` for a name that can be no stream's */
export function checkName(name: string): void {
  const reason = whyNotAStreamName(name);
  if (reason !== null) throw new ServiceError('invalid_input', `Stream: ${reason}.`);
}

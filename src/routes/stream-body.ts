/** The messages of a request, and of an answer. */
import type { MessageBatch } from '../objects/stream-hub/rpc.ts';
import { receivedMessages } from '../objects/stream-hub/received-messages.ts';
import { STREAM_APPEND_MAX_BYTES } from '../wire/limits.ts';
import { readBytes } from './read-body.ts';

/**
 * The messages of a body: of a JSON array one per element, as they are written. Null for an empty body.
 *
 * @throws ServiceError `invalid_json`, `body_too_large` above 4 MiB and for a message above 1 MiB
 */
export async function readMessages(request: Request, isJson: boolean): Promise<MessageBatch | null> {
  const bytes = await readBytes(request, STREAM_APPEND_MAX_BYTES);
  return bytes.byteLength === 0 ? null : receivedMessages(bytes, isJson);
}

/** The body of an answer with these messages. */
export function bodyOf({ data }: MessageBatch): string | Uint8Array {
  return typeof data === 'string' ? `[${data}]` : data;
}

/** The messages of a request, and of an answer: JSON in arrays whose elements are messages, everything else as bytes. */
import { ServiceError } from '../lib/errors.ts';
import { elementTexts } from '../lib/json-elements.ts';
import type { MessageBatch } from '../objects/stream-hub/rpc.ts';
import { STREAM_APPEND_MAX_BYTES, STREAM_MESSAGE_MAX_BYTES } from '../wire/limits.ts';
import { decodeText, parseJson, readBytes } from './read-body.ts';

/** The separator that JSON messages of a batch have between them. */
const SEPARATOR = ',';

/**
 * The messages of a body: of a JSON array one per element, as they are written. Null for an empty body.
 *
 * @throws ServiceError `invalid_json`, `body_too_large` above 4 MiB, `item_too_large` for a message above 1 MiB
 */
export async function readMessages(request: Request, isJson: boolean): Promise<MessageBatch | null> {
  const bytes = await readBytes(request, STREAM_APPEND_MAX_BYTES);
  if (bytes.byteLength === 0) return null;
  const batch = isJson ? jsonMessages(decodeText(bytes)) : { data: bytes, lengths: [bytes.byteLength] };
  const longest = Math.max(0, ...batch.lengths);
  if (longest > STREAM_MESSAGE_MAX_BYTES)
    throw new ServiceError('body_too_large', `Expected messages of at most ${STREAM_MESSAGE_MAX_BYTES} bytes, got one of ${longest}.`);
  return batch;
}

/** The body of an answer with these messages. */
export function bodyOf({ data }: MessageBatch): string | Uint8Array {
  return typeof data === 'string' ? `[${data}]` : data;
}

function jsonMessages(text: string): MessageBatch {
  parseJson(text);
  const messages = elementTexts(text) ?? [text.trim()];
  return { data: messages.join(SEPARATOR), lengths: messages.map(({ length }) => length) };
}

/** Messages as somebody sent them: JSON in arrays whose elements are messages, everything else as bytes. */
import { ServiceError } from '../../lib/errors.ts';
import { elementTexts } from '../../lib/json-elements.ts';
import { decodeText, parseJson } from '../../lib/json-text.ts';
import { STREAM_MESSAGE_MAX_BYTES } from '../../wire/limits.ts';
import { JSON_SEPARATOR } from './message-batch.ts';
import type { MessageBatch } from './rpc.ts';

/**
 * The messages of one append: of a JSON array one per element, as they are written.
 *
 * @throws ServiceError `invalid_json`, `body_too_large` for a message above 1 MiB
 */
export function receivedMessages(body: string | Uint8Array, isJson: boolean): MessageBatch {
  const batch = isJson ? jsonMessages(typeof body === 'string' ? body : decodeText(body)) : oneMessage(body);
  const longest = batch.lengths.reduce((most, length) => Math.max(most, length), 0);
  if (longest <= STREAM_MESSAGE_MAX_BYTES) return batch;
  throw new ServiceError('body_too_large', `Expected messages of at most ${STREAM_MESSAGE_MAX_BYTES} bytes, got one of ${longest}.`);
}

function jsonMessages(text: string): MessageBatch {
  parseJson(text);
  const messages = elementTexts(text) ?? [text.trim()];
  return { data: messages.join(JSON_SEPARATOR), lengths: messages.map(({ length }) => length) };
}

function oneMessage(body: string | Uint8Array): MessageBatch {
  const data = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { data, lengths: [data.byteLength] };
}

/** Request bodies: their type and their size. Nothing is read of a body that is refused by its headers. */
import { ServiceError } from '../lib/errors.ts';
import { joinBytes } from '../lib/join-bytes.ts';
import { decodeText } from '../lib/json-text.ts';

const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i;

/**
 * The text of a JSON body, at most `limitBytes` of UTF-8.
 *
 * @throws ServiceError `unsupported_media_type` for another content type, `body_too_large` above the limit, `invalid_json` when not UTF-8
 */
export async function readJsonText(request: Request, limitBytes: number): Promise<string> {
  const type = request.headers.get('content-type') ?? '';
  if (!JSON_TYPE.test(type))
    throw new ServiceError('unsupported_media_type', `Expected content-type application/json, got ${type || 'none'}.`);
  return decodeText(await readBytes(request, limitBytes));
}

/**
 * The bytes of a body, none where there is no body.
 *
 * @throws ServiceError `unsupported_media_type` for a compressed body, `body_too_large` above the limit
 */
export async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new ServiceError('unsupported_media_type', `Expected no content-encoding, got ${encoding.slice(0, 80)}.`);
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes, `${announced} bytes`);
  return readAtMost(request, limitBytes);
}

async function readAtMost(request: Request, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const stream: ReadableStream<Uint8Array> | null = request.body;
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength;
    if (size > limitBytes) throw tooLarge(limitBytes, 'more');
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}

function tooLarge(limitBytes: number, got: string): ServiceError {
  return new ServiceError('body_too_large', `Expected at most ${limitBytes} bytes, got ${got}.`);
}

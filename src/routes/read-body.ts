/** Request bodies: their type, their size, their JSON. Nothing is read of a body that is refused by its headers. */
import { ServiceError } from '../lib/errors.ts';

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
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes, `${announced} bytes`);
  return decode(await readAtMost(request, limitBytes));
}

/**
 * The value of a JSON text.
 *
 * @throws ServiceError `invalid_json` with the parser's position
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON';
    throw new ServiceError(
      'invalid_json',
      text === '' ? 'Expected a JSON body, got none.' : `Expected a JSON body: ${reason.slice(0, 160)}`,
    );
  }
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
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new ServiceError('invalid_json', 'Expected UTF-8, got bytes that are not.', { cause });
  }
}

function tooLarge(limitBytes: number, got: string): ServiceError {
  return new ServiceError('body_too_large', `Expected at most ${limitBytes} bytes, got ${got}.`);
}

/** Request bodies: their type, their size, their JSON. Nothing is read of a body that is refused by its headers. */
import { ServiceError } from '../lib/errors.ts';

/** DynamoDB nests 32 levels; a body or filter has some of its own around them. */
const JSON_MAX_DEPTH = 40;
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

/**
 * The value of a JSON text.
 *
 * @param maxDepth levels of nesting; default 40
 * @throws ServiceError `invalid_json` with the parser's position
 */
export function parseJson(text: string, maxDepth = JSON_MAX_DEPTH): unknown {
  const value = parse(text);
  if (isDeeperThan(value, maxDepth)) throw new ServiceError('invalid_json', `Expected at most ${maxDepth} levels of nesting, got more.`);
  return value;
}

/** Whether arrays and objects nest deeper; walks without recursion, which the text's author could exhaust. */
export function isDeeperThan(root: unknown, maxDepth: number): boolean {
  let level = [root].filter(isNested);
  for (let depth = 0; depth < maxDepth; depth++) level = level.flatMap((value) => Object.values(value).filter(isNested));
  return level.length > 0;
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
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

/** The text of a JSON body's bytes. @throws ServiceError `invalid_json` when they are not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new ServiceError('invalid_json', 'Expected UTF-8, got bytes that are not.', { cause });
  }
}

function tooLarge(limitBytes: number, got: string): ServiceError {
  return new ServiceError('body_too_large', `Expected at most ${limitBytes} bytes, got ${got}.`);
}

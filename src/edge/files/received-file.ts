/** A file on its way into R2: checked as it passes, never in memory as a whole. */
import { toHex } from '../../lib/hex.ts';
import { ServiceError } from '../../lib/errors.ts';
import type { FileRecord } from '../../wire/files.ts';
import { canBeOfType, SNIFFED_BYTES } from './content-types.ts';

/** What is asked of R2. */
export type ReceivingBucket = Pick<R2Bucket, 'put'>;

type Declared = Pick<FileRecord, 'name' | 'type' | 'size' | 'sha256'>;

/**
 * Stores a body under a key that nothing is stored under, if it is what was declared: of that size, of a type that its first bytes do not belie,
 * and of that SHA-256. R2 shows nothing of a file before it is whole and its hash is right.
 *
 * @returns false when there is something under the key already
 * @throws ServiceError `invalid_input` for fewer bytes, `body_too_large` for more, `content_mismatch` for another type or hash, `unavailable` when
 *   R2 does not take it
 */
export async function receiveFile(
  body: ReadableStream<Uint8Array>,
  declared: Declared,
  bucket: ReceivingBucket,
  key: string,
): Promise<boolean> {
  const object = await receive(body, declared, (readable) =>
    bucket.put(key, readable, {
      onlyIf: { etagDoesNotMatch: '*' },
      httpMetadata: { contentType: declared.type },
      customMetadata: { name: encodeURIComponent(declared.name) },
      ...(declared.sha256 === null ? {} : { sha256: declared.sha256 }),
    }),
  );
  return object !== null;
}

/**
 * Stores a body as one part of an upload.
 *
 * @param expected `type`: of the first part, which begins like the file; null for all others
 * @throws ServiceError as `receiveFile` does
 */
export async function receivePart(
  body: ReadableStream<Uint8Array>,
  expected: { size: number; type: string | null },
  upload: Pick<R2MultipartUpload, 'uploadPart'>,
  number: number,
): Promise<R2UploadedPart> {
  return receive(body, { ...expected, sha256: null }, (readable) => upload.uploadPart(number, readable));
}

/** The SHA-256 of a body, in hexadecimal; no more than a chunk of it is in memory. */
export async function sha256Of(body: ReadableStream): Promise<string> {
  const digest = new crypto.DigestStream('SHA-256');
  await body.pipeTo(digest);
  return toHex(new Uint8Array(await digest.digest));
}

/** Hands a body on to `store`, if it is what is expected. */
async function receive<Stored>(
  body: ReadableStream<Uint8Array>,
  expected: Expected,
  store: (readable: ReadableStream) => Promise<Stored>,
): Promise<Stored> {
  const reader = body.getReader();
  const head = await readHead(reader, Math.min(expected.size, SNIFFED_BYTES));
  if (expected.type !== null && !canBeOfType(expected.type, head)) {
    await reader.cancel();
    throw new ServiceError('content_mismatch', `Expected ${expected.type}, got content that does not begin like it.`);
  }
  const { readable, writable } = new FixedLengthStream(expected.size);
  const writer = writable.getWriter();
  const [stored, passed] = await Promise.allSettled([settled(store(readable), reader, writer), pass(head, reader, writer, expected)]);
  if (stored.status === 'fulfilled') return stored.value;
  if (passed.status === 'rejected' && passed.reason instanceof ServiceError) throw passed.reason;
  if (passed.status === 'fulfilled' && expected.sha256 !== null && passed.value !== expected.sha256)
    throw new ServiceError('content_mismatch', `Expected content of SHA-256 ${expected.sha256}, got ${passed.value}.`);
  throw new ServiceError('unavailable', 'What was sent was not stored; send it again.', { cause: stored.reason });
}

type Expected = Pick<FileRecord, 'size' | 'sha256'> & { type: string | null };
type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** R2 may answer before it has read everything, and then nothing would ever take what is still written. */
async function settled<Stored>(put: Promise<Stored>, reader: Reader, writer: WritableStreamDefaultWriter): Promise<Stored> {
  try {
    return await put;
  } finally {
    await Promise.allSettled([writer.abort(), reader.cancel()]);
  }
}

/** The first bytes, `enough` where there are so many, and what came along with them. */
async function readHead(reader: Reader, enough: number): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.byteLength < enough) {
    const { value, done } = await reader.read();
    if (done) break;
    const longer = new Uint8Array(head.byteLength + value.byteLength);
    longer.set(head);
    longer.set(value, head.byteLength);
    head = longer;
  }
  return head;
}

/** Hands everything on, and returns its SHA-256 where one was declared. An error ends what is written, so that R2 stores nothing of it. */
async function pass(head: Uint8Array, reader: Reader, writer: WritableStreamDefaultWriter, declared: Expected): Promise<string> {
  const digest = declared.sha256 === null ? null : new crypto.DigestStream('SHA-256');
  const digester = digest?.getWriter();
  try {
    let size = 0;
    for (let chunk = head, done = false; !done;) {
      size += chunk.byteLength;
      if (size > declared.size) throw new ServiceError('body_too_large', `Expected ${declared.size} bytes, got more.`);
      await digester?.write(chunk);
      if (chunk.byteLength > 0) await writer.write(chunk);
      const next = await reader.read();
      done = next.done;
      if (!next.done) chunk = next.value;
    }
    if (size < declared.size) throw new ServiceError('invalid_input', `Expected ${declared.size} bytes, got ${size}.`);
    await digester?.close();
    await writer.close();
    return digest ? toHex(new Uint8Array(await digest.digest)) : '';
  } catch (error) {
    await Promise.allSettled([writer.abort(error), reader.cancel(error)]);
    throw error;
  }
}

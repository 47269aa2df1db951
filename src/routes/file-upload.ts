/** The content of a file on its way in. */
import { receiveFile } from '../edge/files/received-file.ts';
import { askR2 } from '../lib/ask-r2.ts';
import { ServiceError } from '../lib/errors.ts';
import { fileKey, type FileRecord } from '../wire/files.ts';
import type { FileServices } from './route.ts';

/**
 * Stores a request's body as the content of a file that was declared.
 *
 * @throws ServiceError `not_found`, `conflict` for a file that has its content, `unsupported_media_type` for a compressed body, and what `receiveFile` throws
 */
export async function receiveUpload(request: Request, { ledger, bucket }: FileServices, tenant: string, id: string): Promise<FileRecord> {
  const files = ledger(tenant);
  const file = await files.beginUpload(id);
  if (file === null) throw new ServiceError('not_found', 'There is no such file here.');
  if (file.storedAtMs !== null) throw storedAlready();
  refuseByHeaders(request.headers, file.size);
  const key = fileKey(tenant, id);
  const body: ReadableStream<Uint8Array> | null = request.body;
  const isFirst = await receiveFile(body ?? nothing(), file, bucket, key);
  const finished = await files.finishUpload(id);
  if (finished === null) {
    await askR2(async () => bucket.delete(key));
    throw new ServiceError('not_found', 'The file was deleted while its content came.');
  }
  if (!isFirst) throw storedAlready();
  return finished;
}

/** Nothing is read of a body that cannot be right. */
function refuseByHeaders(headers: Headers, size: number): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new ServiceError('unsupported_media_type', `Expected no content-encoding, got ${encoding.slice(0, 80)}.`);
  const announced = headers.get('content-length');
  if (announced === null || Number(announced) === size) return;
  throw new ServiceError(Number(announced) > size ? 'body_too_large' : 'invalid_input', `Expected ${size} bytes, got ${announced}.`);
}

function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

function storedAlready(): ServiceError {
  return new ServiceError('conflict', 'The file has its content; another one is another file.');
}

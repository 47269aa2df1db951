/** The content of a file on its way in. */
import { openFormFile } from '../edge/files/form-file.ts';
import { receiveFile } from '../edge/files/received-file.ts';
import { askR2 } from '../lib/ask-r2.ts';
import { ServiceError } from '../lib/errors.ts';
import { FILE_MAX_BYTES, fileKey, type FileRecord } from '../wire/files.ts';
import type { FileServices } from './route.ts';

/**
 * Stores a request's body as the content of a file that was declared.
 *
 * @throws ServiceError `not_found`, `conflict` for a file that has its content, `unsupported_media_type` for a compressed body, and what `receiveFile` throws
 */
export async function receiveUpload(request: Request, files: FileServices, tenant: string, id: string): Promise<FileRecord> {
  const file = await files.ledger(tenant).beginUpload(id);
  if (file === null) throw new ServiceError('not_found', 'There is no such file here.');
  if (file.storedAtMs !== null) throw storedAlready();
  if (file.size > FILE_MAX_BYTES) throw new ServiceError('body_too_large', `A file of more than ${FILE_MAX_BYTES} bytes is sent in parts.`);
  announcedLength(request.headers, file.size);
  return receiveContent(bodyOf(request), file, files, tenant);
}

/**
 * Declares and stores the file of a form.
 *
 * @param declare makes room for it, as for any file
 * @throws ServiceError as `openFormFile`, `declare` and `receiveFile`; nothing is left of the file then
 */
export async function receiveForm(
  request: Request,
  files: FileServices,
  tenant: string,
  declare: (file: Pick<FileRecord, 'name' | 'type' | 'size'>) => Promise<FileRecord>,
): Promise<FileRecord> {
  const { content, ...described } = await openFormFile(request);
  if (described.size > FILE_MAX_BYTES) throw new ServiceError('body_too_large', `Expected a file of at most ${FILE_MAX_BYTES} bytes.`);
  const { id } = await declare(described);
  try {
    const file = await files.ledger(tenant).beginUpload(id);
    if (file === null) throw new ServiceError('not_found', 'The file was deleted while its content came.');
    return await receiveContent(content, file, files, tenant);
  } catch (error) {
    await files.ledger(tenant).remove(id, true);
    throw error;
  }
}

async function receiveContent(
  content: ReadableStream<Uint8Array>,
  file: FileRecord,
  { ledger, bucket }: FileServices,
  tenant: string,
): Promise<FileRecord> {
  const key = fileKey(tenant, file.id);
  const isFirst = await receiveFile(content, file, bucket, key);
  const finished = await ledger(tenant).finishUpload(file.id);
  if (finished === null) {
    await askR2(async () => bucket.delete(key));
    throw new ServiceError('not_found', 'The file was deleted while its content came.');
  }
  if (!isFirst) throw storedAlready();
  return finished;
}

/** Nothing is read of a body that cannot be right. @throws ServiceError `unsupported_media_type`, `body_too_large`, `invalid_input` */
export function announcedLength(headers: Headers, size: number): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new ServiceError('unsupported_media_type', `Expected no content-encoding, got ${encoding.slice(0, 80)}.`);
  const announced = headers.get('content-length');
  if (announced === null || Number(announced) === size) return;
  throw new ServiceError(Number(announced) > size ? 'body_too_large' : 'invalid_input', `Expected ${size} bytes, got ${announced}.`);
}

/** The body of a request; one without any is empty. */
export function bodyOf(request: Request): ReadableStream<Uint8Array> {
  const body: ReadableStream<Uint8Array> | null = request.body;
  return body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
}

/** The error of who sends a file that is there. */
export function storedAlready(): ServiceError {
  return new ServiceError('conflict', 'The file has its content; another one is another file.');
}

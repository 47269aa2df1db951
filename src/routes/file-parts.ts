/** Files that are sent in parts, in any order and over any time: what is interrupted goes on with the parts that are missing. */
import { receivePart, sha256Of } from '../edge/files/received-file.ts';
import { askR2 } from '../lib/ask-r2.ts';
import { ServiceError } from '../lib/errors.ts';
import { FILE_PART_BYTES, fileKey, partCount, type FileRecord } from '../wire/files.ts';
import { announcedLength, bodyOf, storedAlready } from './file-upload.ts';
import type { FileServices } from './route.ts';

/**
 * Stores a request's body as one part.
 *
 * @throws ServiceError `not_found`, `conflict` for a file that is not sent in parts, `invalid_input` for a part that it has not, and what `receivePart` throws
 */
export async function receiveFilePart(
  request: Request,
  { ledger, bucket }: FileServices,
  tenant: string,
  id: string,
  number: number,
): Promise<void> {
  const files = ledger(tenant);
  const begun = await files.beginParts(id);
  const { file, uploadId } = checked(begun);
  const count = partCount(file.size);
  if (number < 1 || number > count) throw new ServiceError('invalid_input', `Expected a part from 1 to ${count}, got ${number}.`);
  const size = number < count ? FILE_PART_BYTES : file.size - (count - 1) * FILE_PART_BYTES;
  announcedLength(request.headers, size);
  const upload = bucket.resumeMultipartUpload(fileKey(tenant, id), uploadId);
  const { etag } = await receivePart(bodyOf(request), { size, type: number === 1 ? file.type : null }, upload, number);
  if (!(await files.storePart(id, uploadId, { number, etag }))) throw noSuchFile();
}

/**
 * Makes a file of its parts; of one whose hash was declared everything is read once, before anybody is shown it.
 *
 * @throws ServiceError `not_found`, `conflict`, `invalid_input` while parts are missing, `content_mismatch` for another hash: all parts are to be sent again then
 */
export async function completeFile({ ledger, bucket }: FileServices, tenant: string, id: string): Promise<FileRecord> {
  const files = ledger(tenant);
  const { file, stored } = checked(await files.beginParts(id));
  const missing = Array.from({ length: partCount(file.size) }, (_, at) => at + 1).filter((number) => !stored.includes(number));
  if (missing.length > 0)
    throw new ServiceError('invalid_input', `Parts are missing: ${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ', …' : ''}.`);
  if (!(await files.joinParts(id))) throw noSuchFile();
  if (file.sha256 !== null) {
    const content = await askR2(async () => bucket.get(fileKey(tenant, id)));
    const sha256 = content === null ? '' : await sha256Of(content.body);
    if (sha256 !== file.sha256) {
      await files.dropParts(id);
      throw new ServiceError('content_mismatch', `Expected content of SHA-256 ${file.sha256}, got ${sha256}; send all parts again.`);
    }
  }
  const finished = await files.finishUpload(id);
  if (finished === null) throw noSuchFile();
  return finished;
}

function checked<Begun extends { kind: 'parts' }>(begun: Begun | { kind: 'absent' | 'stored' | 'whole' }): Begun {
  switch (begun.kind) {
    case 'absent':
      throw noSuchFile();
    case 'stored':
      throw storedAlready();
    case 'whole':
      throw new ServiceError('conflict', `The file is sent as a whole: it has begun so, or has no more than ${FILE_PART_BYTES} bytes.`);
    case 'parts':
      return begun;
  }
}

function noSuchFile(): ServiceError {
  return new ServiceError('not_found', 'There is no such file here.');
}

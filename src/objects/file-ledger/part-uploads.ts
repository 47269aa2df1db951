/** Uploads to R2 in parts: R2 has the parts, the ledger which of them there are. */
import { askR2 } from '../../lib/ask-r2.ts';
import type { FileRecord } from '../../wire/files.ts';
import type { StoredPart } from './rpc.ts';

type Uploads = Pick<R2Bucket, 'createMultipartUpload' | 'resumeMultipartUpload' | 'head'>;

/** What is stored of it says that it came in parts, so that nobody is shown it before it is checked. */
export async function createUpload(bucket: Uploads, key: string, { name, type }: Pick<FileRecord, 'name' | 'type'>): Promise<string> {
  const customMetadata = { name: encodeURIComponent(name), parts: '1' };
  const upload = await askR2(async () => bucket.createMultipartUpload(key, { httpMetadata: { contentType: type }, customMetadata }));
  return upload.uploadId;
}

/** Makes one object of the parts. One that was made before, whose answer was lost, is there. @throws ServiceError `unavailable` */
export async function completeUpload(bucket: Uploads, key: string, uploadId: string, parts: readonly StoredPart[]): Promise<void> {
  if ((await askR2(async () => bucket.head(key))) !== null) return;
  const uploaded = parts.map(({ number, etag }) => ({ partNumber: number, etag }));
  await askR2(async () => bucket.resumeMultipartUpload(key, uploadId).complete(uploaded));
}

/** One that R2 does not know any more, or cannot end now, it ends itself after seven days. */
export async function abortUpload(bucket: Uploads, key: string, uploadId: string): Promise<void> {
  await bucket
    .resumeMultipartUpload(key, uploadId)
    .abort()
    .catch(() => undefined);
}

/** Uploads in parts: by the routes' own functions, and as R2 takes them. The path says which, of what, and what is to be done. */
import { sha256Of } from '../../src/edge/files/received-file.ts';
import { defineFileLedger, fileLedgerStub, type FileLedgerNamespace } from '../../src/objects/index.ts';
import { completeFile, receiveFilePart } from '../../src/routes/file-parts.ts';
import type { FileServices } from '../../src/routes/route.ts';

interface Env {
  FILE_LEDGER: FileLedgerNamespace;
  STORAGE: R2Bucket;
}

const TENANT = 'bench';
const NEW_FILE = { name: 'film.bin', type: 'application/octet-stream', createdBy: 'key/bench' };

export class FileLedger extends defineFileLedger() {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, way, what = '', number] = new URL(request.url).pathname.split('/');
    const act = way === 'files' ? throughLedger : toR2;
    return Response.json((await act(env, request, what, number)) ?? null);
  },
};

/** `/new/{size}` with the hash as a body, `/{id}/{number}`, `/{id}/complete`. */
async function throughLedger({ FILE_LEDGER, STORAGE: bucket }: Env, request: Request, what: string, number = ''): Promise<unknown> {
  const services: FileServices = { ledger: (tenant) => fileLedgerStub(FILE_LEDGER, tenant), bucket };
  if (what === 'new') return services.ledger(TENANT).declare({ ...NEW_FILE, size: Number(number), sha256: await request.text() });
  if (number === 'complete') return completeFile(services, TENANT, what);
  return receiveFilePart(request, services, TENANT, what, Number(number));
}

/** As R2's own documentation does it; the whole is read once, too. */
async function toR2({ STORAGE: bucket }: Env, request: Request, what: string, number = ''): Promise<unknown> {
  const key = 'bare';
  if (what === 'new') return { file: { id: (await bucket.createMultipartUpload(key)).uploadId } };
  const upload = bucket.resumeMultipartUpload(key, what);
  if (number !== 'complete') return request.body && upload.uploadPart(Number(number), request.body);
  await upload.complete(await request.json<R2UploadedPart[]>());
  const stored = await bucket.get(key);
  return stored && sha256Of(stored.body);
}

/** The files of a tenant: declared, uploaded, listed, downloaded, deleted. Uploads are in `file-upload.ts`. */
import { sendFile } from '../edge/files/sent-file.ts';
import { ServiceError } from '../lib/errors.ts';
import { isUlid } from '../lib/ulid.ts';
import {
  DECLARE_FILE_BODY,
  type DeclaredFile,
  FILE_BODY_MAX_BYTES,
  FILE_MAX_BYTES,
  FILE_PART_BYTES,
  FILE_SCHEMAS,
  fileKey,
  type FileRecord,
  FILES_DEFAULT_LIMIT,
  FILES_MAX_LIMIT,
  partCount,
} from '../wire/files.ts';
import { completeFile, receiveFilePart } from './file-parts.ts';
import { receiveForm, receiveUpload } from './file-upload.ts';
import { ParameterReader } from './parameter-reader.ts';
import { readJson } from './read-json.ts';
import { empty, json, problem, toPublicError } from './respond.ts';
import { type FileServices, type RequestContext, type Route, tenantOf } from './route.ts';

const READS = { access: { scope: 'files:read' }, limit: 'read', mutates: false, cacheable: false, bodyLimitBytes: 0 } as const;
const WRITES = { access: { scope: 'files:write' }, limit: 'write', mutates: true, cacheable: false } as const;
const FILES = '/v1/:tenant/files';
const FILE = '/v1/:tenant/files/:id';

/** @see PROTOCOL.md, Files */
const CONTENT = { contentMediaType: '*/*', description: 'the content' };

export const fileRoutes: readonly Route[] = [
  {
    ...READS,
    method: 'GET',
    path: FILES,
    summary: 'Lists files in the order in which they were declared, a page at a time, and says what they take',
    schemas: { query: { limit: { type: 'integer' }, cursor: { type: 'string' } }, responses: { 200: FILE_SCHEMAS.list } },
    handle: list,
  },
  {
    ...WRITES,
    method: 'POST',
    path: FILES,
    summary: 'Declares a file, whose content is put at its Location within a day',
    bodyLimitBytes: FILE_BODY_MAX_BYTES,
    schemas: { body: FILE_SCHEMAS.declare, responses: { 201: FILE_SCHEMAS.file } },
    handle: declare,
  },
  {
    ...WRITES,
    method: 'POST',
    path: `${FILES}/form`,
    summary: 'Stores the file of an HTML form: its field "file", which is the last one',
    bodyLimitBytes: FILE_MAX_BYTES,
    schemas: {
      body: { description: 'multipart/form-data' },
      responses: { 201: { type: 'object', required: ['key', 'size', 'type'], properties: { key: { type: 'string' } } } },
    },
    handle: uploadForm,
  },
  {
    ...READS,
    method: 'GET',
    path: FILE,
    summary: 'The content of a file, whole or a range of it',
    schemas: { responses: { 200: CONTENT, 206: CONTENT, 304: null } },
    handle: download,
  },
  {
    ...WRITES,
    method: 'PUT',
    path: FILE,
    summary: 'The content of a file that was declared; it is stored as a whole or not at all',
    bodyLimitBytes: FILE_MAX_BYTES,
    schemas: { body: CONTENT, responses: { 201: FILE_SCHEMAS.file } },
    handle: upload,
  },
  {
    ...WRITES,
    method: 'DELETE',
    path: FILE,
    summary: 'Deletes a file',
    bodyLimitBytes: 0,
    schemas: { responses: { 204: null } },
    handle: remove,
  },
  {
    ...WRITES,
    method: 'PUT',
    path: `${FILE}/parts/:number`,
    summary: 'A part of the content of a file of more than 8 MiB',
    bodyLimitBytes: FILE_PART_BYTES,
    schemas: { body: { description: '8 MiB of the content, of the last part the rest' }, responses: { 204: null } },
    handle: uploadPart,
  },
  {
    ...WRITES,
    method: 'POST',
    path: `${FILE}/complete`,
    summary: 'Makes the file of its parts, when all are there',
    bodyLimitBytes: 0,
    schemas: { responses: { 201: FILE_SCHEMAS.file } },
    handle: complete,
  },
  {
    ...READS,
    method: 'GET',
    path: `${FILE}/info`,
    summary: 'What is known of a file',
    schemas: { responses: { 200: FILE_SCHEMAS.file } },
    handle: describe,
  },
];

async function list(context: RequestContext): Promise<Response> {
  const reader = new ParameterReader(context.url);
  const limit = reader.integer('limit', FILES_DEFAULT_LIMIT, FILES_MAX_LIMIT);
  const cursor = reader.take('cursor');
  reader.finish('limit, cursor');
  if (cursor !== null && !isUlid(cursor)) throw new ServiceError('invalid_cursor', 'cursor: expected the cursor of the page before.');
  const { files, usage } = await filesOf(context)
    .ledger(tenantOf(context))
    .list(cursor ?? '', limit);
  return json({ items: files.map(shown), cursor: files.length < limit ? null : (files.at(-1)?.id ?? null), usage });
}

async function declare(context: RequestContext): Promise<Response> {
  const file = await declared(context, await readJson(context.request, DECLARE_FILE_BODY, FILE_BODY_MAX_BYTES));
  return json(shown(file), 201, { location: locationOf(file, context) });
}

async function declared(context: RequestContext, { name, size, type, sha256 }: DeclaredFile): Promise<FileRecord> {
  const { kind, id } = context.principal?.subject ?? { kind: 'service', id: '' };
  const declaration = await filesOf(context)
    .ledger(tenantOf(context))
    .declare({ name, size, type, sha256: sha256 ?? null, createdBy: `${kind}/${id}` });
  if (declaration.kind === 'declared') return declaration.file;
  const { files, bytes, maxFiles, maxBytes } = declaration.usage;
  throw new ServiceError(
    'quota_exceeded',
    `The tenant has ${bytes} of ${maxBytes} bytes in ${files} of at most ${maxFiles} files; there is no room for ${size} more.`,
  );
}

/** What a form sends is answered by what pages ask for: the key that the file is found by, its size and type. */
async function uploadForm(context: RequestContext): Promise<Response> {
  const work = receiveForm(context.request, filesOf(context), tenantOf(context), async (described) => {
    const { success, data, error } = DECLARE_FILE_BODY.safeParse(described);
    if (!success) throw new ServiceError('invalid_input', `The file of the form: ${error.issues[0]?.message}.`);
    return declared(context, data);
  });
  context.later(work.catch(() => null));
  const file = await work;
  return json({ key: file.id, size: file.size, type: file.type, name: file.name }, 201, { location: locationOf(file, context) });
}

function locationOf({ id }: FileRecord, context: RequestContext): string {
  return `/v1/${tenantOf(context)}/files/${id}`;
}

async function upload(context: RequestContext): Promise<Response> {
  const work = receiveUpload(context.request, filesOf(context), tenantOf(context), idOf(context));
  // What has come is stored and noted although the caller may have gone.
  context.later(work.catch(() => null));
  return json(shown(await work), 201);
}

async function uploadPart(context: RequestContext): Promise<Response> {
  const number = Number(/^[1-9]\d{0,4}$/.exec(context.params['number'] ?? '')?.[0] ?? 0);
  const work = receiveFilePart(context.request, filesOf(context), tenantOf(context), idOf(context), number);
  context.later(work.catch(() => null));
  await work;
  return empty(204);
}

async function complete(context: RequestContext): Promise<Response> {
  const work = completeFile(filesOf(context), tenantOf(context), idOf(context));
  context.later(work.catch(() => null));
  return json(shown(await work), 201);
}

async function download(context: RequestContext): Promise<Response> {
  const { request } = context;
  const sent = await sendFile(request.method, request.headers, filesOf(context).bucket, fileKey(tenantOf(context), idOf(context)));
  switch (sent.kind) {
    case 'absent':
      throw noSuchFile();
    case 'failed':
      throw new ServiceError('precondition_failed', 'The file is not in the state that the request names.');
    case 'unsatisfiable': {
      const error = new ServiceError('range_not_satisfiable', `The file has ${sent.size} bytes.`);
      return problem(toPublicError(error), context.requestId, { 'content-range': `bytes */${sent.size}` });
    }
    case 'sent':
      if (sent.isInParts && !(await isStored(context))) {
        await sent.body?.cancel();
        throw noSuchFile();
      }
      return new Response(sent.body, { status: sent.status, headers: sent.headers });
  }
}

async function isStored(context: RequestContext): Promise<boolean> {
  const file = await filesOf(context).ledger(tenantOf(context)).find(idOf(context));
  return file !== null && file.storedAtMs !== null;
}

/** Of a file that is sent in parts also which of them are there. */
async function describe(context: RequestContext): Promise<Response> {
  const described = await filesOf(context).ledger(tenantOf(context)).describe(idOf(context));
  if (described === null) throw noSuchFile();
  const { file, storedParts: stored } = described;
  return json({ ...shown(file), ...(stored === null ? {} : { parts: { bytes: FILE_PART_BYTES, count: partCount(file.size), stored } }) });
}

async function remove(context: RequestContext): Promise<Response> {
  if (!(await filesOf(context).ledger(tenantOf(context)).remove(idOf(context)))) throw noSuchFile();
  return empty(204);
}

/** The id of the path. What cannot be one is no key of anything. */
function idOf({ params }: RequestContext): string {
  const id = params['id'];
  if (!isUlid(id)) throw noSuchFile();
  return id;
}

function filesOf({ services }: RequestContext): FileServices {
  if (services.files === null) throw new ServiceError('misconfigured', 'Files need the bindings FILE_LEDGER and STORAGE');
  return services.files;
}

function noSuchFile(): ServiceError {
  return new ServiceError('not_found', 'There is no such file here.');
}

function shown({ storedAtMs, createdAtMs, endsAtMs, ...file }: FileRecord): object {
  const instant = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  const times = { createdAt: instant(createdAtMs), storedAt: instant(storedAtMs), expiresAt: instant(endsAtMs) };
  return { ...file, status: storedAtMs === null ? 'declared' : 'stored', ...times };
}

/** The files of one tenant. */
import { SteamerError } from './connection.ts';
import type { JsonRequests } from './json-requests.ts';
import { itemsOf, queryOf } from './pages.ts';
import type { PageOf } from './pages.ts';

/** What the service knows of a file. Instants are ISO 8601. */
export interface FileInfo {
  id: string;
  name: string;
  type: string;
  size: number;
  /** in hexadecimal, where it was declared */
  sha256: string | null;
  status: 'declared' | 'stored';
  createdBy: string;
  createdAt: string;
  storedAt: string | null;
  expiresAt: string | null;
  /** of a file that is being sent in parts: those that are there, from 1 */
  parts?: { bytes: number; count: number; stored: number[] };
}

/** A file before its content. */
export interface NewFile {
  /** for people */
  name: string;
  /** a media type */
  type: string;
  /** in bytes */
  size: number;
  /** in hexadecimal; the content has to have it */
  sha256?: string;
}

/** How content is sent. */
export interface SendOptions {
  /** is told how many bytes are stored */
  onProgress?: (bytes: number) => void;
  signal?: AbortSignal;
}

/** What a tenant has of files, with those that are declared, and what it may have. */
export interface FilesUsage {
  files: number;
  bytes: number;
  maxFiles: number;
  maxBytes: number;
}

const PART_BYTES = 8_388_608;
const PARTS_AT_A_TIME = 3;
/** Of one part, on a slow line. */
const PART_TIMEOUT_MS = 600_000;

/** The files of a tenant: `createClient(…).files`. */
export class FilesClient {
  readonly #requests: JsonRequests;

  constructor(requests: JsonRequests) {
    this.#requests = requests;
  }

  /**
   * Declares a file and sends its content: of more than 8 MiB in parts, three at a time, each again when it is lost. In Node,
   * `openAsBlob(path)` has a file as a Blob.
   *
   * @param file default: the name of a File, and its type
   * @throws SteamerError `quota_exceeded`, `content_mismatch` and others; TypeError without a name
   */
  async upload(content: Blob, { name, type, sha256, ...options }: Partial<NewFile> & SendOptions = {}): Promise<FileInfo> {
    const named = name ?? (content instanceof File ? content.name : null);
    if (named === null) throw new TypeError('upload: expected a File, or a name');
    const file = { name: named, type: type ?? (content.type || 'application/octet-stream'), size: content.size };
    return this.#send(await this.declare(sha256 === undefined ? file : { ...file, sha256 }), content, options);
  }

  /** Declares a file; `send` sends its content, from anywhere, within a day. */
  async declare(file: NewFile): Promise<FileInfo> {
    return (await this.#requests.send('POST', '/files', { body: file })) as FileInfo;
  }

  /** Sends the content of a declared file, or what is missing of it after an upload that was interrupted. */
  async send(id: string, content: Blob, options: SendOptions = {}): Promise<FileInfo> {
    return this.#send(await this.info(id), content, options);
  }

  /** @throws SteamerError `not_found` */
  async info(id: string): Promise<FileInfo> {
    return (await this.#requests.send('GET', `${pathOf(id)}/info`)) as FileInfo;
  }

  /**
   * The content, as the body of the answer: `await (await files.download(id)).blob()`.
   *
   * @param range the first byte, and the last one, both included; default: all
   * @throws SteamerError `not_found`, `range_not_satisfiable`
   */
  async download(id: string, { range, signal }: { range?: [from: number, to?: number]; signal?: AbortSignal } = {}): Promise<Response> {
    const headers: Record<string, string> = range ? { range: `bytes=${range[0]}-${range[1] ?? ''}` } : {};
    return this.#requests.open('GET', pathOf(id), { headers, signal });
  }

  /** All files in the order of their declaration, page after page. */
  list(): AsyncGenerator<FileInfo, void, void> {
    return itemsOf((cursor) => this.#page({ cursor }));
  }

  /** How much the tenant has, and may have. */
  async usage(): Promise<FilesUsage> {
    return (await this.#page({ limit: 1 })).usage;
  }

  /** @throws SteamerError `not_found` */
  async remove(id: string): Promise<void> {
    await this.#requests.send('DELETE', pathOf(id));
  }

  async #page(query: object): Promise<PageOf<FileInfo> & { usage: FilesUsage }> {
    return (await this.#requests.send('GET', '/files', { query: queryOf(query) })) as PageOf<FileInfo> & { usage: FilesUsage };
  }

  async #send(file: FileInfo, content: Blob, options: SendOptions): Promise<FileInfo> {
    if (content.size !== file.size) throw new TypeError(`The file was declared with ${file.size} bytes, got ${content.size}`);
    if (file.status === 'stored') return file;
    if (content.size > PART_BYTES) return this.#sendParts(file, content, options);
    const stored = await this.#unlessStored(file.id, 'PUT', '', { body: content, signal: options.signal, timeoutMs: PART_TIMEOUT_MS });
    options.onProgress?.(content.size);
    return stored;
  }

  async #sendParts({ id, parts }: FileInfo, content: Blob, { onProgress, signal }: SendOptions): Promise<FileInfo> {
    const there = new Set(parts?.stored);
    const numbers = Array.from({ length: Math.ceil(content.size / PART_BYTES) }, (_, at) => at + 1);
    const missing = numbers.filter((number) => !there.has(number)).values();
    const partOf = (number: number) => content.slice((number - 1) * PART_BYTES, number * PART_BYTES);
    let bytes = [...there].reduce((sum, number) => sum + partOf(number).size, 0);
    const failed = new AbortController();
    const ended = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const work = async (): Promise<void> => {
      for (const number of missing) {
        const body = partOf(number);
        await this.#requests.send('PUT', `${pathOf(id)}/parts/${number}`, {
          body,
          signal: ended,
          isSafe: true,
          timeoutMs: PART_TIMEOUT_MS,
        });
        onProgress?.((bytes += body.size));
      }
    };
    try {
      await Promise.all(Array.from({ length: PARTS_AT_A_TIME }, work));
    } finally {
      failed.abort();
    }
    return this.#unlessStored(id, 'POST', '/complete', { signal, timeoutMs: PART_TIMEOUT_MS });
  }

  /** A request whose answer was lost has stored the file, and is told so when it comes again. */
  async #unlessStored(id: string, method: string, path: string, request: Parameters<JsonRequests['send']>[2]): Promise<FileInfo> {
    try {
      return (await this.#requests.send(method, `${pathOf(id)}${path}`, { ...request, isSafe: true })) as FileInfo;
    } catch (error) {
      const info = error instanceof SteamerError && error.code === 'conflict' ? await this.info(id) : null;
      if (info?.status === 'stored') return info;
      throw error;
    }
  }
}

function pathOf(id: string): string {
  return `/files/${encodeURIComponent(id)}`;
}

/**
 * A tenant's files: which there are, and what they take. Thin: `FileRows` keeps.
 *
 * Content is written to R2 by who receives it, and read from there without asking the ledger. So that nothing in R2 is unknown here, a row is there
 * before its content, and stays until the content is gone and none can come any more.
 */
import { DurableObject } from 'cloudflare:workers';
import { askR2 } from '../../lib/ask-r2.ts';
import { ServiceError } from '../../lib/errors.ts';
import { newUlid } from '../../lib/ulid.ts';
import { FILE_PART_BYTES, fileKey } from '../../wire/files.ts';
import type { FileRecord, FileUsage, NewFile } from '../../wire/files.ts';
import { Timers } from '../alarms.ts';
import { migrate } from '../migrate.ts';
import { FileRows } from './file-rows.ts';
import type { FileRow } from './file-rows.ts';
import { PartRows } from './part-rows.ts';
import { abortUpload, completeUpload, createUpload } from './part-uploads.ts';
import type { BegunParts, Declaration, FileLedgerRpc, StoredPart } from './rpc.ts';
import { MIGRATIONS } from './schema.ts';

/** The bindings that the object reads. */
export interface FileLedgerEnv {
  STORAGE: R2Bucket;
}

/** What a tenant may have. */
export interface FileLedgerOptions {
  /** of all files together; default 10 GiB */
  maxBytes?: number;
  /** default 100,000 */
  maxFiles?: number;
}

/** What can be asked of the object of a tenant's files. */
export type FileLedgerObject = DurableObject<FileLedgerEnv> & FileLedgerRpc;
/** The class that `defineFileLedger` makes. */
export type FileLedgerClass = new (ctx: DurableObjectState, env: FileLedgerEnv) => FileLedgerObject;

const MAX_BYTES = 10 * 1024 ** 3;
const MAX_FILES = 100_000;
const CONTENT_COMES_WITHIN_MS = 86_400_000;
/** R2 ends an upload in parts by itself after so long; nothing could be added to it any more. */
const PARTS_COME_WITHIN_MS = 7 * 86_400_000;
/** One upload takes no longer: a Worker that is still at it is gone. */
const UPLOAD_MAX_MS = 3_600_000;
const SETTLED_AT_ONCE = 100;

/** Makes the class of the tenants' ledgers of files, for `wrangler.toml` to name. An object is named by its tenant. */
export function defineFileLedger({ maxBytes = MAX_BYTES, maxFiles = MAX_FILES }: FileLedgerOptions = {}): FileLedgerClass {
  return class FileLedger extends DurableObject<FileLedgerEnv> implements FileLedgerRpc {
    readonly #timers: Timers<'settle'>;
    /** null: no files, and no tables. To ask for some makes none. */
    #rows: FileRows | null = null;

    readonly #parts: PartRows;

    constructor(ctx: DurableObjectState, env: FileLedgerEnv) {
      super(ctx, env);
      this.#parts = new PartRows(ctx.storage.sql);
      this.#timers = new Timers(ctx.storage, { settle: (nowMs) => this.#settleEnded(nowMs) });
      void ctx.blockConcurrencyWhile(async () => {
        if (ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'files'").toArray().length > 0) this.#open();
      });
    }

    async declare(file: NewFile): Promise<Declaration> {
      const usage = this.#usage();
      if (usage.files >= maxFiles || usage.bytes + file.size > maxBytes) return { kind: 'full', usage };
      const nowMs = Date.now();
      const id = newUlid(nowMs);
      const rows = this.#open();
      this.ctx.storage.transactionSync(() => rows.insert(id, file, nowMs, nowMs + CONTENT_COMES_WITHIN_MS));
      await this.#timers.setNoLaterThan('settle', nowMs + CONTENT_COMES_WITHIN_MS);
      return { kind: 'declared', file: recordOf(this.#required(id)) };
    }

    async beginUpload(id: string): Promise<FileRecord | null> {
      const row = this.#shown(id);
      if (row === null) return null;
      if (row.uploadId !== null && row.storedAtMs === null) throw new ServiceError('conflict', 'The file is sent in parts.');
      const nowMs = Date.now();
      if (row.storedAtMs === null) this.#rows?.begin(id, nowMs, nowMs + UPLOAD_MAX_MS);
      return recordOf(this.#required(id));
    }

    async finishUpload(id: string): Promise<FileRecord | null> {
      const row = this.#shown(id);
      if (row === null) return null;
      if (row.storedAtMs === null) this.#rows?.finish(id, Date.now());
      return recordOf(this.#required(id));
    }

    async beginParts(id: string): Promise<BegunParts> {
      const row = this.#shown(id);
      if (row === null) return { kind: 'absent' };
      const file = recordOf(row);
      if (row.storedAtMs !== null) return { kind: 'stored' };
      if (row.begunAtMs !== null || row.size <= FILE_PART_BYTES) return { kind: 'whole' };
      const uploadId = row.uploadId ?? (await this.#createUpload(file));
      if (uploadId === null) return { kind: 'absent' };
      return { kind: 'parts', file, uploadId, stored: this.#parts.of(id).map(({ number }) => number) };
    }

    async storePart(id: string, uploadId: string, part: StoredPart): Promise<boolean> {
      const row = this.#shown(id);
      if (row?.storedAtMs !== null || row.uploadId !== uploadId) return false;
      this.#parts.store(id, part, Math.min(Date.now() + CONTENT_COMES_WITHIN_MS, row.createdAtMs + PARTS_COME_WITHIN_MS));
      return true;
    }

    async joinParts(id: string): Promise<boolean> {
      const uploadId = this.#shown(id)?.uploadId ?? null;
      if (uploadId === null) return false;
      await completeUpload(this.env.STORAGE, this.#keyOf(id), uploadId, this.#parts.of(id));
      return true;
    }

    async dropParts(id: string): Promise<void> {
      if (this.#shown(id)?.storedAtMs !== null) return;
      await askR2(async () => this.env.STORAGE.delete(this.#keyOf(id)));
      this.ctx.storage.transactionSync(() => this.#parts.clear(id));
    }

    async find(id: string): Promise<FileRecord | null> {
      const row = this.#shown(id);
      return row && recordOf(row);
    }

    async describe(id: string): Promise<{ file: FileRecord; storedParts: number[] | null } | null> {
      const row = this.#shown(id);
      if (row === null) return null;
      const isComing = row.storedAtMs === null && row.uploadId !== null;
      return { file: recordOf(row), storedParts: isComing ? this.#parts.of(id).map(({ number }) => number) : null };
    }

    async list(after: string, limit: number): Promise<{ files: FileRecord[]; usage: FileUsage }> {
      return { files: (this.#rows?.list(after, limit) ?? []).map(recordOf), usage: this.#usage() };
    }

    async remove(id: string, isOver = false): Promise<boolean> {
      const row = this.#rows?.find(id) ?? null;
      const nowMs = Date.now();
      // One that is removed and still due is one that R2 could not delete.
      if (row === null || (row.isRemoved && (row.endsAtMs ?? 0) > nowMs)) return false;
      // Content that is on its way would come after its end: the row waits for it.
      const endsAtMs = !isOver && row.storedAtMs === null && row.begunAtMs !== null ? row.begunAtMs + UPLOAD_MAX_MS : nowMs;
      this.#rows?.markRemoved(id, endsAtMs);
      await this.#timers.setNoLaterThan('settle', endsAtMs);
      await this.#settle(this.#required(id), nowMs);
      await this.#endWhenEmpty();
      return true;
    }

    override async alarm(): Promise<void> {
      if (this.#rows !== null) await this.#timers.run(Date.now());
      await this.#endWhenEmpty();
    }

    async #settleEnded(nowMs: number): Promise<number | null> {
      for (const row of this.#rows?.ended(nowMs, SETTLED_AT_ONCE) ?? []) await this.#settle(row, nowMs);
      return this.#rows?.nextEndMs() ?? null;
    }

    /** Of two that begin at the same time one has made it. @returns null when the file was removed meanwhile */
    async #createUpload(file: FileRecord): Promise<string | null> {
      const key = this.#keyOf(file.id);
      const uploadId = await createUpload(this.env.STORAGE, key, file);
      const row = this.#shown(file.id);
      if (row?.uploadId === null) {
        this.#parts.begin(file.id, uploadId);
        return uploadId;
      }
      await abortUpload(this.env.STORAGE, key, uploadId);
      return row?.uploadId ?? null;
    }

    /** Ends a file that is removed or has no content; one whose content has come as a whole, without a word of it, is kept. */
    async #settle({ id, isRemoved, endsAtMs, uploadId }: FileRow, nowMs: number): Promise<void> {
      const key = this.#keyOf(id);
      if (uploadId !== null) await abortUpload(this.env.STORAGE, key, uploadId);
      // What came in parts may not be what was declared: who sends it has not heard so far.
      if (isRemoved || uploadId !== null) await askR2(async () => this.env.STORAGE.delete(key));
      else if ((await askR2(async () => this.env.STORAGE.head(key))) !== null) return this.#rows?.finish(id, nowMs);
      // Others may have changed it meanwhile; another upload has put its end off.
      const isOver = (endsAtMs ?? 0) <= nowMs && this.#rows?.find(id)?.endsAtMs === endsAtMs;
      if (isOver) this.ctx.storage.transactionSync(() => (this.#parts.clear(id), this.#rows?.delete(id)));
    }

    #keyOf(id: string): string {
      return fileKey(this.ctx.id.name ?? '', id);
    }

    #usage(): FileUsage {
      return { ...(this.#rows?.usage() ?? { files: 0, bytes: 0 }), maxFiles, maxBytes };
    }

    #shown(id: string): FileRow | null {
      const row = this.#rows?.find(id) ?? null;
      return row === null || row.isRemoved ? null : row;
    }

    #required(id: string): FileRow {
      const row = this.#rows?.find(id);
      if (!row) throw new TypeError(`expected a row of the file ${id}`);
      return row;
    }

    #open(): FileRows {
      if (this.#rows !== null) return this.#rows;
      migrate(this.ctx.storage, MIGRATIONS);
      this.#rows = new FileRows(this.ctx.storage.sql);
      return this.#rows;
    }

    async #endWhenEmpty(): Promise<void> {
      if (this.#rows === null || this.#rows.usage().files > 0) return;
      this.#rows = null;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }
  };
}

function recordOf({ isRemoved: _isRemoved, begunAtMs: _begunAtMs, uploadId: _uploadId, ...record }: FileRow): FileRecord {
  return record;
}

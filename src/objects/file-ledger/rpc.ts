/** The interface of the object that owns a tenant's files: which there are, and what they take. Their bytes stand in R2 (`fileKey`). */
import type { FileRecord, FileUsage, NewFile } from '../../wire/files.ts';

export type Declaration = { kind: 'declared'; file: FileRecord } | { kind: 'full'; usage: FileUsage };

/** A part as R2 knows it. */
export interface StoredPart {
  number: number;
  etag: string;
}

/** A file that is sent in parts: `stored` are the numbers of those that have come. `whole`: it is sent as a whole. */
export type BegunParts = { kind: 'absent' | 'stored' | 'whole' } | { kind: 'parts'; file: FileRecord; uploadId: string; stored: number[] };

/** What routes ask the object of a tenant's files. */
export interface FileLedgerRpc {
  /** Makes room for a file, whose content is to come within a day. */
  declare(file: NewFile): Promise<Declaration>;
  /** To be called before content is sent to R2. Null: there is no such file, and nothing is to be sent. @throws ServiceError `conflict` for one that is sent in parts */
  beginUpload(id: string): Promise<FileRecord | null>;
  /** The content is in R2. Null: the file was removed meanwhile, and its content is to be deleted. May be called again. */
  finishUpload(id: string): Promise<FileRecord | null>;
  /** To be called before a part is sent to R2, to an upload of R2 that is begun with the first of them. */
  beginParts(id: string): Promise<BegunParts>;
  /** A part is in R2; all are to be there within a day of the last one. @returns false when the file was removed meanwhile, or its parts were dropped */
  storePart(id: string, uploadId: string, part: StoredPart): Promise<boolean>;
  /** Makes one object of all parts; `finishUpload` says that it may be shown. @returns false when the file was removed meanwhile */
  joinParts(id: string): Promise<boolean>;
  /** Forgets all parts, which may be sent again. */
  dropParts(id: string): Promise<void>;
  find(id: string): Promise<FileRecord | null>;
  /** A file, and the numbers of its parts that are there; null of one that is stored, or not sent in parts. */
  describe(id: string): Promise<{ file: FileRecord; storedParts: number[] | null } | null>;
  /** The files behind the id `after`, in the order in which they were declared, at most `limit`; '' begins. */
  list(after: string, limit: number): Promise<{ files: FileRecord[]; usage: FileUsage }>;
  /** Removes a file and its content. @param isOver nothing of its content is on its way any more, so nothing has to wait for it @returns whether there was one */
  remove(id: string, isOver?: boolean): Promise<boolean>;
}

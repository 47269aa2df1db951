/** The interface of the object that owns a tenant's files: which there are, and what they take. Their bytes stand in R2 (`fileKey`). */
import type { FileRecord, FileUsage, NewFile } from '../../wire/files.ts';

export type Declaration = { kind: 'declared'; file: FileRecord } | { kind: 'full'; usage: FileUsage };

export interface FileLedgerRpc {
  /** Makes room for a file, whose content is to come within a day. */
  declare(file: NewFile): Promise<Declaration>;
  /** To be called before content is sent to R2. Null: there is no such file, and nothing is to be sent. */
  beginUpload(id: string): Promise<FileRecord | null>;
  /** The content is in R2. Null: the file was removed meanwhile, and its content is to be deleted. May be called again. */
  finishUpload(id: string): Promise<FileRecord | null>;
  find(id: string): Promise<FileRecord | null>;
  /** The files behind the id `after`, in the order in which they were declared, at most `limit`; '' begins. */
  list(after: string, limit: number): Promise<{ files: FileRecord[]; usage: FileUsage }>;
  /** Removes a file and its content. @returns whether there was one */
  remove(id: string): Promise<boolean>;
}

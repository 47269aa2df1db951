/** Files of a tenant: what is declared of one, and what it may be. */
import * as z from 'zod/mini';
import type { JsonSchema } from './route.ts';

/** The largest file that one request brings: bodies above 100 MB do not get through on all plans of the platform. */
export const FILE_MAX_BYTES = 100_000_000;
/** Larger files come in parts; every one of them but the last has as many bytes. R2 takes 5 MiB at least. */
export const FILE_PART_BYTES = 8_388_608;
export const FILE_IN_PARTS_MAX_BYTES = 5 * 1024 ** 3;
export const FILE_NAME_MAX_BYTES = 255;
export const FILE_BODY_MAX_BYTES = 16_384;
/** How many files one page of their list may hold, and how many it holds when nothing is said. */
export const FILES_MAX_LIMIT = 1_000;
export const FILES_DEFAULT_LIMIT = 100;

/** A file as its ledger has it. */
export interface FileRecord {
  id: string;
  /** the uploader's, for people: no key is made of it */
  name: string;
  /** media type in lower case, as declared; of a type that can be told by its bytes, they are of it */
  type: string;
  size: number;
  /** in hexadecimal, as declared */
  sha256: string | null;
  /** "user/{id}", "key/{id}" */
  createdBy: string;
  createdAtMs: number;
  /** null: declared, its content has not come */
  storedAtMs: number | null;
  /** when a file without content is forgotten; null for one that has it */
  endsAtMs: number | null;
}

export type NewFile = Pick<FileRecord, 'name' | 'type' | 'size' | 'sha256' | 'createdBy'>;

/** What the files of a tenant take, those that are only declared included. */
export interface FileUsage {
  files: number;
  bytes: number;
  maxFiles: number;
  maxBytes: number;
}

/** How many parts a file of this size has. */
export function partCount(size: number): number {
  return Math.ceil(size / FILE_PART_BYTES);
}

/** The R2 key of a file: nothing in it is the caller's, whatever the file is called. */
export function fileKey(tenant: string, id: string): string {
  return `${fileKeyPrefix(tenant)}${id}`;
}

/** What the keys of all files of a tenant begin with. */
export function fileKeyPrefix(tenant: string): string {
  return `t/${tenant}/`;
}

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}(?:; ?charset=[a-z0-9_-]{1,40})?$/;
/** Control characters and breaks of lines, and what writes a name backwards: "fdp.exe" for "exe.pdf". */
const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export const DECLARE_FILE_BODY = z.strictObject({
  name: z
    .string('expected text')
    .check(z.refine(isFileName, `expected 1 to ${FILE_NAME_MAX_BYTES} bytes of UTF-8 on one line, without control characters`)),
  size: z
    .int('expected a whole number of bytes')
    .check(z.minimum(0, 'expected 0 or more'), z.maximum(FILE_IN_PARTS_MAX_BYTES, `expected at most ${FILE_IN_PARTS_MAX_BYTES}`)),
  type: z.string('expected text').check(z.toLowerCase(), z.regex(MEDIA_TYPE, 'expected a media type such as image/png')),
  sha256: z.optional(z.string('expected text').check(z.toLowerCase(), z.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'))),
});

export type DeclaredFile = z.infer<typeof DECLARE_FILE_BODY>;

function isFileName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !NOT_IN_NAMES.test(name) && new TextEncoder().encode(name).byteLength <= FILE_NAME_MAX_BYTES;
}

const TEXT = { type: 'string' };
const COUNT = { type: 'integer', minimum: 0 };
const TIME = { type: ['string', 'null'], format: 'date-time' };

const FILE_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['id', 'name', 'type', 'size', 'sha256', 'status', 'createdBy', 'createdAt', 'storedAt', 'expiresAt'],
  properties: {
    id: TEXT,
    name: TEXT,
    type: TEXT,
    size: COUNT,
    sha256: { type: ['string', 'null'] },
    status: { enum: ['declared', 'stored'] },
    createdBy: TEXT,
    createdAt: TIME,
    storedAt: TIME,
    expiresAt: { ...TIME, description: 'when a file that is only declared is forgotten' },
  },
};

export const FILE_SCHEMAS = {
  declare: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'size', 'type'],
    properties: {
      name: TEXT,
      size: { ...COUNT, maximum: FILE_IN_PARTS_MAX_BYTES },
      type: TEXT,
      sha256: { ...TEXT, pattern: '^[0-9a-fA-F]{64}$' },
    },
  },
  file: FILE_SCHEMA,
  list: {
    type: 'object',
    required: ['items', 'cursor', 'usage'],
    properties: {
      items: { type: 'array', items: FILE_SCHEMA },
      cursor: { type: ['string', 'null'] },
      usage: {
        type: 'object',
        required: ['files', 'bytes', 'maxFiles', 'maxBytes'],
        properties: { files: COUNT, bytes: COUNT, maxFiles: COUNT, maxBytes: COUNT },
      },
    },
  },
} satisfies Record<string, JsonSchema>;

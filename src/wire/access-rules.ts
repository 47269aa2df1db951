/** Who may do what with the items of a model, as plain data: code generation emits it, the room `access` holds every entry to it. */

/**
 * Whom a rule admits.
 *
 * - `public`: anybody, without credentials too
 * - `member`: every principal of the tenant
 * - `owner`: the principal whose subject the item's owner field names
 * - `key`: a backend of the tenant's own: an API key or service that acts for no user and in no role
 * - `role:<name>`: a principal in that role
 */
export type AccessWord = 'public' | 'member' | 'owner' | 'key' | `role:${string}`;

export const ITEM_OPERATIONS = ['read', 'create', 'update', 'delete'] as const;
export type ItemOperation = (typeof ITEM_OPERATIONS)[number];

/** Whom each operation admits; what names nobody admits nobody. */
export type OperationRules = Readonly<Record<ItemOperation, readonly AccessWord[]>>;

/** Who of those who may read (or write) an item may do so with one of its fields; left out: all of them. */
export interface FieldRules {
  readonly read?: readonly AccessWord[];
  readonly write?: readonly AccessWord[];
}

export interface AccessRules extends OperationRules {
  /** the field that holds the id of the subject whose item it is; null: items are nobody's */
  readonly owner: string | null;
  /** by field; those that are not named may be read and written by whoever may the item */
  readonly fields: Readonly<Record<string, FieldRules>>;
}

/** Rules in a word: every principal of the tenant reads and writes, or only reads, or nobody does anything. */
export const ACCESS_LEVELS = ['read-write', 'read-only', 'none'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

const MEMBERS: readonly AccessWord[] = ['member'];
const NOBODY: readonly AccessWord[] = [];

/** The rules that a word stands for; rules as they are. */
export function accessRules(access: AccessLevel | AccessRules): AccessRules {
  if (typeof access !== 'string') return access;
  const read = access === 'none' ? NOBODY : MEMBERS;
  const write = access === 'read-write' ? MEMBERS : NOBODY;
  return { read, create: write, update: write, delete: write, owner: null, fields: {} };
}

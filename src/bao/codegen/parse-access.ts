/** Reads `access:` of the block `steamer`: a word for the whole model, or rules. */
import { ACCESS_LEVELS, ITEM_OPERATIONS } from '../../wire/access-rules.ts';
import type { AccessLevel, AccessRules, AccessWord, FieldRules, ItemOperation } from '../../wire/access-rules.ts';
import { ROLE_PATTERN } from '../../wire/principal.ts';
import type { FieldDefinition, KeyDefinition } from './definitions.ts';
import { asMap, describe, suggestion } from './map-reader.ts';
import type { Located, MapReader } from './map-reader.ts';
import type { IssueList, SourceEntry, SourceValue } from './source.ts';

/** What rules are about. */
export interface AccessSubject {
  fields: ReadonlyMap<string, FieldDefinition>;
  /** null: it is wrong, which is reported elsewhere */
  primaryKey: KeyDefinition | null;
}

type Words = readonly Located<AccessWord>[];

const PLAIN_WORDS = ['public', 'member', 'owner', 'key'] as const;
const WRITES = ['create', 'update', 'delete'] as const;
/** The kinds of fields that can hold the id of a subject. */
const OWNER_KINDS: ReadonlySet<string> = new Set(['string', 'ulid', 'related']);

/** The kinds of fields that no body may name. */
const SERVICE_KINDS: ReadonlySet<string> = new Set(['create-date', 'modified-date']);

/** The access of a model; `read-write` where nothing, or something wrong, is said. */
export function parseAccess(block: MapReader, subject: AccessSubject, issues: IssueList): AccessLevel | AccessRules {
  if (block.entry('access')?.value.kind !== 'map') return block.choice('access', ACCESS_LEVELS)?.value ?? 'read-write';
  const reader = block.map('access');
  return reader === null ? 'read-write' : parseRules(reader, subject, issues);
}

function parseRules(reader: MapReader, subject: AccessSubject, issues: IssueList): AccessRules {
  const owner = parseOwner(reader, subject, issues);
  const hasOwner = reader.entry('owner') !== undefined;
  const wordsOf = (key: string) => parseWords(reader, key, hasOwner, issues);
  const write = wordsOf('write');
  const rules = new Map<ItemOperation, Words>();
  for (const operation of ITEM_OPERATIONS) {
    const own = wordsOf(operation);
    if (own !== null && write !== null && operation !== 'read')
      issues.error(
        reader.entry(operation)?.at ?? reader.at,
        `${reader.what}: "write" stands for ${WRITES.join(', ')}; give either it or "${operation}"`,
      );
    const words = own ?? (operation === 'read' ? null : write);
    if (words !== null) rules.set(operation, words);
    if (operation !== 'read') refuseAnonymous(reader.what, words ?? [], issues);
  }
  const wordsFor = (operation: ItemOperation): AccessWord[] => rules.get(operation)?.map(({ value }) => value) ?? ['member'];
  const operations = { read: wordsFor('read'), create: wordsFor('create'), update: wordsFor('update'), delete: wordsFor('delete') };
  const fields = parseMasks(reader, { ...subject, ...operations, owner, hasOwner }, issues);
  reader.finish();
  return { ...operations, owner, fields };
}

function parseOwner(reader: MapReader, { fields }: AccessSubject, issues: IssueList): string | null {
  const owner = reader.text('owner');
  if (owner === undefined) return null;
  const field = fields.get(owner.value);
  if (field === undefined)
    issues.error(owner.at, `${reader.what}: "owner" names no field "${owner.value}"; ${suggestion(owner.value, [...fields.keys()])}`);
  else if (!OWNER_KINDS.has(field.kind))
    issues.error(owner.at, `${reader.what}: "owner" expected a StringField, UlidField or RelatedField, got ${field.type} "${owner.value}"`);
  else return owner.value;
  return null;
}

/** The words of a rule, or null when it is not given. */
function parseWords(reader: MapReader, key: string, hasOwner: boolean, issues: IssueList): Words | null {
  const entry = reader.entry(key);
  if (entry === undefined) return null;
  const what = `${reader.what}: "${key}"`;
  const { value } = entry;
  const items = value.kind === 'list' ? value.items : [value];
  const words = items.flatMap((item) => parseWord(what, item, issues));
  for (const [position, { value: word, at }] of words.entries()) {
    if (words.findIndex((other) => other.value === word) < position) issues.error(at, `${what}: "${word}" stands there twice`);
    if (word === 'owner' && !hasOwner)
      issues.error(at, `${what}: "owner" needs the field that says whose an item is; add owner: <field> to the block`);
  }
  return words;
}

function parseWord(what: string, item: SourceValue, issues: IssueList): Words {
  if (item.kind === 'scalar' && typeof item.value === 'string') {
    const { value: text, at } = item;
    const word = PLAIN_WORDS.find((plain) => plain === text);
    if (word !== undefined) return [{ value: word, at }];
    const role = /^role:(.*)$/.exec(text)?.[1];
    if (role !== undefined && ROLE_PATTERN.test(role)) return [{ value: `role:${role}`, at }];
    const hint =
      role === undefined ? suggestion(text, [...PLAIN_WORDS, 'role:<name>']) : 'a role is lower-case letters, digits, "_" or "-"';
    issues.error(at, `${what}: unknown word "${text}"; ${hint}`);
    return [];
  }
  issues.error(item.at, `${what} expected words such as member, owner or role:admin, got ${describe(item)}`);
  return [];
}

/** Writes without credentials have nobody to answer for them. */
function refuseAnonymous(what: string, words: Words, issues: IssueList): void {
  const found = words.find(({ value }) => value === 'public');
  if (found) issues.error(found.at, `${what}: only "read" may be public; a write needs a credential`);
}

interface Masked extends AccessSubject, Record<ItemOperation, readonly AccessWord[]> {
  owner: string | null;
  hasOwner: boolean;
}

function parseMasks(rules: MapReader, masked: Masked, issues: IssueList): Record<string, FieldRules> {
  const masks = rules.map('fields')?.entries() ?? [];
  return Object.fromEntries(
    masks.flatMap(([name, entry]) => {
      const mask = parseMask(rules.what, name, entry, masked, issues);
      return mask === null ? [] : [[name, mask] as const];
    }),
  );
}

function parseMask(what: string, name: string, entry: SourceEntry, masked: Masked, issues: IssueList): FieldRules | null {
  const reader = asMap(entry, `${what}: field "${name}"`, issues);
  if (reader === null) return null;
  const reason = whyNoMask(name, reader, masked);
  if (reason !== null) issues.error(entry.at, `${reader.what}: ${reason}`);
  const read = parseWords(reader, 'read', masked.hasOwner, issues);
  const write = parseWords(reader, 'write', masked.hasOwner, issues);
  reader.finish();
  if (read === null && write === null) issues.error(entry.at, `${reader.what}: expected "read", "write" or both`);
  refuseAnonymous(reader.what, write ?? [], issues);
  checkWithin(`${reader.what}: "read"`, read ?? [], masked.read, 'read', issues);
  checkWithin(`${reader.what}: "write"`, write ?? [], [...masked.create, ...masked.update], 'create or update', issues);
  return {
    ...(read === null ? {} : { read: read.map(({ value }) => value) }),
    ...(write === null ? {} : { write: write.map(({ value }) => value) }),
  };
}

function whyNoMask(name: string, reader: MapReader, { fields, primaryKey, owner }: Masked): string | null {
  const field = fields.get(name);
  if (field === undefined) return `the model has no such field; ${suggestion(name, [...fields.keys()])}`;
  if (primaryKey && [primaryKey.partitionKey, primaryKey.sortKey].includes(name))
    return 'is part of the primary key, which paths and cursors name';
  if (field.kind === 'version') return 'is the ETag of the item';
  if (reader.entry('write') === undefined) return null;
  if (name === owner) return 'who may change the owner follows from "update": roles and key';
  return SERVICE_KINDS.has(field.kind) ? 'is written by the service alone' : null;
}

/** Whoever a field's rule admits has to be admitted to the item. */
function checkWithin(what: string, words: Words, within: readonly AccessWord[], verb: string, issues: IssueList): void {
  for (const { value, at } of words) {
    const isWithin = within.includes('public') || (value !== 'public' && within.includes('member')) || within.includes(value);
    if (!isWithin) issues.error(at, `${what}: "${value}" may not ${verb} the item, and so not this field`);
  }
}

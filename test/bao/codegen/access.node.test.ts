import { describe, expect, it } from 'vitest';
import { generateFrom } from './definitions.ts';

/** A model whose `access:` is on line 12, at column 15. */
const note = (access: string, rest = ''): string => `models:
  Note:
    modelPrefix: no
    fields:
      noteId: { type: UlidField, autoAssign: true }
      userId: { type: StringField }
      pinned: { type: BooleanField }
      secret: { type: StringField }
      createdAt: { type: CreateDateField }
      revision: { type: VersionField }
    primaryKey: { partitionKey: noteId }
    steamer: { access: ${access}${rest} }
`;

const messages = (access: string, rest = ''): string[] => generateFrom(note(access, rest)).messages;

/** The rules that the manifest has for the model. */
function emitted(access: string): unknown {
  const { generated, messages: found } = generateFrom(note(access));
  expect(found).toEqual([]);
  const options = /modelOptions: Record<string, ModelOptions> = (\{[^]*\});/.exec(generated?.manifest.code ?? '')?.[1] ?? '';
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is plain data that code generation has just written
  return (new Function(`return ${options}`)() as { Note: { access: unknown } }).Note.access;
}

const MEMBERS = ['member'];

describe('access rules in models.yaml', () => {
  it('are emitted beside the models as plain data, with members for what is not said', () => {
    expect(emitted('read-only')).toBe('read-only');
    expect(emitted('{ read: public }')).toEqual({
      read: ['public'],
      create: MEMBERS,
      update: MEMBERS,
      delete: MEMBERS,
      owner: null,
      fields: {},
    });
    expect(
      emitted(
        '{ read: [owner, role:admin], write: owner, owner: userId, fields: { secret: { read: [owner], write: [] }, pinned: { write: owner } } }',
      ),
    ).toEqual({
      read: ['owner', 'role:admin'],
      create: ['owner'],
      update: ['owner'],
      delete: ['owner'],
      owner: 'userId',
      fields: { secret: { read: ['owner'], write: [] }, pinned: { write: ['owner'] } },
    });
  });

  it.each([
    ['{ read: [publik] }', '12:33 Model "Note": "steamer": "access": "read": unknown word "publik"; did you mean "public"?'],
    ['{ read: [everyone] }', 'unknown word "everyone"; known: public, member, owner, key, role:<name>'],
    ['{ read: [role:Admin] }', 'unknown word "role:Admin"; a role is lower-case letters'],
    ['{ read: [7] }', '"read" expected words such as member, owner or role:admin, got 7'],
    ['{ read: { admin: true } }', '"read" expected words such as member, owner or role:admin, got a mapping'],
    ['{ read: [member, member] }', '12:41 Model "Note": "steamer": "access": "read": "member" stands there twice'],
    ['{ read: [owner] }', '12:33 Model "Note": "steamer": "access": "read": "owner" needs the field that says whose an item is'],
    ['{ write: [member, public] }', '"access": only "read" may be public'],
    ['{ create: public }', '"access": only "read" may be public'],
    ['{ write: [member], delete: [key] }', '"write" stands for create, update, delete; give either it or "delete"'],
    ['{ owner: userid }', '12:33 Model "Note": "steamer": "access": "owner" names no field "userid"; did you mean "userId"?'],
    ['{ owner: pinned }', '"owner" expected a StringField, UlidField or RelatedField, got BooleanField "pinned"'],
    ['{ reed: [member] }', '12:26 Model "Note": "steamer": "access": unknown key "reed"; did you mean "read"?'],
    [
      '{ fields: { secrets: { read: [] } } }',
      '12:36 Model "Note": "steamer": "access": field "secrets": the model has no such field; did you mean',
    ],
    ['{ fields: { noteId: { read: [] } } }', 'field "noteId": is part of the primary key'],
    ['{ fields: { revision: { read: [] } } }', 'field "revision": is the ETag of the item'],
    ['{ fields: { createdAt: { write: [] } } }', 'field "createdAt": is written by the service alone'],
    ['{ owner: userId, fields: { userId: { write: [] } } }', 'field "userId": who may change the owner follows from "update"'],
    ['{ fields: { secret: {} } }', 'field "secret": expected "read", "write" or both'],
    ['{ fields: { secret: { sight: [] } } }', 'field "secret": unknown key "sight"'],
    ['{ fields: { secret: { write: [public] } } }', 'field "secret": only "read" may be public'],
    ['{ fields: { secret: { read: [public] } } }', 'field "secret": "read": "public" may not read the item, and so not this field'],
    ['{ read: [key], fields: { secret: { read: [role:admin] } } }', '"read": "role:admin" may not read the item'],
    ['{ write: [key], fields: { secret: { write: [member] } } }', '"write": "member" may not create or update the item'],
    ['[member]', '"access" expected read-write, read-only or none, got a list'],
  ])('%s are refused with their place', (access, expected) => {
    expect(messages(access).join('\n')).toContain(expected);
  });

  it.each([
    '{ fields: { createdAt: { read: [] } } }',
    '{ owner: userId, fields: { userId: { read: [key] } } }',
    '{ read: [public], fields: { secret: { read: [role:admin], write: [key] } } }',
    '{ read: [], write: [] }',
  ])('%s say nothing against each other', (access) => {
    expect(messages(access)).toEqual([]);
  });

  it('let shared caches keep what anybody may read, and nothing else', () => {
    const cacheControl = ', cacheControl: "public, max-age=60, s-maxage=600"';
    expect(messages('{ read: public }', cacheControl)).toEqual([]);
    for (const access of ['read-only', '{ read: member }'])
      expect(messages(access, cacheControl).join('\n')).toContain('"cacheControl" has "public", which is for models that anybody may read');
  });
});

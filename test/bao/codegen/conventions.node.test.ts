import { describe, expect, it } from 'vitest';
import { tableIndexesOf } from '../../../src/bao/codegen/index.ts';
import { generateFrom } from './definitions.ts';

/** The text of a generated file, after a generation without a word. */
function textOf(name: string, definitions: string): string {
  const { generated, messages } = generateFrom(definitions);
  expect(messages).toEqual([]);
  return generated?.files.find((file) => file.name === name)?.text ?? '';
}

/** The tutorial's own user and post, with an index of the given lines. */
function blog(index: string, userIdType = '{ type: StringField, required: true }'): string {
  return `models:
  User:
    modelPrefix: u
    fields: { userId: { type: UlidField, autoAssign: true }, name: { type: StringField } }
    primaryKey: { partitionKey: userId }
  Post:
    modelPrefix: p
    fields:
      postId: { type: UlidField, autoAssign: true }
      userId: ${userIdType}
      title: { type: StringField }
      createdAt: { type: CreateDateField }
    primaryKey: { partitionKey: postId }
    indexes:
      ${index}
`;
}

const RELATED = '{ type: RelatedField, model: User, required: true }';

describe('methods by convention', () => {
  it('gives the tutorial its user.queryPosts, for an index byUser over the id of a user', () => {
    const text = textOf('user.ts', blog('byUser: { partitionKey: userId, sortKey: createdAt, indexId: 1 }'));
    expect(text).toContain("return listMany(this, 'Post', 'byUser', sortCondition, options);");
    expect(text).toMatch(/ queryPosts\(/);
  });

  it('keeps the name that dynamo-bao gives beside it', () => {
    const text = textOf('user.ts', blog('byUser: { partitionKey: userId, sortKey: createdAt, indexId: gsi1 }', RELATED));
    expect([...text.matchAll(/ (query\w+)\(/g)].map(([, name]) => name)).toEqual(['queryByUser', 'queryPosts']);
  });

  it('takes no field for an id that only looks like one', () => {
    for (const index of [
      'byUser: { partitionKey: title, sortKey: createdAt, indexId: gsi1 }',
      'byName: { partitionKey: userId, sortKey: createdAt, indexId: gsi1 }',
    ])
      expect(textOf('user.ts', blog(index))).not.toContain('queryPosts');
  });

  it('lists by a primary key that begins with a relation, unless something is called that already', () => {
    const keyed = blog('allPosts: { partitionKey: modelPrefix, sortKey: title, indexId: gsi1 }', RELATED).replace(
      'primaryKey: { partitionKey: postId }',
      'primaryKey: { partitionKey: userId, sortKey: postId }',
    );
    expect(textOf('user.ts', keyed)).toContain("return listMany(this, 'Post', 'primary', sortCondition, options);");
    const taken = keyed.replace('allPosts: { partitionKey: modelPrefix,', 'postsForUser: { partitionKey: userId,');
    expect(textOf('user.ts', taken)).not.toContain("'primary', sortCondition");
  });
});

describe('the life of rows', () => {
  const user = (lines: string, deletedAt = '{ type: DateTimeField }') => `models:
  User:
    modelPrefix: u
    fields: { userId: { type: StringField }, deletedAt: ${deletedAt} }
    primaryKey: { partitionKey: userId }
    ${lines}
`;

  it('puts soft delete, the version and the upcasters into the class', () => {
    const text = textOf('user.ts', user('softDelete: deletedAt\n    schemaVersion: 3\n    upcasters: ./upcasters.ts'));
    expect(text).toContain("import { upcasters } from './upcasters.ts';");
    expect(text).toContain(
      "static override softDelete = 'deletedAt';\n  static override schemaVersion = 3;\n  static override upcasters = upcasters;",
    );
  });

  it.each([
    ['softDelete: gone', '{ type: DateTimeField }', '6:17 Model "User": "softDelete": unknown field "gone"'],
    ['softDelete: deletedAt', '{ type: StringField }', '6:17 Model "User": "softDelete" expected an optional DateTimeField'],
    [
      'softDelete: deletedAt',
      '{ type: DateTimeField, required: true }',
      '6:17 Model "User": "softDelete" expected an optional DateTimeField',
    ],
    ['schemaVersion: 2', '{ type: DateTimeField }', '6:20 Model "User": version 2 needs a way from the versions before it'],
    ['schemaVersion: 0', '{ type: DateTimeField }', '6:20 Model "User": "schemaVersion" expected a whole number from 1 to'],
  ])('refuses %s of %s', (lines, deletedAt, expected) => {
    expect(generateFrom(user(lines, deletedAt)).messages[0]).toContain(`models.yaml:${expected}`);
  });
});

describe('what indexes hold', () => {
  it('is said in the class, and for the table that all models share', () => {
    const definitions = blog(
      'byUser: { partitionKey: userId, sortKey: createdAt, indexId: 1, projection: [title] }\n      byTitle: { partitionKey: title, sortKey: createdAt, indexId: 2, projection: keys }',
    );
    const text = textOf('post.ts', definitions);
    expect(text).toContain("IndexConfig('userId', 'createdAt', 'gsi1', { projection: ['title'] })");
    expect(text).toContain("IndexConfig('title', 'createdAt', 'gsi2', { projection: 'KEYS_ONLY' })");
    const indexes = tableIndexesOf(generateFrom(definitions).generated?.models ?? []);
    expect(Object.fromEntries(Object.entries(indexes).map(([name, { projection }]) => [name, projection]))).toEqual({
      gsi1: ['title'],
      gsi2: 'KEYS_ONLY',
      gsi3: 'ALL',
      gsi4: 'ALL',
      gsi5: 'ALL',
      iter_index: 'KEYS_ONLY',
    });
  });

  it.each([
    ['some', '15:86 Model "Post": index "byUser": "projection" expected all, keys or a list of 1 to 20 fields, got "some"'],
    ['[nope]', '15:87 Model "Post": index "byUser": "projection": unknown field "nope"'],
    ['keys, collection: c', '15:7 Model "Post": index "byUser": the index of a collection holds whole rows, without projection'],
    ['[]', '15:86 Model "Post": index "byUser": "projection" expected all, keys or a list of 1 to 20 fields, got a list'],
  ])('refuses the projection %s', (projection, expected) => {
    const definitions = blog(`byUser: { partitionKey: userId, sortKey: createdAt, indexId: gsi1, projection: ${projection} }`);
    expect(generateFrom(definitions).messages[0]).toContain(`models.yaml:${expected}`);
  });
});

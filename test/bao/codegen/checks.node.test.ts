import { describe, expect, it } from 'vitest';
import { generateFrom } from './definitions.ts';

/** A model `User` with some lines of its own; line 1 is `models:`, line 2 the name. */
function user(lines: string, fields = 'email: { type: StringField }'): string {
  return `models:
  User:
    modelPrefix: u
    fields:
      userId: { type: UlidField, autoAssign: true }
      ${fields}
    primaryKey: { partitionKey: userId }
${lines.replace(/^/gm, '    ')}
`;
}

function messages(...texts: string[]): string[] {
  return generateFrom(...texts).messages;
}

describe('checks of one model', () => {
  it('accepts a model of the least it can say', () => {
    expect(messages(user(''))).toEqual([]);
  });

  it.each([
    ['a model without prefix', user('').replace('    modelPrefix: u\n', ''), '3:5 Model "User": "modelPrefix" is missing; a short string'],
    [
      'a prefix that YAML reads as a number',
      user('').replace('modelPrefix: u', 'modelPrefix: 7'),
      '3:18 Model "User": "modelPrefix" expected a string, got 7',
    ],
    [
      'a prefix that would end inside a key',
      user('').replace('modelPrefix: u', 'modelPrefix: "u#x"'),
      '3:18 Model "User": "u#x" can be no modelPrefix',
    ],
    [
      'a prefix that looks like a tenant',
      user('').replace('modelPrefix: u', 'modelPrefix: "[a]"'),
      '3:18 Model "User": "[a]" can be no modelPrefix',
    ],
    [
      'a model without fields',
      'models:\n  User:\n    modelPrefix: u\n    primaryKey: { partitionKey: id }\n',
      '3:5 Model "User": "fields" is missing',
    ],
    ['a model without primary key', user('').replace(/ +primaryKey.*\n/, ''), '3:5 Model "User": "primaryKey" is missing'],
    [
      'a primary key of no field',
      user('').replace('partitionKey: userId', 'partitionKey: modelPrefix'),
      '7:17 Model "User": "primaryKey": at least one part must be a field',
    ],
    [
      'a primary key of one field twice',
      user('').replace('userId }', 'userId, sortKey: userId }'),
      '7:17 Model "User": "primaryKey": partitionKey and sortKey must differ',
    ],
    [
      'an unknown field in the primary key',
      user('').replace('partitionKey: userId', 'partitionKey: userid'),
      '7:33 Model "User": "primaryKey": unknown field "userid"; did you mean "userId"?',
    ],
    [
      'a collection with a name that would end inside a key',
      user('indexes:\n  a: { partitionKey: email, sortKey: userId, indexId: gsi1, collection: "a#b" }'),
      '9:77 Model "User": index "a": "collection" expected letters, digits, "-" and "_"',
    ],
    [
      'a collection of all objects of a model',
      user('indexes:\n  a: { partitionKey: modelPrefix, sortKey: userId, indexId: gsi1, collection: people }'),
      '9:83 Model "User": index "a": a collection is partitioned by a field, not by modelPrefix',
    ],
    ['a misspelt key of a model', user('iterible: true'), '8:5 Model "User": unknown key "iterible"; did you mean "iterable"?'],
    [
      'more buckets than there may be',
      user('iterable: true\niterationBuckets: 1001'),
      '9:23 Model "User": "iterationBuckets" expected a whole number from 1 to 1000, got 1001',
    ],
    ['an unknown table type', user('tableType: map'), '8:16 Model "User": "tableType" expected standard or mapping, got "map"'],
    ['a model name that is no class name', 'models:\n  user: {}\n', '2:3 "user" can be no model; expected a class name in PascalCase'],
    [
      'a model name that generated code uses',
      user('').replace('User:', 'Date:'),
      '2:3 "Date" can be no model; generated code uses "Date" itself; try "DateRecord"',
    ],
    ['an unknown key encoding', user('keyEncoding: sorted'), '8:18 Model "User": "keyEncoding" expected ordered or legacy, got "sorted"'],
  ])('refuses %s', (_name, text, expected) => {
    expect(messages(text)[0]).toContain(`models.yaml:${expected}`);
    expect(generateFrom(text).generated).toBeNull();
  });

  it.each([
    ['without a type', 'email: { required: true }', '6:14 Model "User": "fields": field "email": "type" is missing; one of StringField'],
    [
      'of an unknown type',
      'email: { type: StringFeild }',
      '6:22 Model "User": "fields": field "email": unknown type "StringFeild"; did you mean "StringField"?',
    ],
    ['of a type that objects inherit', 'email: { type: constructor }', 'unknown type "constructor"'],
    [
      'with a misspelt option',
      'email: { type: StringField, requierd: true }',
      '6:35 Model "User": "fields": field "email": unknown key "requierd"; did you mean "required"?',
    ],
    ['with an option of another type', 'email: { type: StringField, precision: 2 }', 'field "email": unknown key "precision"'],
    [
      'with a default value of the wrong type',
      'age: { type: IntegerField, defaultValue: many }',
      '6:48 Model "User": "fields": field "age": "defaultValue" expected a whole number, got "many"',
    ],
    [
      'with a default value that is not one of its words',
      'size: { type: StringField, enum: [a, b], defaultValue: c }',
      '6:62 Model "User": "fields": field "size": "defaultValue" expected one of a, b, got "c"',
    ],
    [
      'with a default value below its minimum',
      'age: { type: IntegerField, minimum: 5, defaultValue: 1 }',
      '6:60 Model "User": "fields": field "age": "defaultValue" expected at least 5, got 1',
    ],
    [
      'with a default value above its maximum',
      'age: { type: FloatField, maximum: 1.5, defaultValue: 2 }',
      '"defaultValue" expected at most 1.5, got 2',
    ],
    [
      'with a default value that is too long',
      'size: { type: StringField, maxLength: 2, defaultValue: abc }',
      '6:62 Model "User": "fields": field "size": "defaultValue" expected at most 2 characters, got "abc"',
    ],
    [
      'with a default value that is too short',
      'a: { type: StringField, minLength: 2, defaultValue: b }',
      '"defaultValue" expected at least 2 characters, got "b"',
    ],
    [
      'with a default value beside its pattern',
      'a: { type: StringField, pattern: "^x", defaultValue: y }',
      '"defaultValue" expected text that matches ^x, got "y"',
    ],
    [
      'with a minimum above its maximum',
      'age: { type: IntegerField, minimum: 5, maximum: 1 }',
      '6:55 Model "User": "fields": field "age": "maximum" expected at least 5, the minimum, got 1',
    ],
    [
      'with a shortest length above its longest',
      'a: { type: StringField, minLength: 3, maxLength: 2 }',
      '"maxLength" expected at least 3, the minLength, got 2',
    ],
    [
      'with more items at least than at most',
      'a: { type: ListField, of: { type: StringField }, minItems: 3, maxItems: 2 }',
      '"maxItems" expected at least 3, the minItems, got 2',
    ],
    [
      'with a word that is too long',
      'a: { type: StringField, enum: [a, abc], maxLength: 2 }',
      '"enum" expected words of at most 2 characters, got "abc"',
    ],
    [
      'with a part that contradicts itself',
      'a: { type: MapField, fields: { b: { type: IntegerField, minimum: 2, defaultValue: 1 } } }',
      '"defaultValue" expected at least 2, got 1',
    ],
    ['with a default date that is none', 'at: { type: DateTimeField, defaultValue: soon }', '"defaultValue" expected a date in ISO 8601'],
    [
      'with a default time without its zone',
      'at: { type: DateTimeField, defaultValue: "2026-11-20T08:00" }',
      '"defaultValue" expected a date in ISO 8601',
    ],
    [
      'that takes no default value',
      'at: { type: CreateDateField, defaultValue: 1 }',
      '6:36 Model "User": "fields": field "at": a CreateDateField takes no "defaultValue"',
    ],
    [
      'with a precision that numbers can not have',
      'n: { type: FloatField, precision: -1 }',
      '"precision" expected a whole number from 0 to 100, got -1',
    ],
    [
      'whose name the layer uses',
      '_pk: { type: StringField }',
      '6:7 Model "User": "fields": "_pk" can be no field; names that start with "_"',
    ],
    [
      'whose name every instance has',
      'toString: { type: StringField }',
      '"toString" can be no field; every model instance has a member "toString" already',
    ],
    ['whose name is no identifier', '"e-mail": { type: StringField }', '"e-mail" can be no field; expected letters, digits and "_"'],
    ['called like the word for the prefix', 'modelPrefix: { type: StringField }', '"modelPrefix" can be no field'],
    ['that is a ttl under another name', 'expires: { type: TtlField }', 'a TtlField must be named "ttl"'],
    ['that relates to nothing', 'orgId: { type: RelatedField }', '6:14 Model "User": "fields": field "orgId": "model" is missing'],
    [
      'that relates to an unknown model',
      'orgId: { type: RelatedField, model: Org }',
      '6:43 Model "User": field "orgId": unknown model "Org"; known: User',
    ],
    ['that is no mapping', 'email: StringField', '6:14 Model "User": "fields": field "email" expected a mapping, got "StringField"'],
  ])('refuses a field %s', (_name, field, expected) => {
    expect(messages(user('', field)).join('\n')).toContain(expected);
  });

  it.each([
    [
      'without an id',
      'byEmail: { partitionKey: email, sortKey: userId }',
      '9:16 Model "User": index "byEmail": "indexId" is missing; gsi1, gsi2',
    ],
    [
      'with an unknown id',
      'byEmail: { partitionKey: email, sortKey: userId, indexId: gsi6 }',
      '9:65 Model "User": index "byEmail": "indexId" expected gsi1, gsi2, gsi3, gsi4 or gsi5, got "gsi6"',
    ],
    ['without a sort key', 'byEmail: { partitionKey: email, indexId: gsi1 }', 'index "byEmail": "sortKey" is missing'],
    [
      'over an unknown field',
      'byEmail: { partitionKey: mail, sortKey: userId, indexId: gsi1 }',
      '9:32 Model "User": index "byEmail": unknown field "mail"; did you mean "email"?',
    ],
    [
      'whose name the layer uses',
      '_by: { partitionKey: email, sortKey: userId, indexId: gsi1 }',
      '9:7 Model "User": "_by" can be no name in "indexes"',
    ],
    [
      'that is neither an alias nor a mapping',
      'byEmail: primary',
      'expected "primaryKey" or a mapping with partitionKey, sortKey and indexId, got "primary"',
    ],
  ])('refuses an index %s', (_name, index, expected) => {
    expect(messages(user(`indexes:\n  ${index}`)).join('\n')).toContain(expected);
  });

  it('refuses an index id used twice, and one constraint id used twice', () => {
    const lines = `indexes:
  byEmail: { partitionKey: email, sortKey: userId, indexId: gsi1 }
  all: { partitionKey: modelPrefix, sortKey: email, indexId: gsi1 }
uniqueConstraints:
  uniqueEmail: { field: email, uniqueConstraintId: uc1 }
  uniqueId: { field: userId, uniqueConstraintId: _uc1 }`;
    expect(messages(user(lines))).toEqual([
      'models.yaml:10:7 Model "User": index "all": gsi1 is used already by Model "User": index "byEmail"',
      'models.yaml:13:7 Model "User": unique constraint "uniqueId": uc1 is used already by Model "User": unique constraint "uniqueEmail"',
    ]);
  });

  it.each([
    [
      'a set in an index',
      'email: { type: StringSetField }',
      'indexes:\n  byEmail: { partitionKey: email, sortKey: userId, indexId: gsi1 }',
      '"email" is a StringSetField, which can be no part of a key',
    ],
    [
      'bytes in a constraint',
      'email: { type: BinaryField }',
      'uniqueConstraints:\n  one: { field: email, uniqueConstraintId: uc1 }',
      '"email" is a BinaryField, which can be no part of a key',
    ],
    [
      'the prefix in a constraint',
      'email: { type: StringField }',
      'uniqueConstraints:\n  one: { field: modelPrefix, uniqueConstraintId: uc1 }',
      'unknown field "modelPrefix"',
    ],
  ])('refuses %s', (_name, field, lines, expected) => {
    expect(messages(user(lines, field)).join('\n')).toContain(expected);
  });

  it('refuses a primary key that every write would change', () => {
    const text = user('', 'revision: { type: VersionField }').replace('userId }', 'userId, sortKey: revision }');
    expect(messages(text).join('\n')).toContain(
      '"revision" is a VersionField, which writes change by themselves: it can be part of an index only',
    );
  });

  it("takes index ids as numbers and constraint ids with an underscore, as dynamo-bao's guides write them", () => {
    const lines = `indexes:
  byEmail: { partitionKey: email, sortKey: userId, indexId: 1 }
uniqueConstraints:
  uniqueEmail: { field: email, uniqueConstraintId: 2 }`;
    const { generated, messages: found } = generateFrom(user(lines));
    expect(found).toEqual([]);
    expect(generated?.models[0]?.indexes[0]?.indexId).toBe('gsi1');
    expect(generated?.models[0]?.uniqueConstraints[0]?.constraintId).toBe('_uc2');
  });
});

describe('checks of searchable', () => {
  it.each([
    ['searchable: true', '`searchable: true` is not supported. Provide an object with `fields`'],
    ['searchable: some', '`searchable` must be either a boolean or an object'],
    ['searchable: { fields: [email], fuzzy: true }', 'has unknown option "fuzzy"'],
    ['searchable: { fields: [] }', 'must be a non-empty array'],
    ['searchable: { fields: [mail] }', 'references "mail" but that field is not defined'],
    ['searchable: { fields: [userId] }', 'entry "userId" must be a StringField, got UlidField'],
    ['searchable: { fields: [email], dedupe: 1 }', '`searchable.dedupe` must be a boolean'],
    ['searchable: { fields: [email], minTermLength: 0 }', '`searchable.minTermLength` must be a positive integer'],
  ])('says what is wrong with %s', (line, expected) => {
    const found = messages(user(`iterable: true\n${line}`)).join('\n');
    expect(found).toContain('Model "User": ');
    expect(found).toContain(expected);
  });

  it('warns of a searchable model that is not iterable', () => {
    const { generated, messages: found } = generateFrom(user('searchable: { fields: [email] }'));
    expect(found).toEqual(['models.yaml:8:5 warning: Model "User": a searchable model can be searched only when it is iterable: true']);
    expect(generated).not.toBeNull();
  });
});

describe('checks of the block steamer', () => {
  it.each([
    ['steamer: { path: Users }', '8:22 Model "User": "Users" can be no path; expected lower-case letters and digits'],
    ['steamer: { path: files }', '8:22 Model "User": the path "files" is reserved for the service; try "files-items"'],
    ['steamer: { cache: -1 }', '8:23 Model "User": "steamer": "cache" expected a whole number from 0 to 2592000, got -1'],
    ['steamer: { isolateCache: 5000 }', '"isolateCache" expected a whole number from 0 to 1000, got 5000'],
    ['steamer: { changes: yes }', '8:25 Model "User": "steamer": "changes" expected true or false, got "yes"'],
    ['steamer: { access: all }', '8:24 Model "User": "steamer": "access" expected read-write, read-only or none, got "all"'],
    ['steamer: { cacheControl: "cached, max-age=60" }', '"cacheControl" expected private, no-store'],
    ['steamer: { keyEncoding: legacy }', '8:16 Model "User": "steamer": unknown key "keyEncoding"'],
  ])('refuses %s', (line, expected) => {
    expect(messages(user(line)).join('\n')).toContain(expected);
  });

  it('offers another path to a model whose plural is reserved', () => {
    const text = user('').replace('User:', 'Session:');
    expect(messages(text)).toEqual([
      'models.yaml:2:3 Model "Session": the path "sessions" is reserved for the service; give the model another one: steamer: { path: sessions-items }',
    ]);
  });
});

describe('checks between models', () => {
  const model = (name: string, prefix: string, rest = '') => `  ${name}:
    modelPrefix: ${prefix}
    fields:
      id: { type: StringField }
${rest}    primaryKey: { partitionKey: id }
`;

  it('refuses a prefix, a path or a file name that two models share', () => {
    expect(messages(`models:\n${model('Status', 's')}${model('Statuse', 's')}${model('URLMap', 'a')}${model('UrlMap', 'b')}`)).toEqual([
      'models.yaml:7:3 Model "Statuse": the path "statuses" is that of model "Status" already; give one of them another: steamer: { path: … }',
      'models.yaml:8:18 Model "Statuse": the modelPrefix "s" is that of model "Status" already; choose another prefix',
      'models.yaml:17:3 Model "UrlMap": the path "url-maps" is that of model "URLMap" already; give one of them another: steamer: { path: … }',
    ]);
  });

  it('refuses a collection that is in two indexes, or listed by texts and numbers', () => {
    const post = (name: string, prefix: string, kind: string, index: string) =>
      `${model(name, prefix, `      owner: { type: ${kind} }\n`)}    indexes:
      ofOwner: { partitionKey: owner, sortKey: id, indexId: ${index}, collection: owner }
`;
    const texts = `models:\n${post('Post', 'p', 'StringField', 'gsi1')}${post('Draft', 'd', 'UlidField', 'gsi1')}`;
    expect(messages(texts)).toEqual([]);
    expect(messages(`${texts}${post('Note', 'n', 'StringField', 'gsi2')}${post('Page', 'g', 'IntegerField', 'gsi1')}`)).toEqual([
      'models.yaml:25:7 Model "Note": the collection "owner" is in gsi1 as of model "Post"; use that here, too',
      'models.yaml:33:7 Model "Page": the collection "owner" has partitions of kind string in model "Post", and of kind integer here',
    ]);
  });

  it('refuses two relations of one name, naming both', () => {
    const fields = '      owner: { type: RelatedField, model: User }\n      ownerId: { type: RelatedField, model: User }\n';
    expect(messages(`models:\n${model('User', 'u')}${model('Post', 'p', fields)}`)).toEqual([
      'models.yaml:12:7 Model "Post": the relation "owner" of field "ownerId" is that of field "owner" already; rename one of them',
    ]);
  });

  it('refuses indexes of two models that make one relation of a third', () => {
    const post = (
      name: string,
      prefix: string,
    ) => `${model(name, prefix, '      userId: { type: RelatedField, model: User }\n')}    indexes:
      postsForUser: { partitionKey: userId, sortKey: id, indexId: gsi1 }
`;
    expect(messages(`models:\n${model('User', 'u')}${post('Post', 'p')}${post('Draft', 'd')}`)).toEqual([
      'models.yaml:22:7 Model "User": the relation "posts" of index "postsForUser" of Draft is that of index "postsForUser" of Post already; rename one of them',
    ]);
  });

  it("refuses a generated method that would hide one of the model's own", () => {
    const fields = '      relatedId: { type: RelatedField, model: User }\n';
    const index = '    indexes:\n      byIndex: { partitionKey: modelPrefix, sortKey: id, indexId: gsi1 }\n';
    expect(messages(`models:\n${model('User', 'u', fields)}${index}`)).toEqual([
      'models.yaml:6:7 Model "User": the member "getRelated" of field "relatedId" is that of every model already; rename one of them',
      'models.yaml:9:7 Model "User": the static method "queryByIndex" of index "byIndex" is that of every model already; rename one of them',
    ]);
  });

  it('lets a later file replace a model, with a warning that names the first', () => {
    const { generated, messages: found } = generateFrom(
      `models:\n${model('User', 'u')}`,
      `keyEncoding: legacy\nmodels:\n${model('User', 'v')}`,
    );
    expect(found).toEqual(['models-2.yaml:3:3 warning: Model "User" replaces the one at models.yaml:2']);
    expect(generated?.models.map(({ prefix, keyEncoding }) => [prefix, keyEncoding])).toEqual([['v', 'legacy']]);
  });
});

describe('definitions files', () => {
  it.each([
    ['a key used twice', 'models:\n  A: {}\n  A: {}\n', '3:3 Map keys must be unique'],
    ['broken YAML', 'models:\n  A: [\n', 'models.yaml:'],
    ['an empty file', '', '1:1 expected a mapping with the key "models"'],
    ['a list', '- models\n', '1:1 expected a mapping with the key "models"'],
    ['no models', 'keyEncoding: legacy\n', '1:1 The file: "models" is missing'],
    ['a misspelt key', 'modles: {}\nmodels: {}\n', '1:1 unknown key "modles" beside "models"; did you mean "models"?'],
    ['an alias of what it is in', 'models: &a\n  A: *a\n', 'an alias refers to a value that it is part of'],
    ['an alias of nothing', 'models: *b\n', 'models.yaml:1:9 '],
  ])('says where %s is', (_name, text, expected) => {
    const { generated, messages: found } = generateFrom(text);
    expect(generated).toBeNull();
    expect(found.join('\n')).toContain(expected);
  });

  it('resolves anchors and merge keys', () => {
    const { generated, messages: found } = generateFrom(`x-stamps: &stamps
  createdAt: { type: CreateDateField }
  label: { type: StringField }
models:
  User:
    modelPrefix: u
    fields:
      <<: *stamps
      label: { type: StringField, required: true }
      userId: { type: StringField }
    primaryKey: { partitionKey: userId }
`);
    expect(found).toEqual([]);
    const fields = generated?.models[0]?.fields;
    expect([...(fields?.keys() ?? [])]).toEqual(['createdAt', 'label', 'userId']);
    expect(fields?.get('label')?.required).toBe(true);
  });

  it('reports everything that is wrong at once, in the order of the file', () => {
    const found = messages('models:\n  a: 1\n  B: 2\n  C:\n    fields: 3\n');
    expect(found.map((message) => message.split(' ')[0])).toEqual([
      'models.yaml:2:3',
      'models.yaml:2:6',
      'models.yaml:3:6',
      'models.yaml:5:5',
      'models.yaml:5:5',
      'models.yaml:5:13',
    ]);
  });
});

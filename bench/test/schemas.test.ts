import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCHEMAS } from '../schemas/schemas.ts';
import { electroSourceOf, yamlOf } from '../schemas/write-schemas.ts';

test('there are twenty models, each with a prefix of its own and an index over fields it has', () => {
  assert.equal(new Set(SCHEMAS.map(({ prefix }) => prefix)).size, 20);
  for (const { name, fields, index } of SCHEMAS) {
    const names = fields.map((field) => field.name);
    assert.ok(names.includes(index.partition) && names.includes(index.sort), name);
    assert.equal(new Set(names).size, names.length, name);
  }
});

test('required fields and kinds come out in the definitions', () => {
  const [user] = SCHEMAS;
  assert.match(yamlOf([user!]), /^ {6}email: { type: StringField, required: true }$/m);
  assert.match(yamlOf([user!]), /^ {6}lastSeenAt: { type: DateTimeField }$/m);
  assert.match(electroSourceOf([user!]), /^ {4}isActive: { type: 'boolean' },$/m);
});

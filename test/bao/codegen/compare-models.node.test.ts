import { describe, expect, it } from 'vitest';
import { compareModels, IssueList, type ModelChange, readModels } from '../../../src/bao/codegen/index.ts';
import { parseDefinitions } from '../../../src/cli/definitions-file.ts';

const BEFORE = `models:
  Order:
    modelPrefix: or
    iterable: true
    iterationBuckets: 4
    searchable: { fields: [note] }
    softDelete: deletedAt
    schemaVersion: 2
    upcasters: ./upcasters.ts
    fields:
      orderId: { type: UlidField, autoAssign: true }
      customerId: { type: StringField, required: true }
      total: { type: IntegerField, required: true }
      note: { type: StringField }
      colour: { type: StringField }
      number: { type: StringField, required: true }
      deletedAt: { type: DateTimeField }
    primaryKey: { partitionKey: orderId }
    indexes:
      ordersOfCustomer: { partitionKey: customerId, sortKey: total, indexId: gsi1, projection: [note] }
    uniqueConstraints:
      uniqueNumber: { field: number, uniqueConstraintId: uc1 }
`;
const OTHER = `  Customer:
    modelPrefix: cu
    fields:
      customerId: { type: UlidField, autoAssign: true }
    primaryKey: { partitionKey: customerId }
`;

function changesOf(before: string, after: string): ModelChange[] {
  const issues = new IssueList();
  const read = (text: string) => readModels([parseDefinitions(text, 'models.yaml', issues) ?? expect.unreachable(text)], {}, issues);
  const changes = compareModels(read(before), read(after));
  expect(issues.sorted().filter(({ severity }) => severity === 'error')).toEqual([]);
  return changes;
}

const shown = ({ kind, model, at, message }: ModelChange) => `${at.line} ${kind} ${model}: ${message}`;

/** What the definitions become when a piece of them is another one. */
const changed = (from: string, to: string) => {
  expect(BEFORE).toContain(from);
  return changesOf(BEFORE, BEFORE.replace(from, to)).map(shown);
};

describe('a change of models', () => {
  it.each([
    ['of the prefix', 'modelPrefix: or', 'modelPrefix: od', /^3 breaks Order: the prefix was "or"/],
    ['of the key', 'partitionKey: orderId', 'partitionKey: customerId', /^2 breaks Order: the primary key was orderId:/],
    [
      'of a type in the key',
      'orderId: { type: UlidField, autoAssign: true }',
      'orderId: { type: IntegerField }',
      /^2 breaks .*made of text$/,
    ],
    ['of the encoding', '    fields:', '    keyEncoding: legacy\n    fields:', /^2 breaks Order: keyEncoding was ordered/],
    ['of the version, downwards', '    schemaVersion: 2\n    upcasters: ./upcasters.ts\n', '', /^2 breaks Order: schemaVersion was 2/],
    ['of soft deletion', '    softDelete: deletedAt\n', '', /^2 breaks Order: softDelete was deletedAt/],
    [
      'of a stored form',
      'colour: { type: StringField }',
      'colour: { type: StringSetField }',
      /^15 breaks Order: colour was of text, and is of sets/,
    ],
    ['of an index', 'sortKey: total', 'sortKey: note', /^20 backfill Order: the index ordersOfCustomer has other keys/],
    ['of what an index is sorted by', 'total: { type: IntegerField', 'total: { type: FloatField', /^20 backfill .*has other keys/],
    [
      'of what an index holds',
      'projection: [note]',
      'projection: [note, number]',
      /^20 table Order: gsi1 holds less of a row than this asks for/,
    ],
    [
      'of a constraint',
      'uniqueConstraintId: uc1',
      'uniqueConstraintId: uc2',
      /^22 backfill Order: the unique constraint uniqueNumber has another/,
    ],
    ['of buckets', 'iterationBuckets: 4', 'iterationBuckets: 8', /^2 backfill Order: iteration had 4 buckets/],
    ['of search', 'fields: [note]', 'fields: [note, number]', /^2 backfill Order: what is searched .*bao-rebuild-search-text/],
    [
      'of what is required',
      'note: { type: StringField }',
      'note: { type: StringField, required: true }',
      /^14 backfill Order: note is required now/,
    ],
    ['of the path', '    fields:', '    steamer: { path: orders-of-old }\n    fields:', /clients Order: the path was \/orders/],
  ])('%s is told with its place', (_, from, to, expected) => {
    expect(changed(from, to)).toContainEqual(expect.stringMatching(expected));
  });

  it('that adds what rows do without means nothing', () => {
    expect(changed('note: { type: StringField }', 'note: { type: StringField }\n      size: { type: StringField }')).toEqual([]);
    expect(changesOf(BEFORE, BEFORE + OTHER)).toEqual([]);
  });

  it('of a stored form is the business of an upcaster where the version says so', () => {
    const other = BEFORE.replace('colour: { type: StringField }', 'colour: { type: JsonField }');
    expect(changesOf(BEFORE, other)).toMatchObject([{ kind: 'breaks' }]);
    expect(changesOf(BEFORE, other.replace('schemaVersion: 2', 'schemaVersion: 3'))).toEqual([]);
  });

  it('of the name alone keeps the rows; a prefix that was of another model does not', () => {
    expect(changesOf(BEFORE, BEFORE.replace('  Order:', '  Purchase:')).map(shown)).toEqual([
      expect.stringMatching(/^2 clients Purchase: the path was \/orders; "path: orders"/),
    ]);
    const taken = changesOf(BEFORE + OTHER, OTHER.replace(/^/, 'models:\n').replace('modelPrefix: cu', 'modelPrefix: or')).map(shown);
    expect(taken).toEqual([
      '3 breaks Customer: the prefix "or" was that of Order, whose rows would be read as those of this model',
      '3 breaks Customer: the prefix was "cu": every key of the rows that are there begins with it',
      '2 clients Order: the model is gone: its rows stay in the table, and nothing serves them',
    ]);
  });

  it('that is the first to search needs an index of the table', () => {
    const without = BEFORE.replace('    searchable: { fields: [note] }\n', '');
    expect(changesOf(without, BEFORE).map(shown)).toContainEqual(
      '2 table Order: the table needs the index iter_search_index: bao-update-table adds it',
    );
    expect(changesOf(without, BEFORE).map(({ kind }) => kind)).toEqual(['backfill', 'table']);
    const bare = without.replace(/ {4}indexes:\n.*\n/, '');
    expect(changesOf(without, bare).map(shown)).toEqual(['2 clients Order: the index ordersOfCustomer is gone']);
  });
});

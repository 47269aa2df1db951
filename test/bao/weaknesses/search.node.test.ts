import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { BaoModel, fields, initModels, PrimaryKeyConfig } from '../../../src/bao/index.ts';
import { DynamoClient } from '../../../src/dynamo/index.ts';
import { localClientOptions } from '../../setup/tables.ts';
import { connection, openBao, read } from './setup.ts';
import type { Bao } from './setup.ts';

class Note extends BaoModel {
  static override modelPrefix = 'no';
  static override iterable = true;
  static override iterationBuckets = 4;
  static override searchable = true;
  static override searchConfig = { fields: ['text'] };
  static override fields = { noteId: fields.StringField({ required: true }), text: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('noteId');
}

const SECRET = 'the-payroll';

let bao: Bao<{ Note: typeof Note }>;

beforeAll(async () => {
  bao = await openBao({ Note });
  await addSearchIndex(bao.table.tableName);
  const { aws, db } = connection(bao.table.tableName);
  initModels({ aws, db: { ...db, iterationIndexName: 'iter_search_index' }, models: { Note } });
  // Not in the order of the ids, in which the index has them.
  const ids = Array.from({ length: 400 }, (_, at) => `n${String((at * 137) % 400).padStart(3, '0')}`);
  for (let at = 0; at < ids.length; at += 50)
    await Promise.all(ids.slice(at, at + 50).map((noteId) => Note.create({ noteId, text: `common ${noteId}` })));
  await Note.create({ noteId: SECRET, text: 'confidential' });
});
beforeEach(() => bao.control.reset());
afterAll(() => bao.drop());

describe('search', () => {
  it('W45 a cursor that was edited reaches no object that the search does not find', async () => {
    const { items, cursor } = await Note.searchAll(['common'], { limit: 5 });
    expect(items).toHaveLength(5);
    for (const edited of editions(String(cursor))) {
      const page = await Note.searchAll(['common'], { limit: 100, cursor: edited }).catch(() => ({ items: [] }));
      expect(idsOf(page.items)).not.toContain(SECRET);
    }
  });

  it('W45 a cursor of one bucket is of no use outside of it', async () => {
    const page = await Note.searchBucket(0, ['common'], { limit: 5 });
    await expect(Note.searchBucket(1, ['common'], { limit: 5, cursor: page.cursor })).rejects.toThrow(/ursor/);
    for (const edited of editions(String(page.cursor))) {
      const next = await Note.searchBucket(0, ['common'], { limit: 1000, cursor: edited }).catch(() => ({ items: [] }));
      expect(idsOf(next.items)).not.toContain(SECRET);
    }
  });

  it('W46 a page of ten costs about ten objects, and so does its cursor', async () => {
    const { items, cursor } = await Note.searchAll(['common'], { limit: 10 });
    expect(items).toHaveLength(10);
    const hydrated = (await bao.control.requests('BatchGetItem')).flatMap(
      ({ body }) => Object.values((body as { RequestItems: Record<string, { Keys: object[] }> }).RequestItems).flatMap(({ Keys }) => Keys), // what the request is
    );
    expect(hydrated.length).toBeLessThanOrEqual(50);
    expect(String(cursor).length).toBeLessThan(2_000);
  });

  it('W47 pages of a walk and of a search are in the order of their index', async () => {
    const walked: string[] = [];
    for await (const batch of Note.iterateBucket(0)) walked.push(...idsOf(batch));
    expect(walked.length).toBeGreaterThan(50);
    expect(walked).toEqual(walked.toSorted());
    const { items } = await Note.searchBucket(0, ['common'], { limit: 1000 });
    expect(idsOf(items)).toEqual(walked.filter((noteId) => noteId !== SECRET));
  });
});

const idsOf = (notes: readonly object[]) => notes.map((note) => String(read(note, 'noteId')));

/** What somebody can make of a cursor. */
function editions(cursor: string): string[] {
  const ends = [cursor.slice(1), cursor.slice(0, -1), `${cursor.slice(0, -4)}AAAA`];
  try {
    const content = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { bucketCursors?: object }; // dynamo-bao's, if it parses
    const edited = [
      { ...content, pendingItemKeys: [SECRET] },
      { ...content, scope: [0, 1, 2, 3], bucketCursors: { 0: null, 1: null, 2: null, 3: null }, pendingItemKeys: [SECRET] },
    ];
    return [...ends, ...edited.map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))];
  } catch {
    return ends;
  }
}

async function addSearchIndex(tableName: string): Promise<void> {
  const answer = await new DynamoClient(localClientOptions(inject('dynamodbEndpoint'))).send('UpdateTable', {
    TableName: tableName,
    AttributeDefinitions: ['_iter_pk', '_iter_sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: 'iter_search_index',
          KeySchema: [
            { AttributeName: '_iter_pk', KeyType: 'HASH' },
            { AttributeName: '_iter_sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['_searchText'] },
        },
      },
    ],
  });
  if (!answer.ok) throw new Error(answer.error.message);
}

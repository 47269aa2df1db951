/** What the tests of search and iteration share: models whose objects can be searched, and the index that they are searched by. */
import { inject } from 'vitest';
import { BaoModel, fields, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { SEARCH_INDEX_NAME } from '../../src/bao/constants.ts';
import { attributeDefinitions, describeTable, indexInput, SEARCH_INDEX, wait } from '../../src/dynamo/create-table.ts';
import { DynamoClient } from '../../src/dynamo/index.ts';
import { localClientOptions } from '../setup/tables.ts';

export class Article extends BaoModel {
  static override modelPrefix = 'ar';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 4;
  static override searchable = true;
  static override searchConfig = { fields: ['title', 'body'] };
  static override fields = {
    articleId: fields.StringField({ required: true }),
    title: fields.StringField(),
    body: fields.StringField(),
    status: fields.StringField(),
  };
  static override primaryKey = PrimaryKeyConfig('articleId');
}

/** A composite key, one bucket, and every option of search. */
export class Chapter extends BaoModel {
  static override modelPrefix = 'ch';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override searchable = true;
  static override searchConfig = { fields: ['title'], caseSensitive: true, minTermLength: 3, dedupe: true };
  static override fields = {
    book: fields.StringField({ required: true }),
    number: fields.IntegerField({ required: true }),
    title: fields.StringField(),
  };
  static override primaryKey = PrimaryKeyConfig('book', 'number');
}

/** Searchable, and not iterable. */
export class Note extends BaoModel {
  static override modelPrefix = 'no';
  static override keyEncoding = 'ordered' as const;
  static override searchable = true;
  static override searchConfig = { fields: ['text'] };
  static override fields = { noteId: fields.StringField({ required: true }), text: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('noteId');
}

/** Iterable, and not searchable. */
export class Entry extends BaoModel {
  static override modelPrefix = 'en';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 5;
  static override fields = { entryId: fields.StringField({ required: true }), count: fields.IntegerField() };
  static override primaryKey = PrimaryKeyConfig('entryId');
}

/** As many buckets as a model may have. */
export class Message extends BaoModel {
  static override modelPrefix = 'me';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1000;
  static override searchable = true;
  static override searchConfig = { fields: ['text'] };
  static override fields = { messageId: fields.UlidField({ autoAssign: true }), text: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('messageId');
}

export const SEARCH_MODELS = { Article, Chapter, Note, Entry, Message };

/** Adds the index that searches need to a table. */
export async function addSearchIndex(tableName: string): Promise<void> {
  const client = new DynamoClient(localClientOptions(inject('dynamodbEndpoint')));
  const Create = indexInput(SEARCH_INDEX_NAME, SEARCH_INDEX);
  const answer = await client.send('UpdateTable', {
    TableName: tableName,
    AttributeDefinitions: attributeDefinitions(Object.values(SEARCH_INDEX)),
    GlobalSecondaryIndexUpdates: [{ Create }],
  });
  if (!answer.ok) throw new Error(answer.error.message);
  const isActive = async () => {
    const table = await describeTable(client, tableName);
    return table?.GlobalSecondaryIndexes?.some((index) => index.IndexName === SEARCH_INDEX_NAME && index.IndexStatus === 'ACTIVE');
  };
  while (!(await isActive())) await wait(20);
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openTestTable } from '../bao/setup.ts';
import type { TestTable } from '../bao/setup.ts';
import { copyApplication } from './moved-application.ts';
import type { MovedApplication } from './moved-application.ts';

let table: TestTable;
let application: MovedApplication;

beforeAll(async () => {
  table = await openTestTable();
  application = await copyApplication({ DYNAMODB_ENDPOINT: inject('dynamodbEndpoint'), TABLE_NAME: table.tableName });
});
afterAll(async () => {
  await application.remove();
  await table.drop();
});

/** What the library is to see, after so many loans, in so many languages. */
const open = (loans: number, languages: string[]) => ({
  looked: {
    newest: ['Notes on an Engine'],
    all: ['A Walk in the Woods by Bob', 'Letters by Ada', 'Notes on an Engine by Ada'],
    tags: ['1998'],
    nobody: false,
  },
  twins: 'email must be unique',
  lent: [loans, languages],
  walked: ['A Walk in the Woods', 'Letters', 'Notes on an Engine'],
});

// The steps of docs/migrating-from-dynamo-bao.md, under its headings.
describe('an application of dynamo-bao', { timeout: 60_000 }, () => {
  it('runs on dynamo-bao', async () => {
    await application.installOriginal();
    await application.command('bao-codegen', 'models.yaml', 'models');
    expect(await application.work('stock')).toEqual({ authors: 2, books: 3 });
    expect(await application.work('open', 'de')).toEqual(open(1, ['de', 'en']));
  });

  it('1. Put the package in the place of dynamo-bao: runs as it is', async () => {
    await application.installSuccessor();
    expect(await readFile(join(application.folder, 'models/book.js'), 'utf8')).toContain("require('dynamo-bao/src/model.js')");
    expect(await application.work('open', 'fr')).toEqual(open(2, ['de', 'en', 'fr']));
  });

  it('2. Generate the models anew: sees and does the same', async () => {
    const yaml = join(application.folder, 'models.yaml');
    await writeFile(yaml, `keyEncoding: legacy\n${await readFile(yaml, 'utf8')}`);
    await application.command('bao-codegen', 'models.yaml', 'models', '--js', '--module', 'commonjs');
    expect(await readFile(join(application.folder, 'models/book.js'), 'utf8')).not.toContain('dynamo-bao/src');
    expect(await application.work('open', 'it')).toEqual(open(3, ['de', 'en', 'fr', 'it']));
  });

  it('3. Make it searchable: finds what was written before', async () => {
    await application.command('bao-update-table');
    await application.command('bao-rebuild-search-text', 'Book');
    expect(await application.work('search', 'engine')).toEqual(['Notes on an Engine']);
  });

  it('Both at once, and back: dynamo-bao reads and changes what was written meanwhile', async () => {
    await application.installOriginal();
    await application.command('bao-codegen', 'models.yaml', 'models');
    expect(await application.work('open', 'pl')).toEqual(open(4, ['de', 'en', 'fr', 'it', 'pl']));
  });
});

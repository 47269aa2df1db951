import { describe, expect, expectTypeOf, it } from 'vitest';
import { fields, IndexConfig, initModels, PrimaryKeyConfig, relatedModel, typedModel } from '../../src/bao/index.ts';
import type { BaoModel, ModelClass, ModelManager, ObjectNotFound, QueryResult, ReplaceResult } from '../../src/bao/index.ts';

interface BookShape {
  name: 'Book';
  attributes: { bookId: string; title: string; pages: number | null; tags: Set<string>; createdAt: Date };
  create: { bookId: string; title: string; pages?: number | null | undefined; tags?: Iterable<string> };
  update: { title?: string; pages?: number | null };
  key: string | { bookId: string };
  indexes: {
    booksByTitle: { partition: string; sort: 'pages'; sortValue: number };
    allBooks: { partition: string | undefined; sort: null; sortValue: never };
  };
}

class Book extends typedModel<BookShape>() {
  static override modelPrefix = 'bk';
  static override fields = {
    bookId: fields.StringField({ required: true }),
    title: fields.StringField({ required: true }),
    pages: fields.IntegerField(),
    tags: fields.StringSetField(),
    createdAt: fields.CreateDateField(),
  };
  static override primaryKey = PrimaryKeyConfig('bookId');
  static override indexes = {
    booksByTitle: IndexConfig('title', 'pages', 'gsi1'),
    allBooks: IndexConfig('modelPrefix', 'modelPrefix', 'gsi2'),
  };

  isLong(): boolean {
    return (this.pages ?? 0) > 500;
  }
}

// Never called: the compiler checks it.
async function typesOfStatics(): Promise<void> {
  const found = await Book.find({ bookId: 'b' });
  expectTypeOf(found).toEqualTypeOf<Book | ObjectNotFound>();
  if (found.exists()) {
    expectTypeOf(found).toEqualTypeOf<Book>();
    expectTypeOf(found.pages).toEqualTypeOf<number | null>();
    expectTypeOf(found.isLong()).toEqualTypeOf<boolean>();
  } else {
    expectTypeOf(found).toEqualTypeOf<ObjectNotFound>();
  }
  expectTypeOf(await Book.create({ bookId: 'b', title: 't' })).toEqualTypeOf<Book>();
  expectTypeOf(await Book.update('b', { pages: null })).toEqualTypeOf<Book>();
  expectTypeOf(await Book.replace({ bookId: 'b', title: 't' })).toEqualTypeOf<ReplaceResult<Book>>();
  expectTypeOf((await Book.batchFind(['b'])).items).toEqualTypeOf<Record<string, Book>>();
  expectTypeOf(
    await Book.queryByIndex(
      'booksByTitle',
      't',
      { pages: { $gte: 5, $lt: 10 } },
      { filter: { tags: { $contains: 'x' }, $not: { pages: null } } },
    ),
  ).toEqualTypeOf<QueryResult<Book>>();
  // @ts-expect-error a required field is missing
  await Book.create({ bookId: 'b' });
  // @ts-expect-error a value of another kind
  await Book.update('b', { pages: 'many' });
  // @ts-expect-error a key of another model
  await Book.find({ isbn: 'b' });
  // @ts-expect-error no such index
  await Book.queryByIndex('booksByColour', 'red');
  // @ts-expect-error not the index's sort field
  await Book.queryByIndex('booksByTitle', 't', { title: 'x' });
  // @ts-expect-error no such field in the filter
  await Book.queryByIndex('booksByTitle', 't', null, { filter: { colour: 'red' } });
}

describe('typed models', () => {
  it('are typed by their shape, and are ordinary model classes', () => {
    expect(typesOfStatics).toBeTypeOf('function');
    expectTypeOf<typeof Book>().toExtend<ModelClass>();
    expectTypeOf<typeof BaoModel>().toExtend<ModelClass>();
    const manager = initModels({ models: { Book } });
    expectTypeOf(manager.models.Book).toEqualTypeOf<typeof Book>();
    expectTypeOf(manager).toExtend<ModelManager>();
    const book = new manager.models.Book({ bookId: 'b', title: 't', pages: 501 });
    expectTypeOf(book.createdAt).toEqualTypeOf<Date>();
    expect([book.title, book.pages, book.isLong(), book.tags, book instanceof Book]).toEqual(['t', 501, true, new Set(), true]);
    expect(relatedModel(book, Book)).toBe(manager.models.Book);
    expect(relatedModel(new Book(), Book)).toBe(manager.models.Book);
  });
});

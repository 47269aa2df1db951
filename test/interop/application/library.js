// A lending library, as an application of dynamo-bao: `node library.js stock` fills it, `open` and `search` work with what is there.
const path = require('path');
const { initModels, runWithBatchContext, exceptions } = require('dynamo-bao');

const { models } = initModels({
  aws: { region: 'us-east-1' },
  db: { tableName: process.env.TABLE_NAME, iterationIndexName: process.argv[2] === 'search' ? 'iter_search_index' : 'iter_index' },
  paths: { modelsDir: path.join(__dirname, 'models') },
});
const { Author, Book, Tag, TaggedBook } = models;

async function stock() {
  const ada = await Author.create({ name: 'Ada', email: 'ada@example.com' });
  const bob = await Author.create({ name: 'Bob', email: 'bob@example.com' });
  for (const [author, title, year] of [
    [ada, 'Notes on an Engine', 1991],
    [ada, 'Letters', 1984],
    [bob, 'A Walk in the Woods', 1998],
  ]) {
    const book = await Book.create({
      authorId: author.authorId,
      title,
      summary: `${title}, by ${author.name}`,
      publishedAt: new Date(Date.UTC(year, 0, 1)),
      languages: ['en'],
    });
    await Tag.create({ tagId: `y${year}`, name: String(year) });
    await TaggedBook.create({ tagId: `y${year}`, bookId: book.bookId });
  }
  return { authors: 2, books: 3 };
}

async function look() {
  const ada = await Author.findByEmail('ada@example.com');
  const newest = await ada.queryBooks({ publishedAt: { $gte: new Date('1990-01-01') } }, { direction: 'DESC' });
  const all = await Book.queryAllBooks();
  const authors = await Promise.all(all.items.map((book) => book.getAuthor()));
  const tags = await all.items[0].getTags();
  const nobody = await Author.find('01HF0000000000000000000009');
  return {
    newest: newest.items.map((book) => book.title),
    all: all.items.map((book) => `${book.title} by ${authors[all.items.indexOf(book)].name}`),
    tags: tags.items.map((tag) => tag.name),
    nobody: nobody.exists(),
  };
}

async function refuseTwins() {
  try {
    await Author.create({ name: 'Eve', email: 'ada@example.com' });
  } catch (error) {
    return error instanceof exceptions.ConditionalError && error.message;
  }
}

async function lend(title, language) {
  const book = await Book.findByTitle(title);
  return Book.update(book.bookId, { loans: '+1' }, { condition: { version: book.version } }).then((lent) => {
    lent.languages.add(language);
    lent.title = `${title}!`;
    return lent.save();
  });
}

async function putBack(title) {
  const book = await Book.findByTitle(`${title}!`);
  const { loans, languages } = book;
  book.title = title;
  await book.save();
  return [loans, [...languages].sort()];
}

async function walk() {
  const titles = [];
  for await (const batch of Book.iterateAll({ batchSize: 2 })) titles.push(...batch.map((book) => book.title));
  return titles.sort();
}

async function open() {
  // A context for each, as each request has.
  const title = 'Letters';
  const seen = { looked: await runWithBatchContext(look), twins: await runWithBatchContext(refuseTwins) };
  await runWithBatchContext(() => lend(title, process.argv[3]));
  return { ...seen, lent: await runWithBatchContext(() => putBack(title)), walked: await runWithBatchContext(walk) };
}

async function search() {
  const { items } = await Book.searchAll([process.argv[3]]);
  return items.map((book) => book.title);
}

const WORK = { stock: () => runWithBatchContext(stock), open, search: () => runWithBatchContext(search) };

WORK[process.argv[2]]().then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);

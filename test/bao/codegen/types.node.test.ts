import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { type GeneratedFolder, generateInto } from './generated-folder.ts';

/** Uses that the compiler has to accept. */
const USAGE = `
type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
function exactly<One, Other>(_isEqual: Equal<One, Other>): void {}
export async function use(): Promise<void> {
  const post = await Post.create({ postId: 'p', authorId: 'a', labels: ['x'], publishedAt: '2026-01-01', ttl: new Date() });
  exactly<typeof post, Post>(true);
  exactly<typeof post.number, number | bigint>(true);
  exactly<typeof post.rating, number | null>(true);
  exactly<typeof post.isDraft, boolean>(true);
  exactly<typeof post.publishedAt, Date | null>(true);
  exactly<typeof post.cover, Uint8Array | null>(true);
  exactly<typeof post.labels, Set<string>>(true);
  exactly<typeof post.revision, string>(true);
  await Post.update('p', { views: '+1', rating: null, labels: new Set(['y']) }, { condition: { revision: post.revision } });
  const author = await post.getAuthor();
  if (author?.exists() && author instanceof Author) {
    const { items } = await author.queryPosts({ number: { $gte: 1, $lt: 5n } }, { filter: { isDraft: false, $or: [{ rating: { $gt: 3 } }] }, direction: 'DESC' });
    exactly<typeof items, Post[]>(true);
  }
  const { items: tags } = await post.getTags(null, 10, 'DESC');
  exactly<typeof tags, Tag[]>(true);
  const { items: joined } = await Post.queryByIndex('postsForAuthor', author?.exists() ? author : 'a', { number: 3 });
  exactly<typeof joined, Post[]>(true);
  await PostTag.find({ postId: post, tagId: 't' });
  await PostTag.queryByPrimaryKey(post, { tagId: { $beginsWith: 'a' } });
  await Tag.queryAllTags({ tagId: { $beginsWith: 'a' } });
  await Author.findByEmail('a@b.c');
  await Author.findByEmail('a@b.c', { consistent: true, fields: ['name'] });
  await post.getAuthor({ fields: ['name', 'born'], bypassCache: true });
  await post.getTags(null, null, 'ASC', null, { fields: ['tagId'], consistent: true, filter: { tagId: { $beginsWith: 'a' } }, fillPage: true });
  await Author.queryAllAuthors({ born: { $between: [new Date(0), new Date()] } });
}
`;

/** Uses that it has to refuse. */
const MISTAKES: [name: string, line: string][] = [
  ['a missing required field', "void Post.create({ postId: 'p' });"],
  ['an unknown field on create', "void Post.create({ postId: 'p', authorId: 'a', titel: 'x' });"],
  ['a value of another type', "void Post.create({ postId: 'p', authorId: 'a', rating: 'good' });"],
  ['a field that only the layer writes', "void Post.create({ postId: 'p', authorId: 'a', revision: 'x' });"],
  ['an unknown field on update', "void Post.update('p', { titel: 'x' });"],
  ['a key field on update', "void Post.update('p', { postId: 'q' });"],
  ['clearing a required field', "void Post.update('p', { authorId: null });"],
  ['a key of other fields', "void PostTag.find({ postId: 'p' });"],
  ['an unknown index', "void Post.queryByIndex('byAuthor', 'a');"],
  ['a partition of another type', "void Post.queryByIndex('postsForAuthor', 7);"],
  ['a condition on another field than the sort key', "void Post.queryByIndex('postsForAuthor', 'a', { rating: 1 });"],
  ['a sort value of another type', "void Post.queryByIndex('postsForAuthor', 'a', { number: 'one' });"],
  ['a condition on another field than the sort key of the primary key', "void PostTag.queryByPrimaryKey('p', { postId: 'a' });"],
  ['a condition on a primary key without a sort key', "void Post.queryByPrimaryKey('p', { number: 3 });"],
  ['an unknown field to read', "void Post.findByPrimaryKey('p', { fields: ['titel'] });"],
  ['an unknown field of a related object', "void new Post().getAuthor({ fields: ['titel'] });"],
  ['an unknown field of what is found by a unique value', "void Author.findByEmail('a', { fields: ['titel'] });"],
  ['an unknown field of what a mapping model joins', "void new Post().getTags(null, 1, 'ASC', null, { fields: ['postId'] });"],
  ['a filter over what a mapping model joins', "void new Post().getTags(null, 1, 'ASC', null, { filter: { name: 'x' } });"],
  ['an unknown field in a filter', "void Post.queryByIndex('postsForAuthor', 'a', null, { filter: { titel: 'x' } });"],
  ['a filter value of another type', "void Post.queryByIndex('postsForAuthor', 'a', null, { filter: { isDraft: 'yes' } });"],
  ['an operator that never holds', "void Post.queryByIndex('postsForAuthor', 'a', null, { filter: { rating: { $beginsWith: '5' } } });"],
  ['an order of truth', "void Post.queryByIndex('postsForAuthor', 'a', null, { filter: { isDraft: { $gt: false } } });"],
  ['a prefix of a date in a sort condition', "void Author.queryAllAuthors({ born: { $beginsWith: '2026' } });"],
  ['reading an unknown field', "export const read = async () => (await Post.create({ postId: 'p', authorId: 'a' })).titel;"],
  ['a unique value of another type', 'void Author.findByEmail(7);'],
];

describe.each(['ts', 'js'] as const)('models in %s', (extension) => {
  /** What the compiler says, by file: `usage.ts`, and one file for each mistake by its number. */
  let problems: Map<string, string[]>;
  let folder: GeneratedFolder;

  beforeAll(async () => {
    folder = await generateInto('blog.yaml', extension);
    const files = [['usage.ts', USAGE], ...MISTAKES.map(([, line], index) => [`mistake-${index}.ts`, line])];
    for (const [name = '', lines] of files) {
      const text = `import { Author, Post, PostTag, Tag } from './models.${extension}';\n${lines}\nvoid [Author, Post, PostTag, Tag];\n`;
      await writeFile(join(folder.path, name), text);
    }
    problems = await compile(
      folder,
      files.map(([name = '']) => name),
    );
  });

  afterAll(() => folder.remove());

  it('compiles under the settings of the repository, and gives each field its native type', () => {
    const accepted = [...problems].filter(([file]) => !file.startsWith('mistake'));
    expect(accepted).toEqual([]);
  });

  it.each(MISTAKES.map(([name], index) => [name, index] as const))('makes %s an error of the compiler', (_name, index) => {
    const found = problems.get(`mistake-${index}.ts`) ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((problem) => problem.startsWith(`mistake-${index}.ts(2,`))).toBe(true);
  });
});

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestTable, deleteTestTable } from '../../setup/tables.ts';
import { type GeneratedFolder, generateInto } from './generated-folder.ts';

const endpoint = inject('dynamodbEndpoint');
let tableName: string;

beforeAll(async () => {
  tableName = await createTestTable(endpoint);
});

afterAll(() => deleteTestTable(endpoint, tableName));

/** Uses relations, a mapping model, a unique value and lists; the models of both systems come from the manifest. */
const PROGRAM = `
const { initModels, runWithBatchContext } = layer;
const settings = JSON.parse(process.argv[2]);
const { Author, Post, PostTag, Tag } = initModels({ models: manifest.default, ...settings }).models;
const result = await runWithBatchContext(async () => {
  const author = await Author.create({ email: 'a@b.c', born: '1815-12-10' });
  const post = await Post.create({ postId: 'p1', authorId: author.authorId, labels: ['x'] });
  await Tag.create({ tagId: settings.tenantId });
  await PostTag.create({ postId: 'p1', tagId: settings.tenantId });
  return {
    found: (await Author.findByEmail('a@b.c')).authorId === author.authorId,
    author: (await post.getAuthor()).email,
    posts: (await author.queryPosts()).items,
    tags: (await post.getTags()).items,
    all: (await Author.queryAllAuthors()).count,
    published: post.publishedAt,
  };
});
console.log(JSON.stringify(result));
`;

function run(folder: GeneratedFolder, file: string): Promise<string> {
  const settings = {
    aws: { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    db: { tableName },
    tenantId: folder.path.replace(/\W/g, ''),
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(folder.path, file), JSON.stringify(settings)], { cwd: folder.path }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(new Error(error.message)),
    );
  });
}

describe.each(['esm', 'commonjs'])('JavaScript models (%s)', (system) => {
  let folder: GeneratedFolder;
  beforeAll(async () => {
    folder = await generateInto('blog.yaml', 'js', ['--module', system]);
  });
  afterAll(() => folder.remove());

  it('store, find and follow relations in Node', async () => {
    const layer = join(folder.repository, 'src/bao/node/index.ts');
    await writeFile(
      join(folder.path, 'program.mjs'),
      `import * as layer from '${layer}';\nimport * as manifest from './models.js';\n${PROGRAM}`,
    );
    const result: unknown = JSON.parse(await run(folder, 'program.mjs'));
    expect(result).toMatchObject({
      found: true,
      author: 'a@b.c',
      posts: [{ postId: 'p1', labels: ['x'], isDraft: true }],
      tags: [{ tagId: expect.any(String) }],
      all: 1,
      published: '2026-01-01T00:00:00.000Z',
    });
  });

  it('can be required one by one, in any order, though they refer to each other', async () => {
    await writeFile(
      join(folder.path, 'requires.cjs'),
      "const { Post } = require('./models/post.js');\nconsole.log(Post.modelPrefix, typeof require('./models/author.js').Author);\n",
    );
    expect(await run(folder, 'requires.cjs')).toBe('po function\n');
  });

  it('contain no types, and say in which system they are', async () => {
    const text = await readFile(join(folder.path, 'models/post.js'), 'utf8');
    expect(text).not.toMatch(/\boverride\b|: Promise<|import type/);
    expect(text).toContain(system === 'esm' ? 'export class Post' : 'exports.Post = Post;');
  });
});

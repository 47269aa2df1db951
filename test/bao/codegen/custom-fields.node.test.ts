import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { initModels, jsonFormAt, jsonSchemaOf, type ModelClass } from '../../../src/bao/index.ts';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../../setup/tables.ts';
import { compile } from './compile.ts';
import { type GeneratedFolder, generateInto } from './generated-folder.ts';

const FIELDS = join(import.meta.dirname, 'fields');
const LAYER = resolve(import.meta.dirname, '../../../src/bao/index.ts');

/** Uses that the compiler has to accept. */
const USAGE = `
type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
function exactly<One, Other>(_isEqual: Equal<One, Other>): void {}
export async function use(): Promise<void> {
  const product = await Product.create({ shop: 's', price: '12.34', shipping: { cost: { euros: 5, cents: 0 } }, history: ['1.00'], seller: 'a@b.c' });
  exactly<typeof product.price, Money>(true);
  exactly<typeof product.discount, Money | null>(true);
  exactly<typeof product.seller, \`\${string}@\${string}\` | null>(true);
  exactly<typeof product.tags, string[]>(true);
  exactly<typeof product.history, Money[]>(true);
  if (product.shipping !== null) exactly<typeof product.shipping.cost, Money>(true);
  product.price = { euros: 1, cents: 50 };
  await Product.update('p', { price: '1.00', discount: null, tags: ['a'], 'shipping.cost': '2.00', 'history[0]': { euros: 1, cents: 0 } }, { condition: { price: { euros: 1, cents: 0 } } });
  const { items } = await Product.queryByIndex('productsOfShop', 's', { price: { $gte: '1.00', $lt: { euros: 5, cents: 0 } } }, { filter: { discount: { $gt: { euros: 0, cents: 0 } }, 'shipping.cost': { $exists: true } } });
  exactly<typeof items, Product[]>(true);
  await Product.queryAllProducts({ price: '1.00' });
  await Product.findByDiscount('0.50');
}
`;

/** Uses that it has to refuse. */
const MISTAKES: [name: string, line: string][] = [
  ['a value that the field does not take', "void Product.create({ shop: 's', price: 12 });"],
  ['a missing required field', "void Product.create({ shop: 's' });"],
  ['clearing a required field', "void Product.update('p', { price: null });"],
  ['half a value', "void Product.update('p', { price: { euros: 1 } });"],
  ['a member that the field does not take', "void Product.create({ shop: 's', price: '1', shipping: { cost: 5 } });"],
  ['an increment of what is no number', "void Product.update('p', { price: { $add: 1 } });"],
  [
    'reading it as what is stored',
    "export const cents = async (): Promise<number> => (await Product.create({ shop: 's', price: '1' })).price;",
  ],
  ['a filter by what is stored', 'void Product.queryAllProducts(null, { filter: { discount: 50 } });'],
  ['a sort condition by what is stored', 'void Product.queryAllProducts({ price: { $gt: 100 } });'],
  ['text that the class does not take', "void Product.create({ shop: 's', price: '1', seller: 'nobody' });"],
  ['a unique value by what is stored', 'void Product.findByDiscount(50);'],
];

describe.each(['ts', 'js'] as const)("fields of the application's own in models in %s", (extension) => {
  let problems: Map<string, string[]>;
  let folder: GeneratedFolder;

  beforeAll(async () => {
    folder = await generateInto('shop.yaml', extension, ['--fields', FIELDS]);
    const files = [['usage.ts', USAGE], ...MISTAKES.map(([, line], index) => [`mistake-${index}.ts`, line])];
    for (const [name = '', lines] of files) {
      const money = name === 'usage.ts' ? `import type { Money } from '${FIELDS}/money-field.ts';` : '';
      await writeFile(join(folder.path, name), `import { Product } from './models.${extension}';${money}\n${lines}\nvoid Product;\n`);
    }
    problems = await compile(
      folder,
      files.map(([name = '']) => name),
    );
  }, 60_000);
  afterAll(() => folder.remove());

  it('have the types of their own classes: what they are read as, and what they take', () => {
    expect([...problems].filter(([file]) => !file.startsWith('mistake'))).toEqual([]);
  });

  it.each(MISTAKES.map(([name], index) => [name, index] as const))('make %s an error of the compiler', (_name, index) => {
    const found = problems.get(`mistake-${index}.ts`) ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((problem) => problem.startsWith(`mistake-${index}.ts(2,`))).toBe(true);
  });
});

describe('a field with conversions of its own', () => {
  const endpoint = inject('dynamodbEndpoint');
  let folder: GeneratedFolder;
  let tableName: string;
  // The class exists only after generation, so its types can not be known here; they are checked above.
  // oxlint-disable-next-line typescript/no-explicit-any
  let Product: any;

  beforeAll(async () => {
    folder = await generateInto('shop.yaml', 'ts', ['--fields', FIELDS]);
    tableName = await createTestTable(endpoint);
    const manifest: { default: object } = await import(/* @vite-ignore */ pathToFileURL(join(folder.path, 'models.ts')).href);
    const { models } = initModels({ models: manifest.default, store: new DynamoClient(localClientOptions(endpoint)), db: { tableName } });
    Product = (models as typeof models & { Product: unknown }).Product; // it is the manifest of shop.yaml
  });
  afterAll(async () => {
    await deleteTestTable(endpoint, tableName);
    await folder.remove();
  });

  it('is stored as its class says, and read as its class says', async () => {
    const { productId } = await Product.create({
      shop: 's',
      price: '12.34',
      shipping: { cost: '5' },
      history: ['1', { euros: 2, cents: 5 }],
    });
    const found = await Product.find(productId);
    expect([found.price, found.discount, found.shipping.cost, found.history]).toEqual([
      { euros: 12, cents: 34 },
      null,
      { euros: 5, cents: 0 },
      [
        { euros: 1, cents: 0 },
        { euros: 2, cents: 5 },
      ],
    ]);
    found.price = '0.50';
    expect(found.price).toEqual({ euros: 0, cents: 50 });
    await found.save();
    await Product.update(productId, { 'shipping.cost': { euros: 0, cents: 1 } });
    expect((await Product.find(productId)).toJSON()).toMatchObject({
      price: { euros: 0, cents: 50 },
      shipping: { cost: { euros: 0, cents: 1 } },
    });
    await expect(Product.update(productId, { price: 5 })).rejects.toThrow(
      'price: expected an amount, as { euros, cents } or "12.34", got 5',
    );
  });

  it('comes from JSON and is described in JSON Schema as its class says', () => {
    const body = { shop: 's', price: '12.34', history: [{ euros: 1, cents: 2 }] };
    expect(Product.parseJson(body, 'create')).toEqual({ data: body });
    expect(Product.parseJson({ ...body, price: 5 }, 'create')).toEqual({
      issues: [{ path: '/price', reason: 'expected an amount, as { euros, cents } or "12.34"' }],
    });
    expect(jsonSchemaOf(Product, 'create')).toMatchObject({
      properties: {
        price: { type: ['object', 'string'] },
        shipping: { anyOf: [{ properties: { cost: { type: ['object', 'string'] } } }, {}] },
      },
    });
    const form = jsonFormAt(Product, 'price');
    expect(['12.34', '{"euros":1,"cents":2}'].map((text) => form?.fromText(text))).toEqual([
      { value: '12.34' },
      { value: { euros: 1, cents: 2 } },
    ]);
    expect(form?.fromText('{')).toHaveProperty('reason');
  });

  it('is compared in filters, sort conditions and unique constraints by what is stored', async () => {
    for (const euros of [9, 10, 100])
      await Product.create({ shop: 'sorted', price: { euros, cents: 0 }, discount: { euros: 0, cents: euros } });
    const prices = async (sort: unknown, filter?: unknown) =>
      (await Product.queryByIndex('productsOfShop', 'sorted', sort, { filter })).items.map(
        ({ price }: { price: { euros: number } }) => price.euros,
      );
    expect(await prices({ price: { $gt: { euros: 9, cents: 0 } } })).toEqual([10, 100]);
    expect(await prices({ price: { euros: 10, cents: 0 } })).toEqual([10]);
    expect(await prices(null, { price: { euros: 100, cents: 0 } })).toEqual([100]);
    expect(await prices(null, { price: { $in: ['9', { euros: 10, cents: 0 }] } })).toEqual([9, 10]);
    expect((await Product.findByDiscount({ euros: 0, cents: 10 })).price).toEqual({ euros: 10, cents: 0 });
    await expect(prices(null, { price: { pounds: 1 } })).rejects.toThrow('Invalid operator pounds for field price');
  });
});

it('the field types that the page about definitions shows work as they stand there', { timeout: 60_000 }, async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../../docs/design/models-yaml.md'), 'utf8');
  const samples = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, text = '']) => text.replace("'steamer/bao'", `'${LAYER}'`));
  const work = await mkdtemp(join(tmpdir(), 'steamer-samples-'));
  for (const text of samples) {
    const [, name = ''] = /export const (\w+)Field = /.exec(text) ?? [];
    await writeFile(join(work, `${name.toLowerCase()}-field.ts`), text);
  }
  const folder = await generateInto('page.yaml', 'ts', ['--fields', work]);
  const usage = `import { Product } from './models.ts';
export async function use(): Promise<number> {
  const { price, email } = await Product.create({ productId: 'p', price: { euros: 1, cents: 2 }, email: 'a@b.c' });
  return price.euros + price.cents + (email ?? '').length;
}
`;
  await writeFile(join(folder.path, 'usage.ts'), usage);
  expect(await compile(folder, ['usage.ts'])).toEqual(new Map());
  const { Product } = (await import(pathToFileURL(join(folder.path, 'models.ts')).href)) as { Product: ModelClass }; // what page.yaml makes
  expect(Product.parseJson({ productId: 'p', price: { euros: 1, cents: 2 } }, 'create')).toHaveProperty('data');
  expect(Product.parseJson({ productId: 'p', price: 5, email: 'nobody' }, 'create')).toMatchObject({
    issues: [{ path: '/price' }, { path: '/email', reason: expect.stringContaining('an address') }],
  });
  await folder.remove();
  await rm(work, { recursive: true });
});

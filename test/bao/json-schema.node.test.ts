import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BaoModel, fields, initModels, jsonFormAt, jsonSchemaOf, PrimaryKeyConfig, ValidationError } from '../../src/bao/index.ts';
import type { JsonSchemaUse } from '../../src/bao/index.ts';

class Article extends BaoModel {
  static override modelPrefix = 'ar';
  static override fields = {
    slug: fields.StringField({ required: true, pattern: /^[a-z-]+$/, maxLength: 20 }),
    status: fields.StringField({ enum: ['draft', 'live'], defaultValue: 'draft' }),
    stars: fields.IntegerField({ minimum: 0, maximum: 5 }),
    likes: fields.CounterField(),
    author: fields.MapField({ name: fields.StringField({ required: true }), mail: fields.StringField({ schema: z.email() }) }),
    lines: fields.ListField(fields.StringField({ minLength: 1 }), { maxItems: 2 }),
    settings: fields.JsonField({ schema: z.object({ theme: z.enum(['dark', 'light']), size: z.number().optional() }) }),
    anything: fields.JsonField(),
    createdAt: fields.CreateDateField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('slug');
}

const { models } = initModels({ models: { Article }, store: { execute: () => Promise.reject(new Error('not asked')) } });

describe('jsonSchemaOf', () => {
  it('describes what is read', () => {
    expect(jsonSchemaOf(models.Article, 'read')).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Article',
      type: 'object',
      properties: {
        slug: { type: 'string', minLength: 1, maxLength: 20, pattern: '^[a-z-]+$' },
        status: { enum: ['draft', 'live'] },
        author: { type: 'object', required: ['name'], additionalProperties: false },
        lines: { type: 'array', maxItems: 2, items: { type: 'string', minLength: 1 } },
        settings: { type: 'object', properties: { theme: { enum: ['dark', 'light'] } } },
        revision: { readOnly: true },
      },
      required: ['slug', 'createdAt', 'revision'],
      additionalProperties: false,
    });
    expect(JSON.stringify(jsonSchemaOf(models.Article, 'read'))).not.toContain('increment');
  });

  it('describes what each write takes', () => {
    const names = (use: JsonSchemaUse) => Object.keys(jsonSchemaOf(models.Article, use)['properties'] as object);
    const given = ['slug', 'status', 'stars', 'likes', 'author', 'lines', 'settings', 'anything'];
    expect(names('create')).toEqual(given);
    expect(names('replace')).toEqual([...given, 'createdAt', 'revision']);
    expect(names('update')).toEqual(given.slice(1));
    expect(jsonSchemaOf(models.Article, 'create')).toMatchObject({ required: ['slug'], properties: { status: { default: 'draft' } } });
    expect(jsonSchemaOf(models.Article, 'update')).not.toHaveProperty('required');
  });

  const BODIES: [use: 'create' | 'update', body: object, isGood: boolean][] = [
    ['create', { slug: 'a-b' }, true],
    ['create', {}, false],
    ['create', { slug: 'A' }, false],
    ['create', { slug: '' }, false],
    ['create', { slug: 'a'.repeat(21) }, false],
    ['create', { slug: 'a', status: 'gone' }, false],
    ['create', { slug: 'a', status: null }, true],
    ['create', { slug: 'a', stars: 6 }, false],
    ['create', { slug: 'a', stars: 5 }, true],
    ['create', { slug: 'a', author: { name: 'x', mail: null } }, true],
    ['create', { slug: 'a', author: { mail: 'a@b.co' } }, false],
    ['create', { slug: 'a', author: { name: 'x', age: 1 } }, false],
    ['create', { slug: 'a', lines: ['x', ''] }, false],
    ['create', { slug: 'a', lines: ['x', 'y', 'z'] }, false],
    ['create', { slug: 'a', lines: ['x'] }, true],
    ['create', { slug: 'a', settings: { theme: 'blue' } }, false],
    ['create', { slug: 'a', settings: { theme: 'dark' } }, true],
    ['create', { slug: 'a', anything: [1, { x: null }] }, true],
    ['create', { slug: 'a', revision: 'x' }, false],
    ['create', { slug: 'a', nope: 1 }, false],
    ['update', {}, true],
    ['update', { slug: 'b' }, false],
    ['update', { likes: '+1', stars: null }, true],
    ['update', { likes: { $add: 1 }, stars: { $add: -2 }, lines: { $append: ['x'] } }, true],
    ['update', { lines: { $remove: [0] } }, true],
  ];

  it.each(BODIES)('agrees with the parser on %s of %j', (use, body, isGood) => {
    const schema = z.fromJSONSchema(jsonSchemaOf(models.Article, use));
    expect('data' in models.Article.parseJson(body, use)).toBe(isGood);
    expect(schema.safeParse(body).success).toBe(isGood);
  });
});

describe('jsonFormAt', () => {
  it('is the form of a field, or of a part of one', () => {
    expect(jsonFormAt(models.Article, 'createdAt')?.fromJson('2026-01-01')).toEqual({ value: new Date('2026-01-01') });
    expect(jsonFormAt(models.Article, 'author.name')?.fromJson(5)).toEqual({ reason: 'expected a string, got 5' });
    expect(jsonFormAt(models.Article, 'settings.a.b[0]')?.fromJson([1])).toEqual({ value: [1] });
    expect([jsonFormAt(models.Article, 'nope'), jsonFormAt(models.Article, 'author.nope')]).toEqual([null, null]);
  });
});

describe('JSON input', () => {
  it('names every wrong part', () => {
    const body = { slug: 'a', author: { mail: 'nobody', age: 1 }, lines: ['', 5], settings: { theme: 'x', size: 'y' } };
    const parsed = models.Article.parseJson(body, 'create');
    expect('issues' in parsed && parsed.issues.map(({ path }) => path)).toEqual([
      '/author/age',
      '/lines/1',
      '/settings/theme',
      '/settings/size',
    ]);
  });

  it('takes parts by their paths in an update, and nowhere else', () => {
    const body = { 'author.mail': 'a@b.co', 'settings.size': 3, 'lines[0]': 'x' };
    expect(models.Article.parseJson(body, 'update')).toEqual({ data: body });
    expect(models.Article.parseJson({ slug: 'a', ...body }, 'create')).toMatchObject({ issues: [{ path: '/author.mail' }, {}, {}] });
    expect(models.Article.parseJson({ 'author.mail': 'x' }, 'update')).toMatchObject({ issues: [{ path: '/author.mail' }] });
  });
});

describe('a Standard Schema', () => {
  const field = (schema: unknown) => fields.StringField({ schema: schema as never });

  it('checks values of any kind of field, by either name of the option', () => {
    expect(() => fields.StringField({ schema: z.email() }).validate('nobody')).toThrow('Invalid email');
    expect(() => fields.StringField({ validate: z.email() }).validate('nobody')).toThrow(ValidationError);
    expect(() => fields.DateTimeField({ schema: z.date().min(new Date(1)) }).validate(0)).toThrow(ValidationError);
    fields.DateTimeField({ schema: z.date().min(new Date(1)) }).validate('2026-01-01');
    fields.CounterField({ schema: z.number().max(3) }).validate('+9');
    expect(() => fields.StringSetField({ schema: z.set(z.string()).min(1) }).validate([])).toThrow(ValidationError);
  });

  it('is not asked about values that are unset or of another kind', () => {
    const seen: unknown[] = [];
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => (seen.push(value), { value }) } };
    field(schema).validate(null);
    expect(() => field(schema).validate(5)).toThrow('expected a string');
    field(schema).validate('x');
    expect(seen).toEqual(['x']);
  });

  it('may be a function with the property, as of arktype', () => {
    const validate = () => ({ issues: [{ message: 'never', path: [{ key: 'a' }, 0] }] });
    const schema = Object.assign(() => undefined, { '~standard': { version: 1, vendor: 'test', validate } });
    expect(() => field(schema).validate('x')).toThrow(expect.objectContaining({ issues: [{ path: '/a/0', reason: 'never' }] }));
  });

  it('has to be one, and to answer at once', () => {
    expect(() => field(/x/)).toThrow('take a Standard Schema, got a RegExp');
    expect(() => field(z.string().refine(async () => true)).validate('x')).toThrow('asynchronous');
  });
});

describe('limits of fields', () => {
  it.each([
    [fields.StringField({ minLength: 2 }), 'a', 'expected at least 2 characters'],
    [fields.StringField({ pattern: '^a' }), 'b', 'expected text that matches ^a'],
    [fields.StringField({ enum: ['a', 'b'] }), 'c', 'expected one of a, b'],
    [fields.IntegerField({ minimum: 1 }), 0, 'expected at least 1'],
    [fields.IntegerField({ maximum: 10 }), 11n, 'expected at most 10'],
    [fields.FloatField({ maximum: 0.5 }), 0.6, 'expected at most 0.5'],
    [fields.CounterField({ minimum: 0 }), -1, 'expected at least 0'],
  ])('are kept: %#', (limited, value, message) => {
    expect(() => limited.validate(value)).toThrow(message);
  });

  it('are none of what a filter compares with', () => {
    expect(fields.IntegerField({ minimum: 1 }).toFilterDy(0)).toBe(0);
    expect(fields.StringField({ enum: ['a'] }).toFilterDy('b')).toBe('b');
  });

  it('of a pattern hold for every value, also with a global flag', () => {
    const global = fields.StringField({ pattern: /a/g });
    for (let times = 0; times < 3; times += 1) global.validate('a');
    expect(() => fields.StringField({ pattern: '(' })).toThrow('pattern:');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BaoModel, fields, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { FIELD_KINDS } from '../../src/wire/field-kinds.ts';
import type { FieldKind } from '../../src/wire/field-kinds.ts';
import { whatJsonExpects } from '../../src/lib/json-value.ts';
import { jsonFormOf, toText } from '../../src/wire/json-forms.ts';
import { Task, Vote } from './models.ts';

const ULID = '01HF0000000000000000000001';
/** Numbers that DynamoDB has room for. */
const JSON_VALUE = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => whatJsonExpects(value) === null)
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown); // without -0, which JSON does not tell from 0

const NATIVE: Record<FieldKind, fc.Arbitrary<unknown>> = {
  string: fc.string({ unit: 'grapheme' }),
  integer: fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }).filter((value) => !Number.isSafeInteger(Number(value))),
  ),
  float: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  boolean: fc.boolean(),
  'date-time': fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }),
  'create-date': fc.constant(new Date(1_690_000_000_000)),
  'modified-date': fc.constant(new Date(1_690_000_000_001)),
  version: fc.constant(ULID),
  ulid: fc.constant(ULID),
  related: fc.string({ unit: 'grapheme', minLength: 1 }),
  counter: fc.maxSafeInteger(),
  binary: fc.uint8Array(),
  ttl: fc.constant(new Date(1_800_000_000_000)),
  'string-set': fc.uniqueArray(fc.string({ unit: 'grapheme' })).map((members) => new Set(members)),
  map: fc.dictionary(fc.string({ minLength: 1 }), JSON_VALUE, { noNullPrototype: true }),
  list: fc.array(JSON_VALUE),
  json: JSON_VALUE,
};

describe('the JSON form', () => {
  it.each(FIELD_KINDS)('of %s survives JSON in both directions', (kind) => {
    const form = jsonFormOf(kind);
    fc.assert(
      fc.property(NATIVE[kind], (native) => {
        const json: unknown = JSON.parse(JSON.stringify(form.toJson(native)));
        expect(form.fromJson(json)).toEqual({ value: native });
      }),
    );
  });

  it.each(FIELD_KINDS.filter((kind) => !['string-set', 'map', 'list', 'json'].includes(kind)))(
    'of %s survives a path or query parameter',
    (kind) => {
      const form = jsonFormOf(kind);
      fc.assert(
        fc.property(NATIVE[kind], (native) => {
          expect(form.fromText(toText(form, native))).toEqual({ value: native });
        }),
      );
    },
  );

  it.each<[FieldKind, unknown]>([
    ['string', 5],
    ['string', '\ud800'],
    ['integer', 1.5],
    ['integer', '5'],
    ['integer', 1e20],
    ['integer', '123456789012345678901'],
    ['float', '1'],
    ['boolean', 'true'],
    ['date-time', 1_690_000_000_000],
    ['date-time', '2026-02-30'],
    ['date-time', '2026-13-01'],
    ['date-time', '2026-01-01T25:00:00Z'],
    ['date-time', '2026-01-01T00:00:00'],
    ['ulid', 'x'],
    ['related', ''],
    ['counter', '5'],
    ['binary', 'a'],
    ['binary', '!!!!'],
    ['string-set', 'a'],
    ['string-set', ['a', 'a']],
    ['string-set', [1]],
  ])('of %s is not %j', (kind, json) =>
    expect(jsonFormOf(kind).fromJson(json)).toEqual({ reason: expect.stringMatching(/^expected .+, got .+/) }),
  );

  it('of dates takes a day alone and any offset', () => {
    const { fromJson } = jsonFormOf('date-time');
    expect(fromJson('2026-11-20')).toEqual({ value: new Date('2026-11-20T00:00:00Z') });
    expect(fromJson('2026-11-20T08:00:00+02:00')).toEqual({ value: new Date('2026-11-20T06:00:00Z') });
  });
});

describe('parseJson', () => {
  it('gives native values', () => {
    const parsed = Task.parseJson(
      { taskId: 't', weight: '9007199254740993', dueAt: '2026-01-01', tags: ['a'], blob: 'AQID', title: '', rank: 1 },
      'create',
    );
    expect(parsed).toEqual({
      data: {
        taskId: 't',
        weight: 9_007_199_254_740_993n,
        dueAt: new Date('2026-01-01'),
        tags: new Set(['a']),
        blob: new Uint8Array([1, 2, 3]),
        title: '',
        rank: 1,
      },
    });
  });

  it('says everything that is wrong at once', () => {
    const parsed = Task.parseJson({ nope: 1, 'a/b~c': 1, weight: 'x', revision: ULID, isDone: null, title: 'x'.repeat(20_001) }, 'create');
    const issues = 'issues' in parsed ? parsed.issues : [];
    expect(issues.map(({ path }) => path)).toEqual(['/nope', '/a~1b~0c', '/weight', '/revision', '/title', '/taskId']);
    expect(issues[0]?.reason).toContain('unknown field; expected one of taskId, ownerId');
    expect(issues.at(-1)?.reason).toBe('expected a value, got none');
  });

  it('takes a part of the fields and null in an update, but no key and no null for required fields', () => {
    expect(Task.parseJson({ title: null, hits: '+1' }, 'update')).toEqual({ data: { title: null, hits: '+1' } });
    expect(Task.parseJson({ taskId: 'x' }, 'update')).toMatchObject({ issues: [{ path: '/taskId' }] });
    expect(Vote.parseJson({ topic: null, round: 1 }, 'create')).toMatchObject({
      issues: [{ path: '/topic', reason: 'expected a value, got null' }],
    });
  });

  it.each([null, 5, 'x', [], [{}]])('refuses %j as a body', (body) =>
    expect(Task.parseJson(body, 'create')).toMatchObject({ issues: [{ path: '' }] }),
  );

  it('is not fooled by names of every object', () => {
    expect(Task.parseJson(JSON.parse('{"taskId":"t","__proto__":{},"constructor":1}'), 'create')).toMatchObject({
      issues: [{ path: '/__proto__' }, { path: '/constructor' }],
    });
  });
});

describe('toJSON', () => {
  it('has the fields in the order of declaration, without unset ones and without keys', () => {
    const task = new Task({ taskId: 't', kind: 'k', dueAt: new Date(0), tags: [], unknown: 1 });
    expect(Object.keys(task.toJSON())).toEqual([
      'taskId',
      'kind',
      'isDone',
      'dueAt',
      'hits',
      'views',
      'createdAt',
      'updatedAt',
      'revision',
    ]);
    expect(JSON.stringify(task)).not.toContain('_pk');
    expect(Object.keys(task)).toEqual([]);
  });
});

describe('key segments', () => {
  it('lead to the key and back', () => {
    expect(Vote.keyFromSegments(['a b/c', '-5'])).toEqual({ key: { topic: 'a b/c', round: -5 } });
    expect(new Vote({ topic: 'a b/c', round: -5 }).keySegments()).toEqual(['a b/c', '-5']);
    expect(Vote.keyToJson({ topic: 'x', round: 1 })).toEqual({ topic: 'x', round: 1 });
  });

  it.each([[['a']], [['a', 'x']], [['a', '1.5']], [['', '1']], [['a', '1', '2']], [['x'.repeat(2100), '1']], [['a##__SK__##b', '1']]])(
    'are refused when they are %j',
    (segments) => {
      expect(Vote.keyFromSegments(segments)).toEqual({ reason: expect.any(String) });
    },
  );

  it('of dates and booleans are text too', () => {
    class Reading extends BaoModel {
      static override modelPrefix = 'rd';
      static override fields = { isHot: fields.BooleanField(), at: fields.DateTimeField() };
      static override primaryKey = PrimaryKeyConfig('isHot', 'at');
    }
    expect(Reading.keyFromSegments(['false', '2026-01-01T00:00:00.000Z'])).toEqual({ key: { isHot: false, at: new Date('2026-01-01') } });
    expect(new Reading({ isHot: true, at: 0 }).keySegments()).toEqual(['true', '1970-01-01T00:00:00.000Z']);
  });
});

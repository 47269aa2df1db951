import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BaoModel,
  ConditionalError,
  fields,
  IndexConfig,
  initModels,
  ItemNotFoundError,
  PrimaryKeyConfig,
  runWithBatchContext,
  ValidationError,
} from '../../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { connection, errorOf, openBao, read } from './setup.ts';
import type { Bao } from './setup.ts';

/** A field of the application's own, which stores whatever it is given. */
class AnythingField extends fields.StringFieldClass {
  override expectation(): null {
    return null;
  }
}

/** What such a field is given, in the type of the field that it extends. */
const anything = (value: unknown) => value as string;

class Draft extends BaoModel {
  static override modelPrefix = 'd';
  static override fields = {
    draftId: fields.StringField({ required: true }),
    topic: fields.StringField(),
    rank: fields.IntegerField(),
    isOpen: fields.BooleanField(),
    size: fields.FloatField(),
    code: fields.StringField({ maxLength: 5 }),
    left: fields.IntegerField({ defaultValue: 0 }),
    at: fields.DateTimeField(),
    anything: new AnythingField(),
  };
  static override primaryKey = PrimaryKeyConfig('draftId');
  static override indexes = {
    draftsByTopic: IndexConfig('topic', 'draftId', 'gsi1'),
    draftsByRank: IndexConfig('rank', 'draftId', 'gsi2'),
  };
}

/** The users of the application, after the class was renamed. */
class Member extends MODELS.User {}

const ALL = { ...MODELS, Draft };

let bao: Bao<typeof ALL>;

beforeAll(async () => {
  bao = await openBao(ALL);
});
beforeEach(() => bao.control.reset());
afterEach(() => void vi.restoreAllMocks());
afterAll(() => bao.drop());

describe('updates', () => {
  it('W18 an increment that is assigned to a counter is added by DynamoDB when the object is saved', async () => {
    const { Post } = bao.models;
    const post = await Post.create({ postId: 'w18', hits: 5 });
    await Post.update('w18', { hits: '+10' });
    await Object.assign(post, { hits: '+1' }).save();
    expect(read(await Post.find('w18'), 'hits')).toBe(16);
  });

  it('W19 saving an object that was deleted meanwhile does not bring back a part of it', async () => {
    const { Post } = bao.models;
    const post = await Post.create({ postId: 'w19', title: 'a' });
    await Post.delete('w19');
    expect(await errorOf(Object.assign(post, { title: 'b' }).save())).toBeInstanceOf(ItemNotFoundError);
    expect(await bao.table.row('p#w19', 'p')).toBeNull();
  });

  it('W20 save refuses when a field that has to match was changed by another', async () => {
    const { Post } = bao.models;
    const post = await Post.create({ postId: 'w20', title: 'a' });
    await Post.update('w20', { title: 'by another' });
    const save = Object.assign(post, { n1: 'x' }).save({ constraints: { mustExist: true, fieldMatches: ['title'] } });
    expect(await errorOf(save)).toBeInstanceOf(ConditionalError);
    expect(read(await Post.find('w20'), 'n1') ?? null).toBeNull();
  });

  it('W21 a condition on a new object does not make it overwrite one with its key', async () => {
    const { Post } = bao.models;
    await Post.create({ postId: 'w21', title: 'first', n1: 'kept' });
    const second = new Post({ postId: 'w21', title: 'second', publishedAt: new Date(1) });
    expect(await errorOf(second.save({ condition: { title: 'first' } }))).toBeInstanceOf(ConditionalError);
    expect(read(await Post.find('w21'), 'title')).toBe('first');
  });

  it('W22 a value goes into the field that is named, whatever that is called', async () => {
    const { Post } = bao.models;
    await Post.create({ postId: 'w22', title: 'other', n1: 'old' });
    await Post.update('w22', { n1: 'set' }, { condition: { title: 'other' } });
    const post = await Post.find('w22');
    expect([read(post, 'n1'), read(post, 'title')]).toEqual(['set', 'other']);
  });

  it('W30 an update of nothing changes nothing and is no error', async () => {
    const { Round } = bao.models;
    await Round.create({ game: 'w30', number: 1, winner: 'a' });
    expect(read(await Round.update({ game: 'w30', number: 1 }, {}), 'winner')).toBe('a');
  });

  it('W31 an object does not become another one: its key cannot be changed', async () => {
    const { Post } = bao.models;
    const post = await Post.create({ postId: 'w31', title: 'a' });
    expect(await errorOf(async () => Object.assign(post, { postId: 'w31b' }).save())).toBeInstanceOf(ValidationError);
    expect(await bao.table.row('p#w31b', 'p')).toBeNull();
  });

  it('W37 create leaves its argument as it is', async () => {
    const data = { postId: 'w37' };
    await bao.models.Post.create(data);
    expect(data).toEqual({ postId: 'w37' });
  });
});

describe('unique values', () => {
  it('W23 the value 0 is found, and free again after a delete', async () => {
    const { User } = bao.models;
    await User.create({ userId: 'w23', age: 0 });
    expect((await User.findByUniqueConstraint('uniqueAge', 0)).exists()).toBe(true);
    await User.delete('w23');
    expect((await User.create({ userId: 'w23b', age: 0 })).exists()).toBe(true);
  });

  it('W24 a class that was renamed still updates and deletes what it wrote under its old name', async () => {
    const created = await bao.models.User.create({ userId: 'w24', email: 'w24@example.com' });
    expect(created.exists()).toBe(true);
    const renamed = initModels({ ...connection(bao.table.tableName), models: { User: Member } }).models.User;
    try {
      await renamed.update('w24', { email: 'w24b@example.com' });
      expect(read(await renamed.delete('w24'), 'email')).toBe('w24b@example.com');
    } finally {
      initModels({ ...connection(bao.table.tableName), models: ALL });
    }
  });

  it('W25 an object is found by a unique date', async () => {
    const { User } = bao.models;
    const joinedAt = new Date('2024-05-06T07:08:09Z');
    await User.create({ userId: 'w25', joinedAt });
    expect(read(await User.findByUniqueConstraint('uniqueJoinedAt', joinedAt), 'userId')).toBe('w25');
    expect((await errorOf(User.create({ userId: 'w25b', joinedAt }))).message).toBe('joinedAt must be unique');
  });

  it('W35 a create with unique values is one request, and an update of another field, too', async () => {
    const { User, Post } = bao.models;
    await User.create({ userId: 'w35', email: 'w35@example.com' });
    expect(await bao.takeOperations()).toEqual(['TransactWriteItems']);
    await Post.create({ postId: 'w35', title: 'a' });
    await bao.control.reset();
    await Post.update('w35', { title: 'b' });
    expect(await bao.takeOperations()).toEqual(['UpdateItem']);
  });

  it('W36 a delete whose transaction meets another one is tried again', async () => {
    const { User } = bao.models;
    await User.create({ userId: 'w36', email: 'w36@example.com' });
    await bao.control.inject({
      kind: 'error',
      name: 'TransactionCanceledException',
      operation: 'TransactWriteItems',
      fields: { CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }] },
    });
    expect(read(await User.delete('w36'), 'userId')).toBe('w36');
    expect((await User.findByUniqueConstraint('uniqueEmail', 'w36@example.com')).exists()).toBe(false);
  });

  it('W38 a value that is taken is an error for the caller, and nothing in the log', async () => {
    const { User } = bao.models;
    const log = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')];
    for (const method of log) method.mockReturnValue(undefined);
    await runWithBatchContext(async () => {
      const error = await runWithBatchContext(async () => {
        await User.create({ userId: 'w38', email: 'w38@example.com' });
        return errorOf(User.create({ userId: 'w38b', email: 'w38@example.com' }));
      });
      expect(error.message).toBe('email must be unique');
    });
    expect(log.flatMap((method) => method.mock.calls)).toEqual([]);
  });
});

describe('values', () => {
  it('W26 an optional date may be unset, when an object is made and afterwards', async () => {
    const { Post } = bao.models;
    const post = await new Post({ postId: 'w26' }).save();
    await Post.update('w26', { publishedAt: new Date(1) });
    expect(read(await Post.update('w26', { publishedAt: null }), 'publishedAt')).toBeNull();
    expect(read(post, 'publishedAt')).toBeNull();
  });

  it('W27 an object is stored though a part of an index is unset', async () => {
    const { Draft: Drafts } = bao.models;
    await Drafts.create({ draftId: 'w27', topic: 'a' });
    expect(await bao.table.row('d#w27', 'd')).not.toHaveProperty('_gsi2_pk');
    expect((await Drafts.queryByIndex('draftsByTopic', 'a')).count).toBe(1);
  });

  it('W28 an object whose indexed text is cleared leaves the index', async () => {
    const { Draft: Drafts } = bao.models;
    await Drafts.create({ draftId: 'w28', topic: 'b', rank: 1 });
    const otherPart = { draftId: 'w28' }; // of the index, which dynamo-bao wants together
    await Drafts.update('w28', { topic: null, ...otherPart });
    expect(await bao.table.row('d#w28', 'd')).not.toHaveProperty('_gsi1_pk');
  });

  it('W29 an empty text is stored', async () => {
    const { Draft: Drafts } = bao.models;
    await Drafts.create({ draftId: 'w29', topic: 'c', rank: 1, code: '' });
    expect(read(await Drafts.find('w29'), 'code')).toBe('');
  });

  it('W30 a delete may have a condition that compares with no value', async () => {
    const { Post } = bao.models;
    await Post.create({ postId: 'w30', title: 'a' });
    expect((await errorOf(Post.delete('w30', { condition: { title: { $exists: false } } }))).message).toBe('Delete condition not met');
    expect(read(await Post.delete('w30', { condition: { title: { $exists: true } } }), 'postId')).toBe('w30');
  });

  it.each([
    ['topic', 5],
    ['code', 'too long'],
    ['rank', 1.5],
    ['rank', 'abc'],
  ])('W39 a value that a field does not take is refused before DynamoDB is asked (%s: %j)', async (name, value) => {
    const error = await errorOf(bao.models.Draft.create({ draftId: `w39 ${value}`, topic: 'x', rank: 1, [name]: value }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(await bao.takeOperations()).toEqual([]);
  });

  it('W39 0 is a default, and 1970 a date', async () => {
    const draft = await bao.models.Draft.create({ draftId: 'w39', topic: 'x', rank: 1, at: new Date(0) });
    expect([read(draft, 'left'), read(draft, 'at')]).toEqual([0, new Date(0)]);
  });

  it('W40 a row beyond 400 KB is refused under its own code, before DynamoDB is asked', async () => {
    const error = await errorOf(bao.models.Post.create({ postId: 'w40', title: 'x'.repeat(410_000) }));
    expect(error).toMatchObject({ code: 'item_too_large' });
    expect(await bao.takeOperations()).toEqual([]);
  });

  it('W40 rows that take more rounds than three are all read', async () => {
    const { Post } = bao.models;
    const ids = Array.from({ length: 10 }, (_, at) => `w40-${at}`);
    for (const postId of ids) await Post.create({ postId, title: 'a' });
    // So it goes with rows of 390 kB, of which an answer holds forty.
    await bao.control.inject({ kind: 'unprocessed', operation: 'BatchGetItem', done: 2, times: 4 });
    const found = await runWithBatchContext(() => Promise.all(ids.map((id) => Post.find(id))));
    expect(found.filter((post) => post.exists())).toHaveLength(10);
  });

  it('W40b a list of texts stays a list: in order, with what repeats', async () => {
    const { Draft: Drafts } = bao.models;
    await Drafts.create({ draftId: 'w40b', topic: 'd', rank: 1, anything: anything(['b', 'a', 'b']) });
    expect((await bao.table.row('d#w40b', 'd'))?.['anything']).toEqual({ L: [{ S: 'b' }, { S: 'a' }, { S: 'b' }] });
  });

  it('W40b a date inside a map is refused by name, not stored as nothing', async () => {
    const error = await errorOf(bao.models.Draft.create({ draftId: 'w40c', topic: 'd', rank: 1, anything: anything({ at: new Date(0) }) }));
    expect(error.message).toContain('at');
    expect(await bao.table.row('d#w40c', 'd')).toBeNull();
  });
});

describe('a DynamoDB that fails', () => {
  it.each(['ThrottlingException', 'ProvisionedThroughputExceededException', 'TransactionConflictException'])(
    'W32 a request that DynamoDB refuses for a moment is sent again (%s)',
    async (name) => {
      const { Post } = bao.models;
      await Post.create({ postId: name, title: 'a' });
      await bao.control.inject({ kind: 'error', name, operation: 'GetItem' });
      expect(read(await Post.find(name), 'title')).toBe('a');
      await bao.control.inject({ kind: 'error', name, operation: 'UpdateItem' });
      expect(read(await Post.update(name, { title: 'b' }), 'title')).toBe('b');
    },
  );

  it('W33 an increment that was applied before a 500 is never counted twice', async () => {
    const { Post } = bao.models;
    await Post.create({ postId: 'w33', hits: 5 });
    await bao.control.inject({ kind: 'error', name: null, status: 500, moment: 'after', operation: 'UpdateItem' });
    await Post.update('w33', { hits: '+1' }).catch(() => null); // that it is not known is said by an error
    expect(read(await Post.find('w33'), 'hits')).toBe(6);
  });

  it('W33 a transaction carries a token, so that it is applied once however often it is sent', async () => {
    await bao.models.User.create({ userId: 'w33', email: 'w33@example.com' });
    const [transaction] = await bao.control.requests('TransactWriteItems');
    expect(transaction?.body).toHaveProperty('ClientRequestToken');
  });

  it('W34 a find can be asked to see every write that was acknowledged', async () => {
    await bao.models.Post.find('w34', { consistent: true });
    const [request] = await bao.control.requests('GetItem');
    expect(request?.body).toMatchObject({ ConsistentRead: true });
  });
});

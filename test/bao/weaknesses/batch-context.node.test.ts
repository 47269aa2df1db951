import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { initModels, runWithBatchContext, TenantContext } from '../../../src/bao/index.ts';
import { proxyControl } from '../../setup/proxy-control.ts';
import { MODELS } from './models.ts';
import { connection, errorOf, openBao, read, within } from './setup.ts';
import type { Bao } from './setup.ts';

let bao: Bao<typeof MODELS>;

beforeAll(async () => {
  bao = await openBao(MODELS);
  const { Post, Round } = bao.models;
  for (let at = 0; at < 5; at += 1) await Post.create({ postId: `p${at}`, title: `Post ${at}` });
  await Round.create({ game: 'chess', number: 1, winner: 'ada' });
});
beforeEach(() => bao.control.reset());
afterAll(() => bao.drop());

describe('a batch context', () => {
  it('W1 a find that arrives while its batch is in flight is answered with its row', async () => {
    const { Post } = bao.models;
    await bao.control.inject({ kind: 'hold', operation: 'BatchGetItem' });
    const titles = await runWithBatchContext(async () => {
      const early = [Post.find('p0'), Post.find('p1')];
      await bao.control.whenHeld();
      const late = Post.find('p2');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await bao.control.release();
      return (await Promise.all([...early, late])).map((post) => read(post, 'title'));
    });
    expect(titles).toEqual(['Post 0', 'Post 1', 'Post 2']);
  });

  it('W2 objects of two models with one id are never taken for each other', async () => {
    const { User, Post } = bao.models;
    await User.create({ userId: 'same', name: 'a user' });
    await Post.create({ postId: 'same', title: 'a post' });
    await runWithBatchContext(async () => {
      expect(read(await User.find('same'), 'name')).toBe('a user');
      expect(await Post.find('same')).toBeInstanceOf(MODELS.Post);
    });
  });

  it('W3 what was loaded for one tenant is never given to another', async () => {
    await asTenants(async () => {
      await runWithBatchContext(async () => {
        const find = () => bao.models.Post.find('secret');
        expect(read(await TenantContext.runWithTenant('a', find), 'title')).toBe('of a');
        expect(read(await TenantContext.runWithTenant('b', find), 'title')).toBe('of b');
      });
    });
  });

  it('W4 finds of two tenants in one tick are read under their own tenants', async () => {
    await asTenants(async () => {
      const titles = await runWithBatchContext(() =>
        Promise.all(
          ['a', 'b'].map((tenant) =>
            TenantContext.runWithTenant(tenant, async () => [
              read(await bao.models.Post.find('secret'), 'title'),
              (await bao.models.Post.find(`only-${tenant}`)).exists(),
            ]),
          ),
        ),
      );
      expect(titles).toEqual([
        ['of a', true],
        ['of b', true],
      ]);
    });
  });

  it('W5 a find after a write of the same request returns what was written', async () => {
    const { Post } = bao.models;
    await runWithBatchContext(async () => {
      expect((await Post.find('w5')).exists()).toBe(false);
      await Post.create({ postId: 'w5', title: 'created' });
      expect(read(await Post.find('w5'), 'title')).toBe('created');
      await Post.update('w5', { title: 'updated' });
      expect(read(await Post.find('w5'), 'title')).toBe('updated');
      await Post.delete('w5');
      expect((await Post.find('w5')).exists()).toBe(false);
    });
  });

  it('W5 an update of a unique field returns the new value', async () => {
    const { User } = bao.models;
    await User.create({ userId: 'w5', email: 'old@example.com' });
    await runWithBatchContext(async () => {
      await User.find('w5', { batchDelay: 0 });
      expect(read(await User.update('w5', { email: 'new@example.com' }), 'email')).toBe('new@example.com');
    });
  });

  it('W6 an object with unique values can be updated and then deleted', async () => {
    const { User } = bao.models;
    await runWithBatchContext(async () => {
      await User.create({ userId: 'w6', email: 'w6@example.com' });
      await User.update('w6', { email: 'w6b@example.com' });
      expect(read(await User.delete('w6'), 'email')).toBe('w6b@example.com');
    });
    expect((await User.findByUniqueConstraint('uniqueEmail', 'w6b@example.com')).exists()).toBe(false);
  });

  it('W7 bypassCache asks DynamoDB again, whatever the batch delay is', async () => {
    const { Post } = bao.models;
    await Post.create({ postId: 'w7', title: 'old' });
    await runWithBatchContext(async () => {
      await Post.find('w7');
      await runWithBatchContext(() => Post.update('w7', { title: 'new' })); // a context of its own, as another request has
      expect(read(await Post.find('w7'), 'title')).toBe('old');
      expect(read(await Post.find('w7', { bypassCache: true }), 'title')).toBe('new');
    });
  });

  it('W8 an object that was not found before is missing in batchFind, too', async () => {
    const { Post } = bao.models;
    await runWithBatchContext(async () => {
      await Post.find('nobody', { batchDelay: 0 });
      expect(Object.keys((await Post.batchFind(['nobody', 'p0'])).items)).toEqual(['p0']);
    });
  });

  it('W9 keys that DynamoDB leaves unprocessed are an error, never missing objects', async () => {
    const { Post } = bao.models;
    await bao.control.inject({ kind: 'unprocessed', operation: 'BatchGetItem', done: 0, times: 1000 });
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const outcomes = await runWithBatchContext(() => Promise.allSettled([Post.find('p0'), Post.find('p1')]), { deadlineMs: 400 });
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    vi.restoreAllMocks();
  });

  it('W10 a key of two parts is found as an object of its fields', async () => {
    const found = await runWithBatchContext(() => bao.models.Round.find({ game: 'chess', number: 1 }));
    expect(read(found, 'winner')).toBe('ada');
  });

  it('W11 an id that is none fails only its own caller', async () => {
    const { Post, Round } = bao.models;
    const outcomes = await runWithBatchContext(() =>
      Promise.allSettled([Post.find('p0'), Post.find(undefined as unknown as string), Post.find('x'.repeat(3000)), Post.find('p1')]),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    const spellings = ['chess##__SK__##00000000000000000001', { game: 'chess', number: 1 }];
    const rounds = await runWithBatchContext(() => Promise.all(spellings.map((id) => Round.find(id))));
    expect(rounds.map((round) => read(round, 'winner'))).toEqual(['ada', 'ada']);
  });

  // Time enough for what takes long: a test that is given up goes on beside the next one, with its own `fetch`.
  it('W12 twenty thousand finds take as long each as two thousand do', { timeout: 60_000 }, async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ Responses: {} })));
    try {
      await cpuMsOfFinds(20_000); // so that both are measured in compiled code
      const few = await cpuMsOfFinds(2_000);
      const many = await cpuMsOfFinds(20_000);
      expect(many / few).toBeLessThan(40); // 10 when linear, 100 when quadratic
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('W13 the chunks of a large batch are asked for at the same time', async () => {
    await bao.control.inject({ kind: 'hold', operation: 'BatchGetItem', times: 10 });
    // Ids of its own: what an earlier test has left behind may be held, too.
    const lastChunk = proxyControl(inject('dynamodbProxy'), 'p#w13-249');
    await runWithBatchContext(async () => {
      const found = Promise.all(Array.from({ length: 250 }, (_, at) => bao.models.Post.find(`w13-${at}`)));
      try {
        await within(2_000, lastChunk.whenHeld());
      } finally {
        await bao.control.reset();
        await found;
      }
    });
  });

  it('W14 finds one after the other wait for no timer', async () => {
    const { Post } = bao.models;
    const key = { _pk: { S: 'p#p0' }, _sk: { S: 'p' } };
    const answer = (body: string) =>
      body.includes('RequestItems') ? { Responses: { [bao.table.tableName]: [{ ...key, postId: { S: 'p0' } }] } } : { Item: key };
    vi.stubGlobal('fetch', async (...call: Parameters<typeof fetch>) => Response.json(answer(await new Request(...call).text())));
    const late = new Promise((resolve) => setTimeout(() => resolve('a timer'), 2_000));
    // What waits for a timer waits for ever from here on: none fires.
    vi.useFakeTimers({ toFake: ['setTimeout'], now: Date.now() });
    try {
      const found = runWithBatchContext(async () => {
        for (let at = 0; at < 20; at += 1) await Post.find(`p${at}`);
        return 'all';
      });
      expect(await Promise.race([found, late])).toBe('all');
    } finally {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    }
  });

  it('W15 a walk over a model lets go of the objects it has passed', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void; // the flag has just made it
    const passed: WeakRef<object>[] = [];
    await runWithBatchContext(async () => {
      for await (const batch of bao.models.Post.iterateAll({ batchSize: 1 })) passed.push(...batch.map((post) => new WeakRef(post)));
      await new Promise((resolve) => setTimeout(resolve, 10));
      collectGarbage();
      expect(passed.length).toBeGreaterThan(2);
      expect(passed[0]?.deref()).toBeUndefined();
    });
  });

  it('W16 strict mode refuses a create with unique values before anything is written', async () => {
    const { models } = initModels({ ...connection(bao.table.tableName), models: MODELS, batchContext: { requireBatchContext: true } });
    try {
      expect((await errorOf(models.User.create({ userId: 'w16', email: 'w16@example.com' }))).message).toMatch(
        /^Batch operations must be executed within runWithBatchContext\(\)\./,
      );
    } finally {
      initModels({ ...connection(bao.table.tableName), models: MODELS });
    }
    expect(await bao.table.row('u#w16', 'u')).toBeNull();
  });

  it('W17 a request that DynamoDB does not answer ends when its time is over', async () => {
    await bao.control.inject({ kind: 'hold', operation: 'GetItem', times: 100 });
    const { Post } = bao.models;
    const codes = await Promise.all(
      [
        runWithBatchContext(() => Post.find('p0', { batchDelay: 0 }), { deadlineMs: 100 }),
        Post.find('p0', { deadlineMs: 100 }),
        Post.find('p0', { signal: AbortSignal.timeout(100) }),
      ].map(async (find) => read(await errorOf(within(2_000, find)), 'code')),
    );
    await bao.control.reset();
    expect(codes).toEqual(['deadline_exceeded', 'deadline_exceeded', 'deadline_exceeded']);
  });
});

/** The same models for two tenants, each with a row of its own under one id. */
async function asTenants(work: () => Promise<void>): Promise<void> {
  for (const tenant of ['a', 'b']) {
    await TenantContext.runWithTenant(tenant, async () => {
      initModels({ ...connection(bao.table.tableName), models: MODELS });
      const titles = { secret: `of ${tenant}`, [`only-${tenant}`]: 'alone' };
      for (const [postId, title] of Object.entries(titles))
        if (!(await bao.models.Post.find(postId)).exists()) await bao.models.Post.create({ postId, title });
    });
  }
  await work();
}

/** What it takes to collect so many finds into a batch. */
function cpuMsOfFinds(count: number): Promise<number> {
  return runWithBatchContext(async () => {
    const before = process.cpuUsage();
    const finds = Array.from({ length: count }, (_, at) => bao.models.Post.find(`x${at}`));
    const { user, system } = process.cpuUsage(before);
    await Promise.all(finds);
    return (user + system) / 1000;
  });
}

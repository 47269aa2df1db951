import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MailJob } from '../../src/wire/mail.ts';
import { newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';

let known: string;
beforeAll(async () => {
  known = (await newUser()).email;
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** An answer without what differs from one request to the next: ids, and the limits of the address. */
const comparable = ({ status, headers, body }: Awaited<ReturnType<ReturnType<typeof newBrowser>['call']>>) => {
  const { requestId: _, ...rest } = body;
  const own = new Set(['request-id', 'ratelimit', 'date']);
  return { status, body: rest, headers: Object.fromEntries([...headers].filter(([name]) => !own.has(name))) };
};

describe.each([
  ['register', { password: PASSWORD, fullName: 'Ada' }],
  ['forgot-password', {}],
  ['resend-verification', {}],
])('POST /v1/auth/%s', (path, more) => {
  it('answers the same for an address with an account and one without, and leaves one message for either', async () => {
    const send = vi.spyOn(env.MAIL_QUEUE, 'send');
    const answers: unknown[] = [];
    const jobs: unknown[] = [];
    for (const email of [known, await newAddress()]) {
      answers.push(comparable(await newBrowser().call('POST', `/v1/auth/${path}`, { email, ...more })));
      expect(send).toHaveBeenCalledTimes(answers.length);
      const job = send.mock.lastCall?.[0] as MailJob; // checked above
      jobs.push({ ...job, id: '', atMs: 0, email: '', passwordHash: '' });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(jobs[0]).toEqual(jobs[1]);
  });

  it('asks the accounts database nothing', async () => {
    const prepare = vi.spyOn(env.DB, 'prepare');
    await newBrowser().call('POST', `/v1/auth/${path}`, { email: known, ...more });
    expect(prepare.mock.calls.filter(([sql]) => /users|codes/.test(sql))).toEqual([]);
  });
});

describe('POST /v1/auth/login', () => {
  const work = async (email: string) => {
    const prepare = vi.spyOn(env.DB, 'prepare');
    const owner = vi.spyOn(env.SESSION_OWNER, 'getByName');
    const answer = comparable(await newBrowser().call('POST', '/v1/auth/login', { email, password: 'wrong' }));
    const done = { queries: prepare.mock.calls, owners: owner.mock.calls.map(([name]) => name.slice(0, 2)) };
    vi.restoreAllMocks();
    return { answer, done };
  };

  it('has one error, after the same questions and writes, for an address with an account and one without', async () => {
    const [mine, nobodys] = [await work(known), await work(await newAddress())];
    expect(mine.answer).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect(mine).toEqual(nobodys);
  });

  it('does not wait for the owner of the sessions, whose distance would tell that there is one', async () => {
    const noted = Promise.withResolvers<void>();
    const owner = { noteFailure: () => noted.promise };
    vi.spyOn(env.SESSION_OWNER, 'getByName').mockReturnValue(owner as unknown as ReturnType<typeof env.SESSION_OWNER.getByName>); // what a wrong password asks
    expect((await newBrowser().call('POST', '/v1/auth/login', { email: known, password: 'wrong' })).status).toBe(401);
    noted.resolve();
  });

  it('has the same error for what is no address', async () => {
    const [mine, none] = [await work(known), await work('no address')];
    expect(mine.answer).toEqual(none.answer);
  });
});

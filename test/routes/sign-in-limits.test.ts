import { describe, expect, it } from 'vitest';
import { codeIn, mailTo, newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';
import { anotherIsolate, isTried, strangersAddress } from '../setup/attempts.ts';

const HOME = '198.51.100.7';
const attempt = async (email: string, password: string, from: string) => {
  const { status, headers } = await newBrowser().call('POST', '/v1/auth/login', { email, password }, { 'cf-connecting-ip': from });
  return { status, retryAfter: Number(headers.get('retry-after')) };
};
/** As a botnet does, without waiting for the hashes. */
const useUpGuesses = async (email: string) => {
  const isolate = anotherIsolate();
  for (let index = 0; index < 20; index++) await isTried(isolate, email);
};

describe('guesses at an account', () => {
  it('of one place are held back after 5, for an account that there is and one that there is not', async () => {
    const { email } = await newUser();
    for (const address of [email, await newAddress()]) {
      const from = strangersAddress();
      const statuses: number[] = [];
      for (let index = 0; index < 6; index++) statuses.push((await attempt(address, `guess ${index}`, from)).status);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
      expect((await attempt(address, PASSWORD, from)).retryAfter).toBeGreaterThan(0);
    }
  });

  it('of a botnet do not hold up its owner where it has signed in before', async () => {
    const { email } = await newUser();
    expect((await attempt(email, PASSWORD, HOME)).status).toBe(200);
    await useUpGuesses(email);
    expect((await attempt(email, 'guess', strangersAddress())).status).toBe(429);
    expect((await attempt(email, PASSWORD, HOME)).status).toBe(200);
  });

  it('do not keep its owner out of a new place, who sets a new password by mail', async () => {
    const { email } = await newUser();
    await useUpGuesses(email);
    const cafe = strangersAddress();
    expect((await attempt(email, PASSWORD, cafe)).status).toBe(429);
    await newBrowser().call('POST', '/v1/auth/forgot-password', { email }, { 'cf-connecting-ip': cafe });
    const code = codeIn(await mailTo(email, 'new password'));
    await newBrowser().call('POST', '/v1/auth/reset-password', { code, password: 'a new password of mine' }, { 'cf-connecting-ip': cafe });
    expect((await attempt(email, 'a new password of mine', cafe)).status).toBe(200);
  });

  it('are told with the next sign-in', async () => {
    const { email } = await newUser();
    await attempt(email, 'guess', strangersAddress());
    await attempt(email, 'guess', strangersAddress());
    expect((await newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD })).body.failedSignIns).toBe(2);
  });
});

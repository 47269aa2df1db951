import { describe, expect, it } from 'vitest';
import { sentMail } from '../../src/edge/mail-outbox.ts';
import { mailTo, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';
import { eventually } from '../setup/eventually.ts';

const status = async (browser: ReturnType<typeof newBrowser>) => (await browser.call('GET', '/v1/auth/me')).status;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('the sessions of a user', () => {
  it('are listed with their devices, and ended one by one or all but this one', async () => {
    const { browser, email } = await newUser();
    const [second, third] = [newBrowser(), newBrowser()];
    await second.call('POST', '/v1/auth/login', { email, password: PASSWORD }, { 'user-agent': AGENT });
    await third.call('POST', '/v1/auth/login', { email, password: PASSWORD }, { 'user-agent': 'curl/8.5.0' });
    const { body } = await browser.call('GET', '/v1/auth/sessions');
    expect(body.sessions.map(({ device, isCurrent }: { device: string; isCurrent: boolean }) => [device, isCurrent])).toEqual([
      ['curl/8.5.0', false],
      ['Firefox on Linux', false],
      ['', true],
    ]);
    expect(JSON.stringify(body)).not.toContain(browser.cookie!.split('_')[3]);

    expect((await browser.call('DELETE', `/v1/auth/sessions/${body.sessions[0].id}`)).status).toBe(204);
    expect((await browser.call('DELETE', `/v1/auth/sessions/${body.sessions[0].id}`)).status).toBe(404);
    expect([await status(third), await status(second), await status(browser)]).toEqual([401, 200, 200]);
    expect((await browser.call('DELETE', '/v1/auth/sessions')).body).toEqual({ ended: 1 });
    expect([await status(second), await status(browser)]).toEqual([401, 200]);
  });

  it('are nobody else’s to end', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const { body } = await one.browser.call('GET', '/v1/auth/sessions');
    expect((await other.browser.call('DELETE', `/v1/auth/sessions/${body.sessions[0].id}`)).status).toBe(404);
    expect(await status(one.browser)).toBe(200);
  });
});

describe('a sign-in', () => {
  it('with a new device is told by mail, one with a known device is not', async () => {
    const { email } = await newUser();
    const signIn = (agent: string) => newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD }, { 'user-agent': agent });
    const told = () => sentMail().filter(({ to, subject }) => to === email && subject.includes('New sign-in')).length;
    await signIn(AGENT);
    await eventually(() => expect(told()).toBe(2)); // the first is of the registration's own browser
    expect((await mailTo(email, 'New sign-in')).text).toContain('with Firefox on Linux');
    await signIn(AGENT);
    await signIn('curl/8.5.0');
    await eventually(() => expect(told()).toBe(3));
  });
});

describe('the data of a session', () => {
  it('are written with their version, read with the session, and gone with it', async () => {
    const { browser } = await newUser();
    const empty = await browser.call('GET', '/v1/auth/session-data');
    expect([empty.body, empty.headers.get('etag')]).toEqual([null, '"0"']);
    const written = await browser.call('PUT', '/v1/auth/session-data', { cart: [1, 2] }, { 'if-match': '"0"' });
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"1"']);
    const late = await browser.call('PUT', '/v1/auth/session-data', { cart: [] }, { 'if-match': '"0"' });
    expect(late.status).toBe(412);
    expect((await browser.call('GET', '/v1/auth/session-data')).body).toEqual({ cart: [1, 2] });
  });

  it('may be 8 kB, and not one byte more', async () => {
    const { browser } = await newUser();
    const text = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    expect((await browser.call('PUT', '/v1/auth/session-data', text(8_192))).status).toBe(200);
    expect((await browser.call('PUT', '/v1/auth/session-data', text(8_193))).status).toBe(413);
  });
});

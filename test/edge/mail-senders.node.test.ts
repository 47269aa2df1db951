import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EmailBinding, mailSender, type MailSettings } from '../../src/edge/mail-senders.ts';

const MAIL = { to: 'ada@example.com', subject: 'Verify "it"', text: 'Line\nanother', idempotencyKey: 'm1' };
const FROM = 'Acme <no-reply@acme.com>';

/** What a provider is sent, when it answers so. */
async function sent(
  settings: Partial<MailSettings>,
  answer = Response.json({ id: 'x' }),
): Promise<{ url: string; headers: Headers; body: unknown }> {
  const provider = vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
  await mailSender({ provider: 'resend', from: FROM, apiKey: 'secret', ...settings }, undefined).send(MAIL);
  const request = new Request(...provider.mock.calls[0]!);
  return { url: request.url, headers: request.headers, body: await request.json() };
}
afterEach(() => vi.restoreAllMocks());

describe('a mail', () => {
  it('is one POST to Resend, under its own key however often it is tried', async () => {
    const { url, headers, body } = await sent({});
    expect(url).toBe('https://api.resend.com/emails');
    expect([headers.get('authorization'), headers.get('idempotency-key')]).toEqual(['Bearer secret', 'm1']);
    expect(body).toEqual({ from: FROM, to: [MAIL.to], subject: MAIL.subject, text: MAIL.text });
  });

  it.each([
    [FROM, { email: 'no-reply@acme.com', name: 'Acme' }],
    ['no-reply@acme.com', { email: 'no-reply@acme.com' }],
    ['<no-reply@acme.com>', { email: 'no-reply@acme.com' }],
  ])('is one POST to SendGrid, from %s', async (from, sender) => {
    const { url, headers, body } = await sent({ provider: 'sendgrid', from });
    expect([url, headers.get('authorization')]).toEqual(['https://api.sendgrid.com/v3/mail/send', 'Bearer secret']);
    expect(body).toEqual({
      from: sender,
      personalizations: [{ to: [{ email: MAIL.to }] }],
      subject: MAIL.subject,
      content: [{ type: 'text/plain', value: MAIL.text }],
    });
  });

  it("goes by Cloudflare's binding, or says that there is none", async () => {
    const send = vi.fn<EmailBinding['send']>(async () => ({}));
    const settings = { provider: 'email', from: FROM, apiKey: null } as const;
    await mailSender(settings, { send }).send(MAIL);
    expect(send).toHaveBeenCalledWith({ from: FROM, to: MAIL.to, subject: MAIL.subject, text: MAIL.text });
    expect(() => mailSender(settings, undefined)).toThrow(/EMAIL/);
  });

  it.each([429, 500])('is to be tried again when the provider answers %i, which tells nothing of its key', async (status) => {
    const refused = await sent({}, new Response('no', { status })).catch(String);
    expect(refused).toBe(`Error: api.resend.com answers ${status}`);
  });

  it('is given up for the moment when the provider does not answer', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
      signals.push(init?.signal);
      return new Response(null, { status: 202 });
    });
    await mailSender({ provider: 'resend', from: FROM, apiKey: 'secret' }, undefined).send(MAIL);
    expect(signals).toEqual([expect.any(AbortSignal)]);
  });

  it.each([null, ''])('is not sent without the key of its provider (%j)', async (apiKey) => {
    const provider = vi.spyOn(globalThis, 'fetch');
    await expect(mailSender({ provider: 'resend', from: FROM, apiKey }, undefined).send(MAIL)).rejects.toMatchObject({
      code: 'misconfigured',
    });
    expect(provider).not.toHaveBeenCalled();
  });
});

import { env, exports } from 'cloudflare:workers';
import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { outbox, sentMail } from '../../src/edge/mail-outbox.ts';
import { createService } from '../../src/service.ts';

const page = async () => {
  const response = await exports.default.fetch('https://steamer.test/outbox');
  return { response, text: await response.text() };
};

describe('the outbox', () => {
  it('shows mail as text, whatever is in it', async () => {
    await outbox.send({
      to: 'a@example.com',
      subject: '<script>alert(1)</script>',
      text: '<img src=x onerror=alert(1)> & "',
      idempotencyKey: 'x1',
    });
    const { response, text } = await page();
    expect(text).toContain('&lt;img src=x onerror=alert(1)> &amp; &quot;');
    expect(text).not.toMatch(/<(?:script|img)/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('has a mail that was sent twice under one key once', async () => {
    const mail = { to: 'b@example.com', subject: 'once', text: 'once', idempotencyKey: 'x2' };
    await outbox.send(mail);
    await outbox.send(mail);
    expect(sentMail().filter(({ subject }) => subject === 'once')).toHaveLength(1);
  });

  it('is JSON for who asks for it', async () => {
    await outbox.send({ to: 'c@example.com', subject: 'as data', text: '<b>', idempotencyKey: 'x3' });
    const response = await exports.default.fetch('https://steamer.test/outbox', { headers: { accept: 'application/json' } });
    const { mails } = await response.json<{ mails: object[] }>();
    expect(mails[0]).toMatchObject({ to: 'c@example.com', subject: 'as data', text: '<b>' });
  });

  it('is not there in production, nor with another provider', async () => {
    const { handler } = createService();
    for (const changed of [{ ENVIRONMENT: 'production' }, { MAIL_PROVIDER: 'resend' }]) {
      const request = new Request('https://steamer.test/outbox') as Parameters<typeof handler.fetch>[0];
      expect((await handler.fetch(request, { ...env, ...changed }, createExecutionContext())).status).toBe(404);
    }
  });
});

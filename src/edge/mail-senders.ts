/** Those who send mail: the providers by one POST each, and the outbox of this isolate for development. */
import { ServiceError } from '../lib/errors.ts';
import type { Mail, MailSender } from '../wire/mail.ts';
import { outbox } from './mail-outbox.ts';

/** Which provider, and in whose name. */
export interface MailSettings {
  provider: 'outbox' | 'email' | 'resend' | 'sendgrid';
  /** "Acme <no-reply@acme.com>", or the address alone */
  from: string;
  /** of Resend or SendGrid; null for the others */
  apiKey: string | null;
}

/** A provider that has not answered by then is asked again later, under the same key. */
const ANSWER_WITHIN_MS = 10_000;

/** Cloudflare's Email binding, as far as it is used. */
export interface EmailBinding {
  send(message: { from: string; to: string; subject: string; text: string }): Promise<unknown>;
}

/** The sender that the settings name. @throws TypeError for `email` without the binding */
export function mailSender({ provider, from, apiKey }: MailSettings, binding: EmailBinding | undefined): MailSender {
  switch (provider) {
    case 'outbox':
      return outbox;
    case 'email':
      if (binding === undefined)
        throw new TypeError('MAIL_PROVIDER is "email", which needs the binding EMAIL (send_email in wrangler.toml)');
      return { send: async ({ to, subject, text }) => void (await binding.send({ from, to, subject, text })) };
    case 'resend':
      return {
        send: (mail) =>
          post('https://api.resend.com/emails', apiKey, mail, { from, to: [mail.to], subject: mail.subject, text: mail.text }),
      };
    case 'sendgrid':
      return { send: (mail) => post('https://api.sendgrid.com/v3/mail/send', apiKey, mail, sendGridBody(from, mail)) };
  }
}

async function post(url: string, apiKey: string | null, { idempotencyKey }: Mail, body: object): Promise<void> {
  if (!apiKey) throw new ServiceError('misconfigured', 'The MAIL_PROVIDER needs MAIL_API_KEY, and there is none');
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${new URL(url).hostname} answers ${response.status}`);
}

function sendGridBody(from: string, { to, subject, text }: Mail): object {
  const [, name, email = from] = /^(.*?)\s*<(.+)>$/.exec(from) ?? [];
  return {
    from: { email, ...(name ? { name } : {}) },
    personalizations: [{ to: [{ email: to }] }],
    subject,
    content: [{ type: 'text/plain', value: text }],
  };
}

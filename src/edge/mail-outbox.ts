/** Mail that goes nowhere: the last of it is kept in this isolate's memory, and written to the terminal. For development and tests. */
import type { Mail, MailSender } from '../wire/mail.ts';

const KEPT = 50;
const kept: Mail[] = [];

/** What was sent, the newest first. */
export function sentMail(): readonly Mail[] {
  return kept;
}

export const outbox: MailSender = {
  async send(mail) {
    // A provider that is asked twice under one key sends one mail, too.
    if (kept.some(({ idempotencyKey }) => idempotencyKey === mail.idempotencyKey)) return;
    kept.unshift(mail);
    kept.length = Math.min(kept.length, KEPT);
    console.log(`Mail to ${mail.to}: ${mail.subject}\n${mail.text.replaceAll(/^/gm, '  ')}`);
  },
};

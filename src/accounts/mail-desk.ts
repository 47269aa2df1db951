/** Handles what requests left for later: looks the address up, makes the code, and writes the mail. */
import type { SealingKey } from '../lib/sealed-text.ts';
import type { MailJob, MailSender } from '../wire/mail.ts';
import { CODE_MS, createCode } from './codes.ts';
import { type EmailAddress, parseEmail } from './email-address.ts';
import { alreadyRegistered, type MailText, newSignIn, type MailStyle, verifyAddress } from './mail-texts.ts';
import { newId } from './secrets.ts';
import { createUser, findUser, findUserByEmail, type User } from './users.ts';

export interface MailDesk {
  db: D1Database;
  sender: MailSender;
  /** makes codes; the same for as long as messages are tried again */
  key: SealingKey;
  style: MailStyle;
}

/**
 * Does what a message says. Twice or later it does no harm: the code is the same, and the provider is asked under the same key.
 *
 * @throws whatever fails; the message is to be tried again
 */
export async function handleMailJob(desk: MailDesk, job: MailJob): Promise<void> {
  const sent = await mailFor(desk, job);
  if (sent !== null) await desk.sender.send({ ...sent.text, to: sent.to, idempotencyKey: job.id });
}

/** null: there is nobody to write to. */
async function mailFor(desk: MailDesk, job: MailJob): Promise<{ to: string; text: MailText } | null> {
  switch (job.kind) {
    case 'register':
      return registered(desk, job);
    case 'resend-verification': {
      const user = await userAt(desk, job.email);
      return user === undefined || user.emailVerifiedAtMs !== null ? null : verification(desk, job, user, user);
    }
    case 'new-sign-in': {
      const user = await findUser(desk.db, job.userId);
      return user === undefined ? null : { to: user.email, text: newSignIn(desk.style, job) };
    }
  }
}

async function registered(desk: MailDesk, job: MailJob & { kind: 'register' }): Promise<{ to: string; text: MailText } | null> {
  const address = parseEmail(job.email);
  if (address === null) return null;
  const user = (await findUserByEmail(desk.db, address.key)) ?? (await created(desk, job, address));
  if (user === undefined) return null;
  if (user.emailVerifiedAtMs !== null) return { to: user.email, text: alreadyRegistered(desk.style) };
  return verification(desk, job, user, job);
}

async function created({ db }: MailDesk, job: MailJob & { kind: 'register' }, email: EmailAddress): Promise<User | undefined> {
  const { fullName, passwordHash, atMs } = job;
  await createUser(db, { id: newId(), email, fullName, passwordHash, createdAtMs: atMs });
  return findUserByEmail(db, email.key);
}

async function verification(
  { db, key, style }: MailDesk,
  { id, atMs }: MailJob,
  user: User,
  { fullName, passwordHash }: Pick<User, 'fullName' | 'passwordHash'>,
): Promise<{ to: string; text: MailText }> {
  const code = await createCode(db, key, {
    id,
    kind: 'verify-email',
    userId: user.id,
    emailKey: user.emailKey,
    purpose: JSON.stringify({ fullName, passwordHash }),
    tenantId: null,
    expiresAtMs: atMs + CODE_MS,
    createdAtMs: atMs,
  });
  return { to: user.email, text: verifyAddress(style, code) };
}

async function userAt({ db }: MailDesk, email: string): Promise<User | undefined> {
  const address = parseEmail(email);
  return address === null ? undefined : findUserByEmail(db, address.key);
}

/** Handles what requests left for later: looks the address up, makes the code, and writes the mail. */
import type { SealingKey } from '../lib/sealed-text.ts';
import type { MailJob, MailSender } from '../wire/mail.ts';
import { CODE_MS, createCode, INVITATION_MS, type NewCode } from './codes.ts';
import { type EmailAddress, parseEmail } from './email-address.ts';
import * as texts from './mail-texts.ts';
import { newId } from './secrets.ts';
import { findTenant } from './tenancy.ts';
import { createUser, findUser, findUserByEmail, type User } from './users.ts';

export interface MailDesk {
  db: D1Database;
  sender: MailSender;
  /** makes codes; the same for as long as messages are tried again */
  key: SealingKey;
  style: texts.MailStyle;
}

interface Addressed {
  to: string;
  text: texts.MailText;
}

/** A job of one kind. */
type JobOf<Kind extends MailJob['kind']> = MailJob & { kind: Kind };

/**
 * Does what a message says. Twice or later it does no harm: the code is the same, and the provider is asked under the same key.
 *
 * @throws whatever fails; the message is to be tried again
 */
export async function handleMailJob(desk: MailDesk, job: MailJob): Promise<void> {
  const mail = await mailFor(desk, job);
  if (mail !== null) await desk.sender.send({ ...mail.text, to: mail.to, idempotencyKey: job.id });
}

/** null: there is nobody to write to. */
async function mailFor(desk: MailDesk, job: MailJob): Promise<Addressed | null> {
  switch (job.kind) {
    case 'register':
      return registered(desk, job);
    case 'resend-verification':
      return verifiedAgain(desk, job);
    case 'forgot-password':
      return forgotten(desk, job);
    case 'change-email':
      return moved(desk, job);
    case 'email-changed':
      return { to: job.email, text: texts.addressChanged(desk.style) };
    case 'invitation':
      return invited(desk, job);
    case 'password-changed':
      return toUser(desk, job.userId, texts.passwordChanged(desk.style));
    case 'new-sign-in':
      return toUser(desk, job.userId, texts.newSignIn(desk.style, job));
    case 'second-factor-changed':
      return toUser(desk, job.userId, texts.secondFactorChanged(desk.style, job.change));
  }
}

async function registered(desk: MailDesk, job: JobOf<'register'>): Promise<Addressed | null> {
  const address = parseEmail(job.email);
  if (address === null) return null;
  const user = (await findUserByEmail(desk.db, address.key)) ?? (await created(desk, job, address));
  if (user === undefined) return null;
  if (user.emailVerifiedAtMs !== null) return { to: user.email, text: texts.alreadyRegistered(desk.style) };
  return verification(desk, job, user, job);
}

async function created({ db }: MailDesk, job: JobOf<'register'>, email: EmailAddress): Promise<User | undefined> {
  const { fullName, passwordHash, atMs } = job;
  await createUser(db, { id: newId(), email, fullName, passwordHash, createdAtMs: atMs });
  return findUserByEmail(db, email.key);
}

async function verifiedAgain(desk: MailDesk, job: JobOf<'resend-verification'>): Promise<Addressed | null> {
  const user = await userAt(desk, job.email);
  return user === undefined || user.emailVerifiedAtMs !== null ? null : verification(desk, job, user, user);
}

async function verification(
  desk: MailDesk,
  job: MailJob,
  user: User,
  { fullName, passwordHash }: Pick<User, 'fullName' | 'passwordHash'>,
): Promise<Addressed> {
  const code = await codeFor(desk, job, user, { kind: 'verify-email', purpose: JSON.stringify({ fullName, passwordHash }) });
  return { to: user.email, text: texts.verifyAddress(desk.style, code) };
}

async function forgotten(desk: MailDesk, job: JobOf<'forgot-password'>): Promise<Addressed | null> {
  const user = await userAt(desk, job.email);
  if (user === undefined) return null;
  const code = await codeFor(desk, job, user, { kind: 'reset-password', purpose: '{}' });
  return { to: user.email, text: texts.resetPassword(desk.style, code) };
}

/** An address that somebody has already is reminded of it, and cannot be taken. */
async function moved(desk: MailDesk, job: JobOf<'change-email'>): Promise<Addressed | null> {
  const [user, holder] = [await findUser(desk.db, job.userId), await userAt(desk, job.email)];
  if (user === undefined) return null;
  if (holder !== undefined && holder.id !== user.id) return { to: holder.email, text: texts.alreadyRegistered(desk.style) };
  const code = await codeFor(desk, job, user, { kind: 'change-email', purpose: JSON.stringify({ email: job.email }) });
  return { to: job.email, text: texts.confirmNewAddress(desk.style, code) };
}

async function invited({ db, key, style }: MailDesk, { id, atMs, tenant, email, role }: JobOf<'invitation'>): Promise<Addressed | null> {
  const [address, found] = [parseEmail(email), await findTenant(db, tenant)];
  if (address === null || found === undefined) return null;
  const purpose = JSON.stringify({ email: address.text, role });
  const times = { createdAtMs: atMs, expiresAtMs: atMs + INVITATION_MS };
  const code = await createCode(db, key, {
    id,
    kind: 'invitation',
    userId: null,
    emailKey: address.key,
    purpose,
    tenantId: tenant,
    ...times,
  });
  return { to: address.text, text: texts.invitation(style, tenant, code) };
}

async function codeFor({ db, key }: MailDesk, { id, atMs }: MailJob, user: User, code: Pick<NewCode, 'kind' | 'purpose'>): Promise<string> {
  const whose = { id, userId: user.id, emailKey: user.emailKey, tenantId: null };
  return createCode(db, key, { ...code, ...whose, expiresAtMs: atMs + CODE_MS, createdAtMs: atMs });
}

async function toUser({ db }: MailDesk, userId: string, text: texts.MailText): Promise<Addressed | null> {
  const user = await findUser(db, userId);
  return user === undefined ? null : { to: user.email, text };
}

async function userAt({ db }: MailDesk, email: string): Promise<User | undefined> {
  const address = parseEmail(email);
  return address === null ? undefined : findUserByEmail(db, address.key);
}

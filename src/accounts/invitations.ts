/** Invitations into a tenant: sent to an address, and accepted by whoever has verified that address. */
import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import * as z from 'zod/mini';
import { ServiceError } from '../lib/errors.ts';
import { CODE_MAX_ATTEMPTS, useCode } from './codes.ts';
import { addMember, readMembership, tellMembership } from './memberships.ts';
import { requireUser } from './profile.ts';
import { invalidCode, requireEmail } from './registration.ts';
import { codes } from './schema.ts';
import { newId } from './secrets.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { requireVerified } from './tenancy.ts';

export interface Invitation {
  id: string;
  email: string;
  role: string;
  expiresAtMs: number;
}

/** What an invitation is for, in its code. */
export const INVITATION = z.object({ email: z.string(), role: z.string() });

/**
 * Asks for a mail that invites an address into a tenant. Whether somebody has the address is not said.
 *
 * @param by who invites, as what and from which address, null where nobody knows it
 * @throws ServiceError `invalid_input` for what is no address, `email_unverified` when the one who invites is not verified, `forbidden` for a role above one's own, `rate_limited`
 */
export async function invite(
  accounts: AccountServices,
  tenant: string,
  by: { user: string; role: string; address: string | null },
  { email, role }: { email: string; role: string },
  nowMs: number,
): Promise<void> {
  requireVerified(await requireUser(accounts.db, by.user));
  if (role === 'owner' && by.role !== 'owner') throw new ServiceError('forbidden', 'Only an owner makes owners.');
  const { key, text } = requireEmail(email);
  await accounts.attempts.admitMail({ emailKey: key, address: by.address });
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'invitation', tenant, email: text, role });
}

/** The invitations of a tenant that can be accepted, the newest first. They appear when their mail is made. */
export async function listInvitations(db: D1Database, tenant: string, nowMs: number): Promise<Invitation[]> {
  const isOpen = and(
    isInvitationOf(tenant),
    isNull(codes.usedAtMs),
    gt(codes.expiresAtMs, nowMs),
    sql`${codes.attempts} < ${CODE_MAX_ATTEMPTS}`,
  );
  const rows = await inDatabase(() => drizzle(db).select().from(codes).where(isOpen).orderBy(desc(codes.createdAtMs)).all());
  return rows.map(({ id, purpose, expiresAtMs }) => ({ id, ...INVITATION.parse(JSON.parse(purpose)), expiresAtMs }));
}

/** @returns false when there is no such invitation */
export async function withdrawInvitation(db: D1Database, tenant: string, id: string): Promise<boolean> {
  const gone = await inDatabase(() =>
    drizzle(db)
      .delete(codes)
      .where(and(isInvitationOf(tenant), eq(codes.id, id)))
      .returning({ id: codes.id }),
  );
  return gone.length > 0;
}

/**
 * Makes the user a member of the tenant that a code invites to.
 *
 * @throws ServiceError `email_unverified`; `invalid_code`, also for a code that was sent to another address
 */
export async function acceptInvitation(
  accounts: AccountServices,
  userId: string,
  text: string,
  nowMs: number,
): Promise<{ tenant: string; role: string }> {
  const user = await requireUser(accounts.db, userId);
  requireVerified(user);
  const code = await useCode(accounts.db, 'invitation', text, nowMs, user.emailKey);
  if (code?.tenantId == null) throw invalidCode();
  const { role } = INVITATION.parse(JSON.parse(code.purpose));
  await addMember(accounts.db, code.tenantId, userId, role, nowMs);
  await tellMembership(accounts, code.tenantId, userId, nowMs);
  const membership = await readMembership(accounts.db, userId, code.tenantId, nowMs);
  return { tenant: code.tenantId, role: membership.role ?? role };
}

function isInvitationOf(tenant: string) {
  return and(eq(codes.tenantId, tenant), eq(codes.kind, 'invitation'));
}

/** What users see and change of themselves. */
import { ServiceError } from '../lib/errors.ts';
import { soleOwnerships } from './memberships.ts';
import type { AccountServices } from './services.ts';
import { changeUser, findUser, removeUser, type User } from './users.ts';

export interface Profile {
  id: string;
  email: string;
  emailVerified: boolean;
  fullName: string;
  createdAt: string;
}

/** @throws ServiceError `unauthenticated` when there is no such user any more */
export async function profileOf({ db }: Pick<AccountServices, 'db'>, userId: string): Promise<Profile> {
  return shown(await requireUser(db, userId));
}

/** Changes the profile, and answers it. @throws as `profileOf` */
export async function changeProfile({ db }: AccountServices, userId: string, change: Pick<User, 'fullName'>): Promise<Profile> {
  await changeUser(db, userId, change);
  return profileOf({ db }, userId);
}

/**
 * Deletes a user, with memberships, codes and sessions. Keys that the user made are the tenant's, and stay.
 *
 * @throws ServiceError `conflict` while the user is the last owner of a tenant
 */
export async function deleteAccount({ db, owner }: AccountServices, userId: string): Promise<void> {
  try {
    await removeUser(db, userId);
  } catch (error) {
    const [tenant] = await soleOwnerships(db, userId);
    if (tenant === undefined) throw error;
    throw new ServiceError('conflict', `You are the only owner of "${tenant}"; make somebody else an owner first.`, { cause: error });
  }
  await owner(userId).erase();
}

/** @throws ServiceError `unauthenticated` when there is no such user any more */
export async function requireUser(db: D1Database, userId: string): Promise<User> {
  const user = await findUser(db, userId);
  if (user === undefined) throw new ServiceError('unauthenticated', 'The account does not exist any more.');
  return user;
}

export function shown({ id, email, emailVerifiedAtMs, fullName, createdAtMs }: User): Profile {
  return { id, email, emailVerified: emailVerifiedAtMs !== null, fullName, createdAt: new Date(createdAtMs).toISOString() };
}

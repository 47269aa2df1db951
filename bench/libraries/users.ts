/** The users that are read and written. */
import type { NewUser, User } from './contender.ts';

export const TEAM = 'team-of-one-hundred';

/** Ids are ULIDs of one shape, so that an answer can be made of a request by finding the ids in it. Some libraries write keys in lower case. */
export const USER_ID_PATTERN = /01ke\d{22}/gi;

export function userId(number: number): string {
  return `01KE${String(number).padStart(22, '0')}`;
}

export function newUser(id: string): NewUser {
  return {
    userId: id,
    team: TEAM,
    name: 'Ada Lovelace',
    email: `${id}@example.com`,
    bio: 'Writes programs for machines that do not exist yet, and notes that are longer than the text they explain. '.repeat(3),
    age: 36,
    score: 98.75,
    isActive: true,
    birthday: new Date('1815-12-10T00:00:00.000Z'),
    tags: new Set(['analyst', 'metaphysician', 'founder']),
  };
}

export function storedUser(id: string): User {
  const createdAt = new Date('2026-01-02T03:04:05.678Z');
  return { ...newUser(id), createdAt, updatedAt: createdAt, revision: '01KF0000000000000000000000' };
}

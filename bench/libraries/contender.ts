/** What every library has to do in the benchmark: the same objects, by its own public interface. */
import type { AttributeMap } from '../../src/dynamo/types.ts';
import type { Answer } from './transport.ts';

/** The object that is stored: 13 fields of the usual kinds, about 700 bytes. */
export interface User {
  userId: string;
  team: string;
  name: string;
  email: string;
  bio: string;
  age: number;
  score: number;
  isActive: boolean;
  birthday: Date;
  tags: Set<string>;
  createdAt: Date;
  updatedAt: Date;
  revision: string;
}

export type NewUser = Pick<User, 'userId' | 'team' | 'name' | 'email' | 'bio' | 'age' | 'score' | 'isActive' | 'birthday' | 'tags'>;

/** A user as a library gives it: fields are properties, and what is read of it is up to the benchmark. */
export type FoundUser = Readonly<Record<keyof User, unknown>>;

/** One library, set up for a table whose answers come from this process. What a library cannot do is not there. */
export interface Contender {
  get?(userId: string): Promise<FoundUser>;
  create?(user: NewUser): Promise<unknown>;
  /** changes one field and gives the user as it is afterwards, where the library can */
  update?(userId: string, changes: { name: string }): Promise<unknown>;
  /** the users of a team by a secondary index: one page of 100 */
  query?(team: string): Promise<readonly FoundUser[]>;
  /** many at once, in requests of 100 */
  getMany?(userIds: readonly string[]): Promise<readonly FoundUser[]>;
  /** each found by a call of its own, all at once, in one batch context */
  findEachInContext?(userIds: readonly string[]): Promise<readonly FoundUser[]>;
  /** the same, one after the other */
  findInTurnInContext?(userIds: readonly string[]): Promise<readonly FoundUser[]>;
  /** what one request needs before it can be sent */
  sign?(body: string): Promise<unknown>;
}

/** A file of this folder exports one of these as `library`. */
export interface Library {
  /** the row of a user as this library writes it */
  rowOf(user: User): AttributeMap;
  /** called once, with the transport in place */
  setUp(settings: LibrarySettings): Contender;
}

export interface LibrarySettings {
  tableName: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** for libraries that take a transport; those that call the global `fetch` are answered by that */
  answer: Answer;
}

/** A user as it was found. @throws Error when it was not */
export function found(user: object | null | undefined): FoundUser {
  if (!user || !('name' in user)) throw new Error('the user was not found');
  return user as FoundUser; // every library names its fields so
}

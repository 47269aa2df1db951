/** What the libraries are asked to do. */
import type { Contender, FoundUser, User } from './contender.ts';
import { newUser, TEAM, userId } from './users.ts';

/** One thing that is done again and again. */
export interface Case {
  /** how many of the things that are counted one run does */
  unitsPerRun: number;
  /** makes the run; null where the library has no such thing. A run throws when something else comes out than was asked for */
  prepare(contender: Contender): (() => Promise<unknown>) | null;
}

const IN_FLIGHT = 16;
const PAGE = 100;
const SOME_FIELDS: readonly (keyof User)[] = ['name', 'email', 'score'];
const ALL_FIELDS = [
  ...SOME_FIELDS,
  'userId',
  'team',
  'bio',
  'age',
  'isActive',
  'birthday',
  'tags',
  'createdAt',
  'updatedAt',
  'revision',
] as const;

/** By name, with what is counted. */
export const CASES = {
  'signature of a request': once(({ sign }) => sign && (() => sign(`{"TableName":"bench","Key":{"pk":{"S":"${userId(0)}"}}}`))),
  get: once(({ get }) => get && (() => get(userId(0)))),
  'get, 16 in flight': repeated(IN_FLIGHT, ({ get }) => get && (() => Promise.all(idsOf(IN_FLIGHT).map(get)))),
  'query of 100': once(({ query }) => query && (async () => expectCount(await query(TEAM), PAGE))),
  'query of 100, 3 fields of each read': once(({ query }) => query && (async () => readFields(await query(TEAM), SOME_FIELDS))),
  'query of 100, all fields of each read': once(({ query }) => query && (async () => readFields(await query(TEAM), ALL_FIELDS))),
  create: once(({ create }) => create && (() => create(newUser(userId(0))))),
  'update of a field': once(({ update }) => update && (() => update(userId(0), { name: 'Ada King' }))),
  '100 by their ids': once(({ getMany }) => getMany && (async () => expectCount(await getMany(idsOf(PAGE)), PAGE))),
  'find, 100 at once in a context': findsAtOnce(100),
  'find, 5,000 at once in a context': findsAtOnce(5_000),
  'find, 20,000 at once in a context': findsAtOnce(20_000),
  'find, one after the other in a context': repeated(PAGE, ({ findInTurnInContext: find }) => {
    return find && (async () => expectCount(await find(idsOf(PAGE)), PAGE));
  }),
} as const satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES;

type Run = (() => Promise<unknown>) | undefined;

function once(runOf: (contender: Contender) => Run): Case {
  return repeated(1, runOf);
}

function repeated(unitsPerRun: number, runOf: (contender: Contender) => Run): Case {
  return { unitsPerRun, prepare: (contender) => runOf(contender) ?? null };
}

function findsAtOnce(count: number): Case {
  const ids = idsOf(count);
  return repeated(count, ({ findEachInContext: find }) => find && (async () => expectCount(await find(ids), count)));
}

function idsOf(count: number): string[] {
  return Array.from({ length: count }, (_, number) => userId(number));
}

function expectCount(users: readonly FoundUser[], count: number): void {
  if (users.length !== count) throw new Error(`expected ${count} users, got ${users.length}`);
}

function readFields(users: readonly FoundUser[], names: readonly (keyof User)[]): void {
  expectCount(users, PAGE);
  for (const user of users) {
    for (const name of names) {
      if (user[name] === undefined || user[name] === null) throw new Error(`a user without ${name}`);
    }
  }
}

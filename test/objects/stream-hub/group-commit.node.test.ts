import { expect, test } from 'vitest';
import { GroupCommit } from '../../../src/objects/stream-hub/group-commit.ts';

/** A storage that commits when it is told to; `groups` has what was written between two commits. */
function newStorage() {
  const groups: string[][] = [[]];
  let commit = Promise.withResolvers<void>();
  const commits = new GroupCommit(() => commit.promise);
  const finish = async (end: 'resolve' | 'reject') => {
    const { [end]: settle } = commit;
    commit = Promise.withResolvers<void>();
    groups.push([]);
    settle();
    await new Promise((resolve) => setTimeout(resolve));
  };
  const write = (name: string, length = 1) => commits.write(length, () => groups.at(-1)?.push(name));
  return { groups, write, finish, commits };
}

test('what comes alone is written at once, what comes meanwhile together, in its order', async () => {
  const { groups, write, finish } = newStorage();
  const writes = ['a', 'b', 'c'].map((name) => write(name));
  expect(groups).toEqual([['a']]);
  await finish('resolve');
  expect(groups).toEqual([['a'], ['b', 'c']]);
  await finish('resolve');
  await Promise.all(writes);
  void write('d');
  expect(groups.at(-1)).toEqual(['d']);
});

test('a write that fails fails alone', async () => {
  const { groups, write, finish, commits } = newStorage();
  const first = write('a');
  const failing = commits.write(1, () => {
    throw new Error('disk full');
  });
  const last = write('c');
  await Promise.all([expect(failing).rejects.toThrow('disk full'), finish('resolve'), first, last]);
  expect(groups[1]).toEqual(['c']);
});

test('what waits is bounded by its length, and a commit that fails keeps nobody waiting', async () => {
  const { groups, write, finish } = newStorage();
  for (const name of ['a', 'b']) void write(name, 600_000);
  expect(groups).toEqual([['a']]);
  void write('c', 600_000);
  expect(groups).toEqual([['a', 'b', 'c']]);
  void write('d');
  await finish('reject');
  expect(groups.at(-1)).toEqual(['d']);
});

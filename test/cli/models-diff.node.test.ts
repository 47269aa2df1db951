import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeChanges, exitCodeOf, modelsDiff } from '../../src/cli/models-diff.ts';
import { enterWorkFolder, type WorkFolder } from './work-folder.ts';

const model = (name: string, prefix: string, more = '') => `  ${name}:
    modelPrefix: ${prefix}
    fields: { id: { type: StringField }, kind: { type: StringField } }
    primaryKey: { partitionKey: id }
${more}`;
const INDEX = '    indexes: { byKind: { partitionKey: kind, sortKey: id, indexId: gsi1 } }\n';

let work: WorkFolder;
beforeAll(async () => {
  work = await enterWorkFolder();
  await work.write('models.yaml', `models:\n${model('User', 'u')}`);
  await work.write('parts/user.yaml', `models:\n${model('User', 'u')}`);
  await work.write('parts/notes.txt', 'not a definition');
  const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args]);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first', '--no-verify');
});
afterAll(() => work.leave());

const diff = (options: Partial<Parameters<typeof modelsDiff>[0]> = {}) => modelsDiff({ against: 'HEAD', withoutRows: [], ...options });

it('compares with a version in git, and says with an exit code whether to go on', async () => {
  expect(await diff()).toEqual([]);
  await work.write('models.yaml', `models:\n${model('User', 'u', INDEX)}`);
  const filled = await diff();
  expect(describeChanges(filled)).toBe(
    'models.yaml:6:16 backfill: User: the index byKind is new: rows that are there are not in it until backfill(User, { reindex: true }) has written them',
  );
  expect([exitCodeOf(filled, false), exitCodeOf(filled, true)]).toEqual([0, 2]);
  await work.write('models.yaml', `models:\n${model('User', 'v')}`);
  const broken = await diff();
  expect(describeChanges(broken)).toMatch(/^models\.yaml:3:18 breaks: User: the prefix was "u"/);
  expect(exitCodeOf(broken, false)).toBe(1);
  expect(await diff({ withoutRows: ['User'] })).toEqual([]);
});

it('compares folders, and files that are in no git', async () => {
  await work.write('parts/user.yaml', `models:\n${model('User', 'v')}`);
  expect(await diff({ definitions: 'parts' })).toMatchObject([{ kind: 'breaks', at: { file: 'parts/user.yaml' } }]);
  await work.write('former.yaml', `models:\n${model('User', 'v')}`);
  expect(await diff({ definitions: 'parts', against: 'former.yaml' })).toEqual([]);
});

it('refuses definitions that are wrong, and versions that there are not', async () => {
  await expect(diff({ against: 'nowhere' })).rejects.toThrow('--against: "nowhere" is no file, and git has no models.yaml of it: fatal:');
  await expect(diff({ against: '--output=x' })).rejects.toThrow('expected a version in git, a file or a folder');
  await work.write('wrong.yaml', `models:\n${model('User', 'u').replace('StringField', 'TextField')}`);
  await expect(diff({ definitions: 'wrong.yaml', against: 'former.yaml' })).rejects.toThrow(/^wrong\.yaml:4:/);
});

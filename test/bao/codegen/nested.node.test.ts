import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { initModels } from '../../../src/bao/index.ts';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../../setup/tables.ts';
import { compile } from './compile.ts';
import { generateFrom } from './definitions.ts';
import { type GeneratedFolder, generateInto } from './generated-folder.ts';

/** Uses that the compiler has to accept. */
const USAGE = `
type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
function exactly<One, Other>(_isEqual: Equal<One, Other>): void {}
export async function use(): Promise<void> {
  const profile = await Profile.create({ profileId: 'p', kind: 'person', address: { city: 'Turin' }, lines: [{ at: '2026-01-01', tags: ['x'] }], settings: [1] });
  exactly<typeof profile.emailPreferences.notifications, boolean>(true);
  exactly<typeof profile.emailPreferences.digest, 'daily' | 'weekly' | null>(true);
  exactly<typeof profile.address, { city: string }>(true);
  exactly<typeof profile.scores, (number | bigint)[]>(true);
  profile.emailPreferences.quiet = { from: 1, until: new Date() };
  profile.lines[0]?.tags.add('y');
  await profile.save();
  await Profile.update('p', { 'emailPreferences.notifications': false, 'emailPreferences.quiet.from': { $add: 1 }, 'lines[0].at': new Date(), 'settings.a.b': [1] });
  await Profile.update('p', { scores: { $append: [1] }, 'emailPreferences.digest': null }, { condition: { 'address.city': { $beginsWith: 'T' } } });
  await Profile.queryAllProfiles(null, { filter: { 'emailPreferences.notifications': true, 'scores[0]': { $gt: 1 }, scores: { $contains: 1 }, 'settings.x': 'y', $not: { 'lines[2].at': { $lt: new Date() } } } });
}
`;

/** Uses that it has to refuse. */
const MISTAKES: [name: string, line: string][] = [
  ['a map without a required member', "void Profile.create({ profileId: 'p', kind: 'person', address: {} });"],
  ['an unknown member', "void Profile.create({ profileId: 'p', kind: 'person', address: { city: 'x', town: 'y' } });"],
  ['a word that is none of the values', "void Profile.create({ profileId: 'p', kind: 'robot', address: { city: 'x' } });"],
  ['an element of another type', "void Profile.update('p', { scores: ['x'] });"],
  ['an unknown path', "void Profile.update('p', { 'emailPreferences.nope': true });"],
  ['a value of another type at a path', "void Profile.update('p', { 'emailPreferences.notifications': 'yes' });"],
  ['clearing a required member', "void Profile.update('p', { 'address.city': null });"],
  ['clearing an element', "void Profile.update('p', { 'scores[0]': null });"],
  ['an unknown path in a filter', "void Profile.queryAllProfiles(null, { filter: { 'address.town': 'x' } });"],
  ['a value of another type in a filter by path', "void Profile.queryAllProfiles(null, { filter: { 'address.city': 5 } });"],
  ['an operator of another type in a filter by path', "void Profile.queryAllProfiles(null, { filter: { 'address.city': { $gt: 5 } } });"],
];

let folder: GeneratedFolder;
let problems: Map<string, string[]>;

beforeAll(async () => {
  folder = await generateInto('nested.yaml');
  const files = [['usage.ts', USAGE], ...MISTAKES.map(([, line], index) => [`mistake-${index}.ts`, line])];
  for (const [name = '', lines] of files)
    await writeFile(join(folder.path, name), `import { Profile } from './models.ts';\n${lines}\nvoid Profile;\n`);
  problems = await compile(
    folder,
    files.map(([name = '']) => name),
  );
});
afterAll(() => folder.remove());

describe('generated models with nested fields', () => {
  it('compile under the settings of the repository, and give each part its native type', () => {
    expect([...problems].filter(([file]) => !file.startsWith('mistake'))).toEqual([]);
  });

  it.each(MISTAKES.map(([name], index) => [name, index] as const))('make %s an error of the compiler', (_name, index) => {
    const found = problems.get(`mistake-${index}.ts`) ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((problem) => problem.startsWith(`mistake-${index}.ts(2,`))).toBe(true);
  });

  it('store, find and change objects as the definitions say', async () => {
    const endpoint = inject('dynamodbEndpoint');
    const tableName = await createTestTable(endpoint);
    const manifest = await import(/* @vite-ignore */ pathToFileURL(join(folder.path, 'models.ts')).href);
    const { models } = initModels({ models: manifest.default, store: new DynamoClient(localClientOptions(endpoint)), db: { tableName } });
    const { Profile } = models as Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- the class exists only after generation
    await Profile.create({ profileId: 'p', kind: 'person', address: { city: 'Turin' } });
    await Profile.update('p', { 'emailPreferences.notifications': false, 'emailPreferences.quiet': { from: 1 } });
    const profile = await Profile.find('p');
    expect(profile.emailPreferences).toEqual({ notifications: false, digest: null, quiet: { from: 1, until: null } });
    const { items } = await Profile.queryAllProfiles(null, { filter: { 'emailPreferences.quiet.from': 1 } });
    expect(items).toHaveLength(1);
    await expect(Profile.create({ profileId: 'q', kind: 'robot', address: { city: 'x' } })).rejects.toThrow(
      "kind: expected one of person, bot's",
    );
    await deleteTestTable(endpoint, tableName);
  });
});

describe('definitions of nested fields', () => {
  const messagesOf = (field: string) =>
    generateFrom(`models:
  A:
    modelPrefix: a
    fields:
      id: { type: StringField, required: true }
      x: ${field}
    primaryKey: { partitionKey: id }
`).messages.map((message) => message.replace(/^models\.yaml:\d+:\d+ /, ''));

  it.each([
    ['{ type: MapField }', '"fields" is missing; the fields of its members'],
    ['{ type: MapField, fields: { a.b: { type: StringField } } }', '"a.b" can be no member; expected letters'],
    ['{ type: MapField, fields: { a: { type: VersionField } } }', 'a VersionField that fills itself in can be no part'],
    ['{ type: MapField, fields: { a: { type: StrField } } }', 'field "a": unknown type "StrField"; did you mean'],
    ['{ type: ListField }', '"of" is missing; the field of its elements'],
    ['{ type: ListField, of: { type: CounterField } }', 'a CounterField that fills itself in can be no part'],
    ['{ type: ListField, of: { type: UlidField, autoAssign: true } }', 'a UlidField that fills itself in can be no part'],
    ['{ type: ListField, of: { type: StringField }, maxItems: 0 }', '"maxItems" expected a whole number of 1 or more, got 0'],
    ['{ type: StringField, enum: [] }', '"enum" expected a list of strings that differ'],
    ['{ type: StringField, enum: [a, a] }', '"enum" expected a list of strings that differ'],
    ['{ type: StringField, enum: a }', '"enum" expected a list of strings that differ, got "a"'],
    ["{ type: StringField, pattern: '(' }", '"pattern" expected a regular expression'],
    ['{ type: IntegerField, minimum: 1.5 }', '"minimum" expected a whole number, got 1.5'],
    ['{ type: JsonField, defaultValue: 1 }', 'a JsonField takes no "defaultValue"'],
  ])('say what is wrong with %s', (field, message) => {
    expect(messagesOf(field)).toEqual([expect.stringContaining(message)]);
  });
});

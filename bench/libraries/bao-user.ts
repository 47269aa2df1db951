/** The user as a model of dynamo-bao's kind, its row in their common layout, and what both libraries do with it. */
import { marshall } from '@aws-sdk/util-dynamodb';
import type * as bao from '../../src/bao/index.ts';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { found, type Contender, type FoundUser, type LibrarySettings, type User } from './contender.ts';

/** What the two libraries export under the same names. */
export type BaoLibrary = Pick<
  typeof bao,
  'BaoModel' | 'fields' | 'IndexConfig' | 'initModels' | 'PrimaryKeyConfig' | 'runWithBatchContext' | 'TenantContext'
>;

const PREFIX = 'us';

export function baoRow(user: User): AttributeMap {
  const row = {
    _pk: `${PREFIX}#${user.userId}`,
    _sk: PREFIX,
    _gsi1_pk: `${user.team}#${PREFIX}#gsi1`,
    _gsi1_sk: user.userId,
    ...user,
    birthday: user.birthday.getTime(),
    createdAt: user.createdAt.getTime(),
    updatedAt: user.updatedAt.getTime(),
  };
  return marshall(row) as AttributeMap; // the same shape, with wider types
}

/** Sets a library up. @param configure what `initModels` needs besides the models */
export function baoContender(
  { BaoModel, fields, IndexConfig, initModels, PrimaryKeyConfig, runWithBatchContext }: BaoLibrary,
  { tableName, region }: LibrarySettings,
  configure: object,
): Contender {
  class User extends BaoModel {
    static override modelPrefix = PREFIX;
    static override fields = {
      userId: fields.UlidField({ autoAssign: true }),
      team: fields.StringField({ required: true }),
      name: fields.StringField({ required: true }),
      email: fields.StringField({ required: true }),
      bio: fields.StringField(),
      age: fields.IntegerField(),
      score: fields.FloatField(),
      isActive: fields.BooleanField(),
      birthday: fields.DateTimeField(),
      tags: fields.StringSetField(),
      createdAt: fields.CreateDateField(),
      updatedAt: fields.ModifiedDateField(),
      revision: fields.VersionField(),
    };
    static override primaryKey = PrimaryKeyConfig('userId');
    static override indexes = { byTeam: IndexConfig('team', 'userId', 'gsi1') };
  }

  initModels({ aws: { region }, db: { tableName }, models: { User }, ...configure });
  return {
    get: async (id) => found(await User.find(id)),
    create: (user) => User.create(user),
    update: (id, changes) => User.update(id, changes),
    query: async (team) => (await User.queryByIndex('byTeam', team)).items.map(found),
    getMany: async (ids) => Object.values((await User.batchFind(ids)).items).map(found),
    findEachInContext: (ids) => runWithBatchContext(async () => (await Promise.all(ids.map((id) => User.find(id)))).map(found)),
    findInTurnInContext: (ids) =>
      runWithBatchContext(async () => {
        const users: FoundUser[] = [];
        for (const id of ids) users.push(found(await User.find(id)));
        return users;
      }),
  };
}

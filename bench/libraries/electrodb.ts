/** ElectroDB over the document client. It has no dates: they are numbers. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { Entity } from 'electrodb';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { found, type Library } from './contender.ts';
import { documentClient } from './document-client.ts';

const now = () => Date.now();
const nowText = () => String(Date.now());

export const library: Library = {
  rowOf: (user) => {
    const row = {
      pk: `$bench#userid_${user.userId.toLowerCase()}`,
      sk: '$user_1',
      gsi1pk: `$bench#team_${user.team}`,
      gsi1sk: `$user_1#userid_${user.userId.toLowerCase()}`,
      __edb_e__: 'user',
      __edb_v__: '1',
      ...user,
      birthday: user.birthday.getTime(),
      createdAt: user.createdAt.getTime(),
      updatedAt: user.updatedAt.getTime(),
    };
    return marshall(row) as AttributeMap; // the same shape, with wider types
  },

  setUp(settings) {
    const users = new Entity(
      {
        model: { entity: 'user', version: '1', service: 'bench' },
        attributes: {
          userId: { type: 'string', required: true },
          team: { type: 'string', required: true },
          name: { type: 'string', required: true },
          email: { type: 'string', required: true },
          bio: { type: 'string' },
          age: { type: 'number' },
          score: { type: 'number' },
          isActive: { type: 'boolean' },
          birthday: { type: 'number' },
          tags: { type: 'set', items: 'string' },
          createdAt: { type: 'number', default: now, readOnly: true },
          updatedAt: { type: 'number', watch: '*', default: now, set: now },
          revision: { type: 'string', watch: '*', default: nowText, set: nowText },
        },
        indexes: {
          primary: { pk: { field: 'pk', composite: ['userId'] }, sk: { field: 'sk', composite: [] } },
          byTeam: { index: 'gsi1', pk: { field: 'gsi1pk', composite: ['team'] }, sk: { field: 'gsi1sk', composite: ['userId'] } },
        },
      },
      { client: documentClient(settings), table: settings.tableName },
    );
    return {
      get: async (userId) => found((await users.get({ userId }).go()).data),
      create: (user) => users.create({ ...user, birthday: user.birthday.getTime(), tags: [...user.tags] }).go(),
      update: (userId, changes) => users.patch({ userId }).set(changes).go({ response: 'all_new' }),
      query: async (team) => (await users.query.byTeam({ team }).go({ limit: 100 })).data.map(found),
      getMany: async (ids) => (await users.get(ids.map((userId) => ({ userId }))).go()).data.map(found),
    };
  },
};

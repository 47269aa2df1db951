/** DynamoDB Toolbox over the document client. It has no dates of its own: they are numbers. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { boolean, Entity, executeBatchGet, item, number, set, string, Table } from 'dynamodb-toolbox';
import { BatchGetCommand } from 'dynamodb-toolbox/table/actions/batchGet';
import { QueryCommand } from 'dynamodb-toolbox/table/actions/query';
import { BatchGetRequest } from 'dynamodb-toolbox/entity/actions/batchGet';
import { GetItemCommand } from 'dynamodb-toolbox/entity/actions/get';
import { PutItemCommand } from 'dynamodb-toolbox/entity/actions/put';
import { UpdateItemCommand } from 'dynamodb-toolbox/entity/actions/update';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { found, type Library } from './contender.ts';
import { documentClient } from './document-client.ts';

export const library: Library = {
  rowOf: (user) => {
    const row = {
      pk: user.userId,
      sk: 'user',
      gsi1pk: user.team,
      gsi1sk: user.userId,
      _et: 'User',
      ...user,
      birthday: user.birthday.getTime(),
      _ct: user.createdAt.toISOString(),
      _md: user.updatedAt.toISOString(),
      createdAt: user.createdAt.getTime(),
      updatedAt: user.updatedAt.getTime(),
    };
    return marshall(row) as AttributeMap; // the same shape, with wider types
  },

  setUp(settings) {
    const table = new Table({
      name: settings.tableName,
      documentClient: documentClient(settings),
      partitionKey: { name: 'pk', type: 'string' },
      sortKey: { name: 'sk', type: 'string' },
      indexes: {
        gsi1: { type: 'global', partitionKey: { name: 'gsi1pk', type: 'string' }, sortKey: { name: 'gsi1sk', type: 'string' } },
      },
    });
    const users = new Entity({
      name: 'User',
      table,
      schema: item({
        userId: string().key(),
        team: string(),
        name: string(),
        email: string(),
        bio: string().optional(),
        age: number().optional(),
        score: number().optional(),
        isActive: boolean().optional(),
        birthday: number().optional(),
        tags: set(string()).optional(),
        createdAt: number().putDefault(Date.now),
        updatedAt: number().putDefault(Date.now).updateDefault(Date.now),
        revision: string().putDefault(nowText).updateDefault(nowText),
      }).and((fields) => ({
        gsi1pk: string()
          .hidden()
          .optional()
          .putLink<typeof fields>(({ team }) => team),
        gsi1sk: string()
          .hidden()
          .optional()
          .putLink<typeof fields>(({ userId }) => userId),
      })),
      computeKey: ({ userId }: { userId: string }) => ({ pk: userId, sk: 'user' }),
      timestamps: false,
    });
    return {
      get: async (userId) => found((await users.build(GetItemCommand).key({ userId }).send()).Item),
      create: (user) =>
        users
          .build(PutItemCommand)
          .item({ ...user, birthday: user.birthday.getTime() })
          .options({ condition: { attr: 'userId', exists: false } })
          .send(),
      update: (userId, changes) =>
        users
          .build(UpdateItemCommand)
          .item({ userId, ...changes })
          .options({ condition: { attr: 'userId', exists: true }, returnValues: 'ALL_NEW' })
          .send(),
      query: async (team) => {
        const command = table.build(QueryCommand).entities(users).query({ index: 'gsi1', partition: team }).options({ limit: 100 });
        return ((await command.send()).Items ?? []).map(found);
      },
      getMany: async (ids) => {
        const requests = ids.map((userId) => users.build(BatchGetRequest).key({ userId }));
        const { Responses } = await executeBatchGet(table.build(BatchGetCommand).requests(...requests));
        return (Responses?.[0] ?? []).map(found);
      },
    };
  },
};

function nowText(): string {
  return String(Date.now());
}

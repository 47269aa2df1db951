/** AWS's document client, and how the libraries on top of it get their answers from this process. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { found, type Library, type LibrarySettings } from './contender.ts';

/** A document client without a network: the request is signed and serialised, the answer deserialised, as ever. */
export function documentClient({ answer, credentials, region }: LibrarySettings): DynamoDBDocumentClient {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const requestHandler = {
    handle(request: { headers: Record<string, string>; body: Uint8Array }) {
      const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
      const body = encoder.encode(answer(operation, () => decoder.decode(request.body)));
      return Promise.resolve({ response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } });
    },
  };
  const client = new DynamoDBClient({ region, credentials, requestHandler: requestHandler as never }); // the types want all of its own handler
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true } });
}

export const library: Library = {
  rowOf: (user) => {
    const dates = { birthday: user.birthday.getTime(), createdAt: user.createdAt.getTime(), updatedAt: user.updatedAt.getTime() };
    return marshall({ pk: user.userId, sk: 'user', gsi1pk: user.team, gsi1sk: user.userId, ...user, ...dates }) as AttributeMap; // wider types
  },

  setUp(settings) {
    const client = documentClient(settings);
    const TableName = settings.tableName;
    const keyOf = (id: string) => ({ pk: id, sk: 'user' });
    return {
      get: async (id) => found((await client.send(new GetCommand({ TableName, Key: keyOf(id) }))).Item),
      create: (user) => {
        const nowMs = Date.now();
        const stamps = { birthday: user.birthday.getTime(), createdAt: nowMs, updatedAt: nowMs, revision: String(nowMs) };
        const Item = { ...keyOf(user.userId), gsi1pk: user.team, gsi1sk: user.userId, ...user, ...stamps };
        return client.send(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
      },
      update: (id, { name }) => {
        const nowMs = Date.now();
        const command = new UpdateCommand({
          TableName,
          Key: keyOf(id),
          UpdateExpression: 'SET #name = :name, #updatedAt = :updatedAt, #revision = :revision',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#name': 'name', '#updatedAt': 'updatedAt', '#revision': 'revision' },
          ExpressionAttributeValues: { ':name': name, ':updatedAt': nowMs, ':revision': String(nowMs) },
          ReturnValues: 'ALL_NEW',
        });
        return client.send(command);
      },
      query: async (team) => {
        const KeyConditionExpression = 'gsi1pk = :team';
        const values = { ':team': team };
        const input = { TableName, IndexName: 'gsi1', KeyConditionExpression, ExpressionAttributeValues: values, Limit: 100 };
        return ((await client.send(new QueryCommand(input))).Items ?? []).map(found);
      },
      getMany: async (ids) => {
        const answer = await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: ids.map(keyOf) } } }));
        return (answer.Responses?.[TableName] ?? []).map(found);
      },
    };
  },
};

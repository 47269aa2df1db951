/** DynamoDB's answers, made up: every key exists, and with ten more attributes its item is about 490 characters of plain JSON; what is put is forgotten. */
import type { AttributeMap } from '../../src/dynamo/types.ts';

export interface StubAnswer {
  status: '200 OK' | '400 Bad Request';
  /** how many keys were asked for */
  keys: number;
  body: string;
}

const MAX_BATCH_KEYS = 100;
const MAX_BATCH_WRITES = 25;

const ATTRIBUTES: AttributeMap = {
  name: { S: 'The name of an item, as long as names are' },
  description: { S: 'A few words. '.repeat(15) },
  status: { S: 'published' },
  owner: { S: '01HF0000000000000000000002' },
  revision: { N: '17' },
  price: { N: '1234.56' },
  isVisible: { BOOL: true },
  createdAt: { N: '1700000000000' },
  updatedAt: { N: '1795168669448' },
  tags: { L: [{ S: 'alpha' }, { S: 'beta' }, { S: 'gamma' }] },
};
const ATTRIBUTES_JSON = JSON.stringify(ATTRIBUTES).slice(1);

/**
 * @param operation GetItem, BatchGetItem, a Query of the partition ":p", PutItem or BatchWriteItem; any other is refused, so that a benchmark of one fails
 * @param body the request's JSON, as a client of DynamoDB sends it
 */
export function answerTo(operation: string, body: string): StubAnswer {
  switch (operation) {
    case 'GetItem':
      return answerToGet(JSON.parse(body));
    case 'BatchGetItem':
      return answerToBatch(JSON.parse(body).RequestItems);
    case 'Query':
      return answerToQuery(JSON.parse(body));
    case 'PutItem':
      return { status: '200 OK', keys: 1, body: `{"ConsumedCapacity":${capacityOf(JSON.parse(body).TableName, 2)}}` };
    case 'BatchWriteItem':
      return answerToBatchWrite(JSON.parse(body).RequestItems);
    default:
      return refuse('com.amazon.coral.service#UnknownOperationException', `the stub does not know "${operation}"`);
  }
}

function answerToGet({ TableName, Key }: { TableName: string; Key: AttributeMap }): StubAnswer {
  return { status: '200 OK', keys: 1, body: `{"Item":${itemOf(Key)},"ConsumedCapacity":${capacityOf(TableName, 1)}}` };
}

function answerToBatchWrite(tables: Record<string, unknown[]>): StubAnswer {
  const written = Object.entries(tables).map(([name, { length }]) => ({ name, length }));
  const keys = written.reduce((sum, { length }) => sum + length, 0);
  if (keys > MAX_BATCH_WRITES) return refuse('com.amazon.coral.validate#ValidationException', `${keys} writes in one BatchWriteItem`);
  const capacities = written.map(({ name, length }) => capacityOf(name, 2 * length));
  return { status: '200 OK', keys, body: `{"UnprocessedItems":{},"ConsumedCapacity":[${capacities.join(',')}]}` };
}

/** One item per partition. */
function answerToQuery({
  TableName,
  ExpressionAttributeValues,
}: {
  TableName: string;
  ExpressionAttributeValues: AttributeMap;
}): StubAnswer {
  const item = itemOf({ _pk: ExpressionAttributeValues[':p']!, _sk: { S: 'it' } }); // what its callers ask by
  return {
    status: '200 OK',
    keys: 1,
    body: `{"Items":[${item}],"Count":1,"ScannedCount":1,"ConsumedCapacity":${capacityOf(TableName, 1)}}`,
  };
}

function answerToBatch(tables: Record<string, { Keys: AttributeMap[] }>): StubAnswer {
  const requested = Object.entries(tables).map(([name, { Keys }]) => ({ name, keys: Keys }));
  const keys = requested.reduce((sum, table) => sum + table.keys.length, 0);
  if (keys > MAX_BATCH_KEYS) return refuse('com.amazon.coral.validate#ValidationException', `${keys} keys in one BatchGetItem`);
  const responses = requested.map((table) => `${JSON.stringify(table.name)}:[${table.keys.map(itemOf).join(',')}]`);
  const capacities = requested.map((table) => capacityOf(table.name, table.keys.length));
  const body = `{"Responses":{${responses.join(',')}},"UnprocessedKeys":{},"ConsumedCapacity":[${capacities.join(',')}]}`;
  return { status: '200 OK', keys, body };
}

/** Joined as text: to build and print each item would take the core that the load generator needs. */
function itemOf(key: AttributeMap): string {
  return `${JSON.stringify(key).slice(0, -1)},${ATTRIBUTES_JSON}`;
}

/** What eventually consistent reads of items this small cost. */
function capacityOf(tableName: string, items: number): string {
  return JSON.stringify({ TableName: tableName, CapacityUnits: items / 2 });
}

function refuse(type: string, message: string): StubAnswer {
  return { status: '400 Bad Request', keys: 0, body: JSON.stringify({ __type: type, message }) };
}

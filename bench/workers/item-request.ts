/** What all entries that read an item share: the same key from the path, the same answer, and the variables the harness sets. */
import type { OperationResult } from '../../src/dynamo/item-store.ts';
import type { GetItemInput } from '../../src/dynamo/types.ts';

export interface Variables {
  AWS_REGION: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  TABLE_NAME: string;
  DYNAMODB_ENDPOINT: string;
}

export const TENANT = 'bench';

/** @returns a read of the item that the path names, its key in the layout of the model layer */
export function getItemInput(request: Request, { TABLE_NAME }: Variables): GetItemInput {
  const id = request.url.slice(request.url.lastIndexOf('/') + 1);
  return { TableName: TABLE_NAME, Key: { _pk: { S: `[${TENANT}]#it#${id}` }, _sk: { S: 'it' } } };
}

/** @returns the item in DynamoDB's JSON: what it costs to decode is the model layer's, and the same for every store */
export function respond(result: OperationResult<'GetItem'>): Response {
  return result.ok ? Response.json(result.output.Item) : Response.json(result.error, { status: 500 });
}

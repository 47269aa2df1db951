/** Which rows a request to DynamoDB names, and which of its changes an answer says are done. */

/** An attribute value or a map of them in DynamoDB's JSON, looked into no further than a key needs. */
type Attributes = Record<string, unknown>;

/** One change of one row, as its request has it. */
export interface RowChange {
  table: string;
  /** the item that is put, or the key of the row that is changed */
  row: Attributes;
  /** the Put, Update, Delete or whole request it stands in: with the expressions and their values */
  request: Attributes;
}

interface WriteInput {
  TableName: string;
  Item?: Attributes;
  Key?: Attributes;
  RequestItems?: Record<string, ({ PutRequest: { Item: Attributes } } | { DeleteRequest: { Key: Attributes } })[]>;
  TransactItems?: Record<string, Attributes & { TableName: string; Item?: Attributes; Key?: Attributes }>[];
  ClientRequestToken?: string;
}

/** The changes that a write asks for; none for an operation that is no write. */
export function changesOf(operation: string, body: string): RowChange[] {
  const input = JSON.parse(body) as WriteInput; // a client's request
  switch (operation) {
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [{ table: input.TableName, row: input.Item ?? input.Key ?? {}, request: { ...input } }];
    case 'BatchWriteItem':
      return Object.entries(input.RequestItems ?? {}).flatMap(([table, requests]) =>
        requests.map((request) => changeOfRequest(table, request)),
      );
    case 'TransactWriteItems':
      return (input.TransactItems ?? []).flatMap((action) =>
        Object.entries(action).flatMap(([kind, part]) =>
          kind === 'ConditionCheck' ? [] : [{ table: part.TableName, row: part.Item ?? part.Key ?? {}, request: part }],
        ),
      );
    default:
      return [];
  }
}

/** The token of a transaction, if it has one: a second request with it changes nothing. */
export function tokenOf(body: string): string | undefined {
  return (JSON.parse(body) as WriteInput).ClientRequestToken;
}

/** Leaves out the changes that a batch's answer calls unprocessed. */
export function withoutUnprocessed(changes: readonly RowChange[], answer: string): readonly RowChange[] {
  const { UnprocessedItems = {} } = JSON.parse(answer) as { UnprocessedItems?: WriteInput['RequestItems'] };
  const left = new Set(
    Object.entries(UnprocessedItems).flatMap(([table, requests]) => requests.map((one) => JSON.stringify(changeOfRequest(table, one)))),
  );
  return left.size === 0 ? changes : changes.filter((change) => !left.has(JSON.stringify(change)));
}

function changeOfRequest(table: string, request: { PutRequest: { Item: Attributes } } | { DeleteRequest: { Key: Attributes } }): RowChange {
  const part = 'PutRequest' in request ? request.PutRequest : request.DeleteRequest;
  return { table, row: 'Item' in part ? part.Item : part.Key, request: part };
}

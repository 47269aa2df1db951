/** What a tenant has in the table, in streams and of files, for its export. */
import type { AttributeMap, DynamoClient, KeyAttributes } from '../dynamo/index.ts';
import { toBase64 } from '../lib/base64.ts';
import { ServiceError } from '../lib/errors.ts';
import type { FileLedgerRpc, StreamDirectoryRpc, StreamHubRpc } from '../objects/index.ts';
import type { ExportLine, ExportStep } from '../wire/tenant-export.ts';
import { formatOffset, parseOffset } from '../wire/stream-offset.ts';

/** The rows of a tenant, in DynamoDB's JSON, in no order. The table is read as a whole: no index has all of them. */
export function exportRows(client: Pick<DynamoClient, 'execute'>, tableName: string, { partitionKey }: KeyAttributes): ExportStep {
  return {
    name: 'rows',
    async read(tenant, position) {
      const page = await client.execute('Scan', {
        TableName: tableName,
        ConsistentRead: true,
        FilterExpression: 'begins_with(#pk, :tenant)',
        ExpressionAttributeNames: { '#pk': partitionKey },
        ExpressionAttributeValues: { ':tenant': { S: `[${tenant}]#` } },
        ...(position === null ? {} : { ExclusiveStartKey: JSON.parse(position) as AttributeMap }), // DynamoDB checks what came with a cursor
      });
      if (!page.ok) throw new ServiceError('unavailable', `The rows cannot be read: ${page.error.message}`);
      const last = page.output.LastEvaluatedKey;
      const lines = (page.output.Items ?? []).map((item): ExportLine => ({ kind: 'row', item }));
      return { lines, next: last === undefined ? null : JSON.stringify(last) };
    },
  };
}

/** The messages of each stream, by name. */
export function exportStreams(
  directory: (tenant: string) => Pick<StreamDirectoryRpc, 'list'>,
  hub: (tenant: string, name: string) => Pick<StreamHubRpc, 'read'>,
): ExportStep {
  return {
    name: 'streams',
    async read(tenant, position) {
      // "<offset>/<name>" within a stream, "/<name>" behind it.
      const [offset = '', ...segments] = (position ?? '').split('/');
      const name = segments.join('/');
      if (offset === '') {
        const [next] = await directory(tenant).list('', name, 1);
        return { lines: [], next: next === undefined ? null : `-1/${next.name}` };
      }
      const part = await hub(tenant, name).read(parseOffset(offset) ?? 'start', 0);
      if (part.kind === 'trimmed') return { lines: [], next: `${formatOffset(part.first)}/${name}` };
      if (part.kind !== 'part') return { lines: [], next: `/${name}` };
      const { data } = part.messages;
      const messages = typeof data === 'string' ? { messages: JSON.parse(`[${data}]`) as unknown[] } : { base64: toBase64(data) };
      const line = { kind: 'messages', stream: name, contentType: part.contentType, from: formatOffset(part.from), ...messages };
      return { lines: [line], next: part.isUpToDate ? `/${name}` : `${formatOffset(part.next)}/${name}` };
    },
  };
}

const FILES_AT_ONCE = 500;

/** What is known of each file. Their content is not in lines of JSON: it is read by itself. */
export function exportFiles(ledger: (tenant: string) => Pick<FileLedgerRpc, 'list'>): ExportStep {
  return {
    name: 'files',
    async read(tenant, position) {
      const { files } = await ledger(tenant).list(position ?? '', FILES_AT_ONCE);
      const lines = files.map((file): ExportLine => ({ kind: 'file', ...file }));
      return { lines, next: files.length < FILES_AT_ONCE ? null : (files.at(-1)?.id ?? null) };
    },
  };
}

/** Deliveries of a table's stream, read: DynamoDB's own records, as Lambda and GetRecords give them. */
import type { AttributeMap } from '../dynamo/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import type { RowChange } from '../objects/index.ts';
import { STREAM_MAX_RECORDS } from '../wire/limits.ts';

const TABLE_OF_ARN = /^arn:[^:]*:dynamodb:[^:]*:[^:]*:table\/([A-Za-z0-9_.-]{3,255})(?:\/|$)/;
const SEQUENCE = /^\d{1,40}$/;
/** Unix seconds end and milliseconds begin below this: 5138 AD, and 1973. */
const MAX_SECONDS = 1e11;

/**
 * The changes of a delivery, in its order: `{"Records": […]}` of Lambda's event or of GetRecords.
 *
 * @param table of records that name no stream
 * @throws ServiceError `invalid_input` that names the first record at fault
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
 */
export function readStreamRecords(body: unknown, table: string): RowChange[] {
  const records = isObject(body) ? body['Records'] : undefined;
  if (!Array.isArray(records)) throw new ServiceError('invalid_input', `Expected {"Records": […]}, got ${describeValue(body)}.`);
  if (records.length > STREAM_MAX_RECORDS)
    throw new ServiceError('invalid_input', `/Records: expected at most ${STREAM_MAX_RECORDS}, got ${records.length}.`);
  return records.map((record, position) => readRecord(record, `/Records/${position}`, table));
}

function readRecord(record: unknown, path: string, table: string): RowChange {
  const change = isObject(record) ? record['dynamodb'] : undefined;
  if (!isObject(record) || !isObject(change)) throw refusal(`${path}/dynamodb`, 'an object', change);
  const { Keys, NewImage, SequenceNumber, ApproximateCreationDateTime } = change;
  if (!isObject(Keys)) throw refusal(`${path}/dynamodb/Keys`, 'the key of a row', Keys);
  if (NewImage !== undefined && !isObject(NewImage)) throw refusal(`${path}/dynamodb/NewImage`, 'a row', NewImage);
  if (SequenceNumber !== undefined && (typeof SequenceNumber !== 'string' || !SEQUENCE.test(SequenceNumber)))
    throw refusal(`${path}/dynamodb/SequenceNumber`, 'digits in a string', SequenceNumber);
  const row = rowAfter(record['eventName'], NewImage, `${path}/eventName`);
  return {
    table: tableOf(record['eventSourceARN'], table, `${path}/eventSourceARN`),
    key: Keys as AttributeMap, // a key of another shape is nobody's, and ignored
    ...(row === undefined ? {} : { row }),
    ...(SequenceNumber === undefined ? {} : { sequence: SequenceNumber }),
    ...(typeof ApproximateCreationDateTime === 'number' ? { atMs: toMs(ApproximateCreationDateTime) } : {}),
  };
}

/** Undefined when the stream has no new images. */
function rowAfter(eventName: unknown, image: object | undefined, path: string): AttributeMap | null | undefined {
  if (eventName === 'REMOVE') return null;
  if (eventName !== 'INSERT' && eventName !== 'MODIFY') throw refusal(path, 'INSERT, MODIFY or REMOVE', eventName);
  return image as AttributeMap | undefined; // DynamoDB's own; it is compared with a row, and never kept
}

function tableOf(arn: unknown, table: string, path: string): string {
  if (arn === undefined) return table;
  const name = typeof arn === 'string' ? TABLE_OF_ARN.exec(arn)?.[1] : undefined;
  if (name === undefined) throw refusal(path, 'the ARN of a stream of a table', arn);
  return name;
}

function toMs(at: number): number {
  return at < MAX_SECONDS ? Math.round(at * 1000) : at;
}

function refusal(path: string, expected: string, got: unknown): ServiceError {
  const reason = `expected ${expected}, got ${describeValue(got)}`;
  return new ServiceError('invalid_input', `${path}: ${reason}.`, { issues: [{ path, reason }] });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

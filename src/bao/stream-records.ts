/** Changes of rows, as DynamoDB Streams tell them, made into changes of objects. */
import type { AttributeMap } from '../dynamo/types.ts';
import { TTL_FIELD } from './constants.ts';
import { InstanceState } from './instance-state.ts';
import { formatPrimaryId, keyOfRow, partsOfRowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import { currentForm } from './row-version.ts';

/**
 * A record of a stream in DynamoDB's JSON: of Lambda's event, of GetRecords, or of Kinesis Data Streams for DynamoDB.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
 */
export interface StreamRecord {
  readonly eventID?: string;
  readonly eventName?: string;
  readonly userIdentity?: { readonly type?: string; readonly principalId?: string } | null;
  readonly dynamodb?: {
    readonly Keys?: AttributeMap;
    readonly NewImage?: AttributeMap;
    readonly OldImage?: AttributeMap;
    readonly SequenceNumber?: string;
    /** seconds since 1970, of Kinesis in other units; Lambda gives a number, some clients a Date */
    readonly ApproximateCreationDateTime?: number | Date;
  };
}

/** One change of one object. Which model it is of, `model === User` says; what comes from another manager is compared by its name. */
export interface ObjectChange<Model extends ModelClass = ModelClass> {
  kind: 'created' | 'changed' | 'deleted';
  model: Model;
  /** the name under which rows and other models know the model */
  modelName: string;
  tenant: string | null;
  primaryId: string;
  /** null: there was none, or the stream has no old images */
  before: Model['prototype'] | null;
  /** null: there is none, or the stream has no new images */
  after: Model['prototype'] | null;
  /** DynamoDB has removed it because its `ttl` had passed */
  isExpiry: boolean;
  /** orders the changes of one object; digits, of different lengths */
  sequenceNumber: string | null;
  eventId: string | null;
  atMs: number | null;
}

/** The models that records are of: those of a manager, or a list of classes. */
export type StreamModels<Model extends ModelClass = ModelClass> = { getModels(): Model[] } | readonly Model[];

/**
 * The change of an object that a record tells, or null for one that is of none of the models: guard rows of unique values, and rows of
 * others. A change by which an object is deleted softly is `deleted`, and `created` when it is restored.
 *
 * Objects of a record can be read and not saved: their rows have moved on.
 *
 * @throws DataFormatError for a record without keys, or a row of a later version of the model, and what upcasters throw
 */
export function parseStreamRecord<Model extends ModelClass>(models: StreamModels<Model>, record: StreamRecord): ObjectChange<Model> | null {
  const { Keys = {}, NewImage, OldImage, SequenceNumber = null, ApproximateCreationDateTime = null } = record.dynamodb ?? {};
  const key = keyOfRow(Keys);
  const owner = ownerOf(models, key);
  if (owner === null) return null;
  const { model, tenant } = owner;
  const definition = definitionOf(model);
  const objectOf = (image: AttributeMap | undefined) => (image === undefined ? null : readObject(model, tenant, image));
  return {
    kind: kindOf(model, record.eventName, OldImage, NewImage),
    model,
    modelName: definition.name,
    tenant,
    primaryId: formatPrimaryId(definition, partsOfRowKey(definition, tenant, key)),
    before: objectOf(OldImage),
    after: objectOf(NewImage),
    isExpiry: record.eventName === 'REMOVE' && isDoneByDynamoDb(record) && definition.fields.has(TTL_FIELD),
    sequenceNumber: SequenceNumber,
    eventId: record.eventID ?? null,
    atMs: toMs(ApproximateCreationDateTime),
  };
}

/** The changes that records tell, in their order, without those of other rows. @throws as `parseStreamRecord` */
export function parseStreamRecords<Model extends ModelClass>(
  models: StreamModels<Model>,
  records: readonly StreamRecord[],
): ObjectChange<Model>[] {
  return records.flatMap((record) => parseStreamRecord(models, record) ?? []);
}

/** The model whose row has this key, and the tenant that the key says. */
function ownerOf<Model extends ModelClass>(models: StreamModels<Model>, { _pk }: RowKey): { model: Model; tenant: string | null } | null {
  const [, tenant = null, rest = ''] = /^(?:\[([^\]]*)\]#)?(.*)$/s.exec(_pk) ?? [];
  const separator = rest.indexOf('#');
  const prefix = separator < 0 ? rest : rest.slice(0, separator);
  const list = 'getModels' in models ? models.getModels() : models;
  const model = list.find((candidate) => definitionOf(candidate).prefix === prefix);
  // Only a key of `modelPrefix` is the prefix alone.
  if (!model || separator < 0 !== (definitionOf(model).primaryKey.partition === null)) return null;
  return { model, tenant };
}

function readObject<Model extends ModelClass>(model: Model, tenant: string | null, image: AttributeMap): Model['prototype'] {
  const definition = definitionOf(model);
  const construct = model as unknown as new (state: InstanceState) => Model['prototype']; // BaoModel's constructor takes a state in place of data
  return new construct(new InstanceState(definition, tenant, currentForm(definition, image), true));
}

function kindOf(
  model: ModelClass,
  eventName: string | undefined,
  old: AttributeMap | undefined,
  now: AttributeMap | undefined,
): ObjectChange['kind'] {
  if (eventName === 'REMOVE') return 'deleted';
  if (eventName === 'INSERT') return 'created';
  const marks = definitionOf(model).hiding.filter(({ unless }) => unless === 'includeDeleted');
  const wasDeleted = old !== undefined && marks.some((mark) => mark.hides(old));
  const isDeleted = now !== undefined && marks.some((mark) => mark.hides(now));
  if (wasDeleted === isDeleted) return 'changed';
  return isDeleted ? 'deleted' : 'created';
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html */
function isDoneByDynamoDb({ userIdentity }: StreamRecord): boolean {
  return userIdentity?.type === 'Service' && userIdentity.principalId === 'dynamodb.amazonaws.com';
}

/** Streams say seconds; Kinesis says milliseconds or microseconds, which are told apart by their size. */
function toMs(at: number | Date | null): number | null {
  if (at === null) return null;
  if (at instanceof Date) return at.getTime();
  if (at < 1e11) return Math.round(at * 1000);
  return at < 1e14 ? at : Math.round(at / 1000);
}

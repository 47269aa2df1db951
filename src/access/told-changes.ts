/** What the streams of changes say of rows: whole items in their JSON form, which is why only those follow them who may read all of every item. */
import { describeModel, PRIMARY_ID_SEPARATOR } from '../bao/for-services.ts';
import type { ModelClass } from '../bao/for-services.ts';
import { parseStreamRecord } from '../bao/stream-records.ts';
import type { StreamRecord } from '../bao/stream-records.ts';
import { isServiceError } from '../lib/errors.ts';
import type { ChangeTeller, ItemChange, ItemId } from '../wire/item-changes.ts';

type Images = NonNullable<StreamRecord['dynamodb']>;

export function changeTeller(models: readonly ModelClass[]): ChangeTeller {
  const descriptions = models.map((model) => describeModel(model, models));
  const composite = new Set(descriptions.filter(({ primaryKey }) => primaryKey.sortKey !== null).map(({ name }) => name));
  const parse = (images: Images, eventName = 'MODIFY') => {
    const change = parseStreamRecord(models, { eventName, dynamodb: images });
    if (change) return change;
    throw new TypeError(`expected a row of a model, got ${JSON.stringify(images.Keys)}`);
  };
  return {
    paths: Object.fromEntries(descriptions.map(({ name, path }) => [name, path])),
    tell(key, row): ItemChange {
      const Keys = key as NonNullable<Images['Keys']>; // a row's key in DynamoDB's form
      const { modelName, primaryId } = parse({ Keys });
      const id = composite.has(modelName) ? partsOf(primaryId) : primaryId;
      if (row === null) return { type: 'delete', id };
      if (row === undefined) return { type: 'refresh', id };
      try {
        const { kind, after } = parse({ Keys, NewImage: row as NonNullable<Images['NewImage']> }); // a row in DynamoDB's form
        return kind === 'deleted' || after === null ? { type: 'delete', id } : { type: 'put', id, item: after.toJSON() };
      } catch (error) {
        // A row that this version of the model cannot read is the reader's to read.
        if (isServiceError(error)) return { type: 'refresh', id };
        throw error;
      }
    },
  };
}

function partsOf(primaryId: string): ItemId {
  const at = primaryId.indexOf(PRIMARY_ID_SEPARATOR);
  return [primaryId.slice(0, at), primaryId.slice(at + PRIMARY_ID_SEPARATOR.length)];
}

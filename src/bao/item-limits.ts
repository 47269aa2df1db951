/** Rows that are too large, refused before DynamoDB is asked. `steamer/bao/item-limits` for programs of `steamer/bao/core`, which DynamoDB tells. */
import { itemSizeBytes, MAX_ITEM_BYTES } from '../dynamo/item-size.ts';
import { ServiceError } from '../lib/errors.ts';
import { addFeature } from './features.ts';

addFeature('item-limits', (row) => {
  const bytes = itemSizeBytes(row);
  if (bytes > MAX_ITEM_BYTES)
    throw new ServiceError('item_too_large', `The item has ${bytes} bytes with its keys; DynamoDB takes at most ${MAX_ITEM_BYTES}`);
});

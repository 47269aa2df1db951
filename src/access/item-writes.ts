/** Writes of a model's items within what a principal may do. What depends on whose an item is, is a condition of the same write. */
import { ConditionalError, QueryError } from '../bao/for-services.ts';
import type { ReplaceOptions } from '../bao/for-services.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import type { ItemOperation } from '../wire/access-rules.ts';
import { findItem } from './item-reads.ts';
import type { ItemKey } from './item-reads.ts';
import type { PermittedData } from './permitted-data.ts';
import type { Reach } from './reach.ts';
import { foreignItem, keyTaken } from './refusals.ts';
import type { ShownItem } from './shown-item.ts';
import { onlyWithin, requireReach, showWrittenItem } from './viewed-model.ts';
import type { ViewedModel } from './viewed-model.ts';
import { createdValues, replaceBasis } from './written-values.ts';

/** Has to hold for the item at the moment of the write; the syntax of filters. */
export type WriteCondition = Readonly<Record<string, unknown>> | null;

/** Creates an item. @throws ServiceError `conflict` when there is one with its key, or a unique value is taken */
export async function createItem(viewed: ViewedModel, data: PermittedData): Promise<ShownItem> {
  const values = data.mode === 'create' ? data.values : createdValues(viewed.description.name, viewed.permissions, data.values);
  const item = await viewed.model.create(values).catch((error: unknown) => refuseTaken(viewed, error));
  return showWrittenItem(viewed, item);
}

function refuseTaken({ description }: ViewedModel, error: unknown): never {
  throw isKeyConflict(error) ? keyTaken(description.name, error) : error;
}

function isKeyConflict(error: unknown): boolean {
  return error instanceof ConditionalError && error.operation === 'create';
}

/** Writes a whole item, whether or not there is one with its key. */
export async function replaceItem(
  viewed: ViewedModel,
  data: PermittedData,
  condition: WriteCondition,
): Promise<{ item: ShownItem; created: boolean }> {
  const { item, created } = await viewed.model.replace(data.values, replaceOptions(viewed, data, condition));
  return { item: showWrittenItem(viewed, item), created };
}

/** The options of a replace within the rules. Where these leave everything to the principal, nothing is read first. */
export function replaceOptions(
  { description, permissions }: ViewedModel,
  { values }: PermittedData,
  condition: WriteCondition,
): ReplaceOptions {
  if (permissions.writesFreely) return { condition };
  return { condition, basis: replaceBasis(description.name, permissions, values, condition !== null) };
}

/** Changes fields of an item. @throws ServiceError `not_found`, or `forbidden` where it may be read and not changed */
export async function updateItem(viewed: ViewedModel, key: ItemKey, data: PermittedData, condition: WriteCondition): Promise<ShownItem> {
  const update = () => viewed.model.update(key, data.values, { condition, ...onlyWithin(viewed, data.reach) }).catch(asWrongBody);
  return showWrittenItem(viewed, await explained(viewed, 'update', key, data.reach, update));
}

/** Changes an item, or creates it of the same fields where there is none. @throws ServiceError as `createItem` and `updateItem` */
export async function upsertItem(viewed: ViewedModel, key: ItemKey, data: PermittedData): Promise<{ item: ShownItem; created: boolean }> {
  const { model, description, permissions } = viewed;
  const whole = createdValues(description.name, permissions, { ...key, ...data.values });
  const upsert = () => model.upsert(whole, { update: data.values, ...onlyWithin(viewed, data.reach) }).catch(asWrongBody);
  try {
    const { item, created } = await upsert();
    return { item: showWrittenItem(viewed, item), created };
  } catch (error) {
    if (data.reach === 'own' && isKeyConflict(error) && (await isReadable(viewed, key))) throw foreignItem(description.name, 'update');
    throw isKeyConflict(error) ? keyTaken(description.name, error) : error;
  }
}

/** Deletes an item. @throws ServiceError as `updateItem` */
export async function deleteItem(viewed: ViewedModel, key: ItemKey, condition: WriteCondition): Promise<void> {
  requireReach(viewed, 'delete');
  const reach = viewed.permissions.reach('delete');
  await explained(viewed, 'delete', key, reach, () => viewed.model.delete(key, { condition, ...onlyWithin(viewed, reach) }));
}

async function explained<Result>(
  viewed: ViewedModel,
  operation: ItemOperation,
  key: ItemKey,
  reach: Reach,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw await explanation(viewed, operation, key, reach, error);
  }
}

/**
 * The error to answer with. A write to one's own items finds no others; where the principal may see that there is one, it is told so.
 *
 * @param reach the items that the write was for
 */
export async function explanation(
  viewed: ViewedModel,
  operation: ItemOperation,
  key: ItemKey,
  reach: Reach,
  error: unknown,
): Promise<unknown> {
  if (reach !== 'own' || !isServiceError(error) || error.code !== 'not_found' || !(await isReadable(viewed, key))) return error;
  return foreignItem(viewed.description.name, operation);
}

async function isReadable(viewed: ViewedModel, key: ItemKey): Promise<boolean> {
  return viewed.permissions.reach('read') !== 'none' && (await findItem(viewed, key, {})) !== null;
}

/** The model layer calls a wrong operator a wrong query; of a body it is wrong input. */
function asWrongBody(error: unknown): never {
  if (error instanceof QueryError) throw new ServiceError('invalid_input', `${error.message}.`, { cause: error });
  throw error;
}

/** What a view is of: a model and what a principal may do with it. Known inside the room only, as it has the model class itself. */
import { ValidationError } from '../bao/for-services.ts';
import type { BaoModel, ModelClass, ModelDescription, OnlyOption } from '../bao/for-services.ts';
import type { ItemOperation } from '../wire/access-rules.ts';
import type { Permissions } from './permissions.ts';
import { covers } from './reach.ts';
import type { Reach } from './reach.ts';
import { forbidden } from './refusals.ts';
import { ShownItem } from './shown-item.ts';

export interface ViewedModel {
  readonly model: ModelClass;
  /** with everything, whoever asks */
  readonly description: ModelDescription;
  readonly permissions: Permissions;
  /** another model as the same principal sees it */
  related(model: string): ViewedModel;
}

/** @throws ServiceError `forbidden` when an operation may be done to no item at all */
export function requireReach({ description, permissions }: ViewedModel, operation: ItemOperation): void {
  if (permissions.reach(operation) === 'none') throw forbidden(description.name, operation, permissions);
}

/** The option that keeps an operation to the items that a reach extends to. */
export function onlyWithin({ permissions }: ViewedModel, reach: Reach): OnlyOption {
  const { owner } = permissions.rules;
  return reach === 'own' && owner !== null ? { only: { [owner]: permissions.subject } } : {};
}

/** An item as the principal sees it; null where it may not be read. */
export function showItem(viewed: ViewedModel, object: BaoModel): ShownItem | null {
  const { permissions } = viewed;
  const isOwn = isOwnItem(viewed, object);
  return covers(permissions.reach('read'), isOwn) ? shown(viewed, object, permissions.hiddenFields(isOwn)) : null;
}

/** An item that the principal has written: as it sees it, or where it may not be read, its key alone. */
export function showWrittenItem(viewed: ViewedModel, object: BaoModel): ShownItem {
  return showItem(viewed, object) ?? shown(viewed, object, null);
}

function isOwnItem({ permissions }: ViewedModel, object: BaoModel): boolean {
  const { owner } = permissions.rules;
  return owner !== null && permissions.isOwn(object.get(owner));
}

function shown(viewed: ViewedModel, object: BaoModel, hidden: readonly string[] | null): ShownItem {
  const { primaryKey, versionField } = viewed.description;
  const keyFields = [primaryKey.partitionKey, ...(primaryKey.sortKey === null ? [] : [primaryKey.sortKey])];
  return new ShownItem(object, {
    hidden,
    keyFields,
    versionField,
    related: (relation) => followRelation(viewed, object, relation, hidden),
  });
}

async function followRelation(
  { description, related }: ViewedModel,
  object: BaoModel,
  name: string,
  hidden: readonly string[] | null,
): Promise<ShownItem | null> {
  const relation = description.relations[name];
  if (relation?.kind !== 'one' || hidden === null || hidden.includes(relation.field)) return null;
  try {
    const found = await object.getOrLoadRelatedField(relation.field);
    return found?.exists() ? showItem(related(relation.model), found) : null;
  } catch (error) {
    if (error instanceof ValidationError) return null; // what can be no id of the model names none of its items
    throw error;
  }
}

/** What a principal is told of a model: the fields, indexes and relations that it may use. */
import type { FieldDescription, ModelDescription, RelationDescription } from '../bao/for-services.ts';
import type { Permissions } from './permissions.ts';

/**
 * The description of a model without what the principal may not use. A field that may only be read is `readOnly`, one that may only be
 * written has a schema that says `writeOnly`.
 *
 * @param target a related model, as the same principal sees it
 */
export function visibleDescription(
  description: ModelDescription,
  permissions: Permissions,
  target: (model: string) => { description: ModelDescription; permissions: Permissions },
): ModelDescription {
  const isUsable = (relation: RelationDescription): boolean => {
    const related = target(relation.model);
    if (related.permissions.reach('read') === 'none') return false;
    if (relation.kind === 'one') return permissions.fieldReach(relation.field, 'read') !== 'none';
    return isUsableIndex(related.description, relation.index, related.permissions);
  };
  // To most principals of most models that is everything, and so nothing has to be made.
  const isWhole = !permissions.hasFieldRules && permissions.mayWrite && Object.values(description.relations).every(isUsable);
  if (isWhole) return description;
  const fields = Object.entries(description.fields).flatMap(([name, field]) => visibleField(name, field, permissions));
  const indexes = Object.entries(description.indexes).filter(([name]) => isUsableIndex(description, name, permissions));
  const relations = Object.entries(description.relations).filter(([, relation]) => isUsable(relation));
  const constraints = Object.entries(description.uniqueConstraints).filter(([, field]) => permissions.mayAskAbout(field));
  const isSearchable = description.search?.fields.every((field) => permissions.mayAskAbout(field)) === true;
  return {
    ...description,
    fields: Object.fromEntries(fields),
    indexes: Object.fromEntries(indexes),
    uniqueConstraints: Object.fromEntries(constraints),
    search: isSearchable ? description.search : null,
    relations: Object.fromEntries(relations),
  };
}

/** Whether lists may go by an index: they tell its partition, and the order of its sort field. */
export function isUsableIndex({ primaryKey, indexes }: ModelDescription, index: string, permissions: Permissions): boolean {
  const keys = index === 'primary' ? primaryKey : indexes[index];
  return [keys?.partitionKey, keys?.sortKey].every((field) => typeof field !== 'string' || permissions.mayAskAbout(field));
}

function visibleField(name: string, field: FieldDescription, permissions: Permissions): [string, FieldDescription][] {
  const isReadable = permissions.fieldReach(name, 'read') !== 'none';
  const isWritable = !field.readOnly && permissions.mayWrite && permissions.fieldReach(name, 'write') !== 'none';
  if (!isReadable && !isWritable) return [];
  const schema = isReadable ? field.schema : { ...field.schema, writeOnly: true };
  return [[name, { ...field, readOnly: !isWritable, schema }]];
}

/** Updating a row that an earlier version of the model wrote: in the same write it becomes a row of today's. */
import { marshall } from '../dynamo/codec.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { REMOVED, setTo } from './attribute-change.ts';
import type { AttributeChange } from './attribute-change.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import { derivedAttributes } from './derived-attributes.ts';
import { FieldOperation } from './field-operation.ts';
import { iterationKeys } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { checkValue } from './new-row.ts';
import { attributeOf, sameAttribute, storedValue } from './stored-values.ts';
import { upcastRow } from './upcast.ts';
import type { UpdateIntent, UpdatePlan } from './update-plan.ts';

/**
 * Plans an update of an outdated row; one of a later version is refused. An upcaster may make anything of anything, so the write depends on every field being as it was read.
 *
 * @param row as it is stored
 */
export function planOutdated(definition: ModelDefinition, tenant: string | null, intent: UpdateIntent, row: AttributeMap): UpdatePlan {
  const after: AttributeMap = { ...upcastRow(definition, row) };
  const values: Record<string, unknown> = { ...intent.values };
  for (const [name, field] of definition.fields) {
    if (!(name in values)) continue;
    const asked = values[name];
    if (asked instanceof FieldOperation) {
      const operation = asked.reducedTo(after);
      values[name] = operation === null ? storedValue(field, after[name]) : operation.after(storedValue(field, after[name]));
      checkValue(name, field, values[name]);
    }
    const attribute = attributeOf(field, values[name]);
    if (attribute === undefined) delete after[name];
    else after[name] = attribute;
  }
  for (const [name, text] of derivedOf(definition, tenant, intent, after)) {
    if (text === null) delete after[name];
    else after[name] = marshall(text);
  }
  return { changes: differences(row, after), assumptions: allOf(definition, row), values };
}

/** Every key of an index, the search text, and the keys of the iteration index; null: the row has none. */
function derivedOf(
  definition: ModelDefinition,
  tenant: string | null,
  { parts }: UpdateIntent,
  row: AttributeMap,
): (readonly [string, string | null])[] {
  const read = (name: string) => {
    const field = definition.fields.get(name);
    return field ? storedValue(field, row[name]) : null;
  };
  const groups = derivedAttributes(definition).flatMap((group) => {
    const computed = group.compute(tenant, read);
    return group.names.map((name) => [name, computed[name] ?? null] as const);
  });
  return [...groups, ...Object.entries(iterationKeys(definition, tenant, parts))];
}

function differences(before: AttributeMap, after: AttributeMap): Map<string, AttributeChange> {
  const changes = new Map<string, AttributeChange>();
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = after[name];
    if (!sameAttribute(before[name], value)) changes.set(name, value === undefined ? REMOVED : setTo(value));
  }
  return changes;
}

function allOf(definition: ModelDefinition, row: AttributeMap): Assumptions {
  const assumptions = new Assumptions();
  const fields = Object.keys(row).filter((name) => !name.startsWith('_'));
  for (const name of new Set([SCHEMA_VERSION_FIELD, ...fields, ...definition.fields.keys()])) assumptions.add(name, row);
  return assumptions;
}

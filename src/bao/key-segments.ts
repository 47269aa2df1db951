/** Keys in the paths of URLs: one segment per field of the key, each as the text of its kind's JSON form. */
import type { AttributeMap } from '../dynamo/types.ts';
import { toText } from '../wire/json-forms.ts';
import { BaoError } from './errors.ts';
import { formOfField } from './fields/json-forms.ts';
import type { InstanceState } from './instance-state.ts';
import type { JsonObject } from './json-output.ts';
import { formatPrimaryId, keyAttributeMap, keyOfRow, partsOfRowKey, primaryIdParts, rowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import type { ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import { storedValue } from './stored-values.ts';

/** The segments of an object's path, not yet percent-encoded. */
export function keySegments(state: InstanceState): string[] {
  return state.definition.keyFields.map(({ name, field }) =>
    toText(formOfField(field), state.row ? storedValue(field, state.row[name]) : state.read(name)),
  );
}

/** The key that segments name, as native values by field, or why they name none. */
export function keyFromSegments(
  definition: ModelDefinition,
  segments: readonly string[],
): { key: Record<string, unknown> } | { reason: string } {
  const { keyFields } = definition;
  if (segments.length !== keyFields.length)
    return { reason: `expected ${keyFields.map(({ name }) => name).join(', ')}, got ${segments.length} segments` };
  const key: Record<string, unknown> = {};
  for (const [at, { name, field }] of keyFields.entries()) {
    const parsed = formOfField(field).fromText(segments[at] ?? '');
    if ('reason' in parsed) return { reason: `${name}: ${parsed.reason}` };
    key[name] = parsed.value;
  }
  return whyNoKey(definition, key) ?? { key };
}

/** A key's native values in JSON. */
export function keyToJson({ keyFields }: ModelDefinition, key: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(keyFields.map(({ name, field }) => [name, field.toJson(key[name])]));
}

/** The key of an object's row, as DynamoDB takes it. @param key as `keyFromSegments` gives it */
export function rowKeyOf(model: ModelClass, tenant: string, key: Readonly<Record<string, unknown>>): AttributeMap {
  const definition = definitionOf(model);
  const parts = primaryIdParts(definition, (name) => key[name]);
  return keyAttributeMap(rowKey(definition, tenant, parts));
}

/** The primary id of the object whose row has this key. @param row as `rowKeyOf` gives it */
export function primaryIdOfRow(model: ModelClass, tenant: string, row: AttributeMap): string {
  const definition = definitionOf(model);
  return formatPrimaryId(definition, partsOfRowKey(definition, tenant, keyOfRow(row)));
}

/** Empty and overlong parts are refused here, so that callers can tell a bad path from a bad body. */
function whyNoKey(definition: ModelDefinition, key: Readonly<Record<string, unknown>>): { reason: string } | null {
  try {
    rowKey(
      definition,
      null,
      primaryIdParts(definition, (name) => key[name]),
    );
    return null;
  } catch (error) {
    if (error instanceof BaoError) return { reason: error.message };
    throw error;
  }
}

/** The whole row of an object that is created or replaced. */
import type { AttributeMap } from '../dynamo/types.ts';
import { ConfigurationError, ValidationError } from './errors.ts';
import { findFeature } from './features.ts';
import type { BaoField } from './fields/field.ts';
import { keyAttributeMap, primaryIdParts, rowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { attributeOf } from './stored-values.ts';

/** A row that is about to be written. */
export interface NewRow {
  key: RowKey;
  row: AttributeMap;
  /** the checked native values it was made of */
  values: Readonly<Record<string, unknown>>;
}

/**
 * Makes the row of a new object: given values, defaults for the others, keys of the table and all indexes.
 *
 * @throws ConfigurationError for a field the model does not have, ValidationError for a value that is missing or of another kind,
 *   ServiceError `item_too_large` beyond DynamoDB's 400 KB
 */
export function newRow(definition: ModelDefinition, tenant: string | null, data: Readonly<Record<string, unknown>>): NewRow {
  checkNames(definition, data);
  const values: Record<string, unknown> = {};
  const fields: AttributeMap = {};
  for (const [name, field] of definition.fields) {
    const value = initialOrGiven(field, data[name]);
    checkValue(name, field, value);
    const attribute = attributeOf(field, value);
    values[name] = attribute === undefined ? null : value;
    if (attribute !== undefined) fields[name] = attribute;
  }
  const read = (name: string) => values[name];
  const parts = primaryIdParts(definition, read);
  const key = rowKey(definition, tenant, parts);
  const row: AttributeMap = { ...keyAttributeMap(key), ...definition.versions?.attribute, ...fields };
  for (const group of definition.derived)
    for (const [name, text] of Object.entries(group.compute(definition, { tenant, parts, read }))) row[name] = { S: text };
  findFeature('item-limits')?.(row);
  return { key, row, values };
}

/** Values that name the same object each time a row is made of them: with the key of `row`, a new id included. */
export function withKeyOf(
  { keyFields }: ModelDefinition,
  data: Readonly<Record<string, unknown>>,
  { values }: NewRow,
): Record<string, unknown> {
  return { ...data, ...Object.fromEntries(keyFields.map(({ name }) => [name, values[name]])) };
}

/** @throws ConfigurationError naming the first key of `data` that is no field */
export function checkNames({ name: model, fields }: ModelDefinition, data: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(data).find((name) => !fields.has(name));
  if (unknown === undefined) return;
  const issues = [{ path: `/${unknown.slice(0, 80)}`, reason: 'is no field of the model' }];
  throw new ConfigurationError(`Unknown field: ${unknown.slice(0, 80)}`, model, 'unknown_field', { issues });
}

/** @throws ValidationError naming the field */
export function checkValue(name: string, field: BaoField, value: unknown): void {
  if (field.required && field.isUnset(value)) throw new ValidationError(`Field is required: ${name}`, name, value);
  try {
    field.validate(value);
  } catch (error) {
    throw error instanceof ValidationError ? error.ofField(name, value) : error;
  }
}

/** A modified date is the moment of the write, whatever is given. */
function initialOrGiven(field: BaoField, given: unknown): unknown {
  if (field.kind === 'modified-date') return field.getInitialValue();
  const isMissing = given === undefined || (field.required && field.isUnset(given));
  return isMissing ? field.getInitialValue() : given;
}

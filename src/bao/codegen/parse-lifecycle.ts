/** Reads what a model says of the life of its rows: `softDelete:`, `schemaVersion:` and `upcasters:`. */
import type { FieldDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import { type MapReader, suggestion } from './map-reader.ts';
import type { IssueList } from './source.ts';

const MAX_SCHEMA_VERSION = 1_000_000;

/** The field that says when an object was deleted, or null. */
export function parseSoftDelete(
  model: MapReader,
  primaryKey: KeyDefinition | null,
  fields: ReadonlyMap<string, FieldDefinition>,
  issues: IssueList,
): string | null {
  const named = model.text('softDelete');
  if (named === undefined) return null;
  const { value, at } = named;
  const field = fields.get(value);
  const isInKey = primaryKey?.partitionKey === value || primaryKey?.sortKey === value;
  if (field === undefined)
    issues.error(at, `${model.what}: "softDelete": unknown field "${value}"; ${suggestion(value, [...fields.keys()])}`);
  else if (field.kind !== 'date-time' || field.required || isInKey)
    issues.error(at, `${model.what}: "softDelete" expected an optional DateTimeField outside of the key, got the ${field.type} "${value}"`);
  return value;
}

/** Which version of the model its rows are written in, and the module that brings older rows up to it. */
export function parseVersions(model: MapReader, issues: IssueList): Pick<ModelDefinition, 'schemaVersion' | 'upcasters'> {
  const version = model.integer('schemaVersion', 1, MAX_SCHEMA_VERSION);
  const upcasters = model.text('upcasters');
  if (version !== undefined && version.value > 1 && upcasters === undefined && model.entry('upcasters') === undefined) {
    const example = 'upcasters: ./upcasters.ts, a module that exports `upcasters = { 1: (attributes) => attributes }`';
    issues.error(version.at, `${model.what}: version ${version.value} needs a way from the versions before it; ${example}`);
  }
  return {
    schemaVersion: version?.value ?? 1,
    upcasters: upcasters === undefined ? null : { path: upcasters.value, at: upcasters.at },
  };
}

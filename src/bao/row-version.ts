/** Which version of its model a row was written by. */
import type { AttributeMap } from '../dynamo/types.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import { DataFormatError } from './errors.ts';
import type { ModelDefinition } from './model-definition.ts';

/** The version that wrote a row; rows that do not say are of version 1. */
export function versionOfRow(row: AttributeMap): number {
  const version = row[SCHEMA_VERSION_FIELD];
  return version && 'N' in version ? Number(version.N) : 1;
}

/**
 * A row as the current version of the model would have written it, keys of indexes aside. Rows of the current version are returned as they
 * are.
 *
 * @throws DataFormatError for a row of a later version, and what upcasters throw
 */
export function currentForm({ versions, name }: ModelDefinition, row: AttributeMap): AttributeMap {
  const version = versionOfRow(row);
  const known = versions?.current ?? 1;
  if (version > known)
    throw new DataFormatError(`a row of version ${version} of ${name}, of which this program knows ${known}`, null, `${known}`);
  return version === known || versions === null ? row : versions.upcast(row);
}

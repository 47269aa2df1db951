/** Rows of earlier versions of a model, made into rows of today's when they are read. */
import { marshallItem, unmarshallItem } from '../dynamo/codec.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import { ConfigurationError, DataFormatError } from './errors.ts';
import type { ModelDefinition } from './model-definition.ts';
import { sameAttribute } from './stored-values.ts';

/**
 * Makes the attributes of one version into those of the next, and leaves its argument as it is. They are stored values by attribute name:
 * text, numbers, booleans, Sets, Uint8Arrays, objects and arrays; dates are milliseconds, a ttl seconds. Those that are null or
 * left out are removed. The key and unique values have to stay.
 */
export type Upcaster = (attributes: Record<string, unknown>) => Record<string, unknown>;

/** By the version that they take: `1` makes version 1 into version 2. */
export type Upcasters = Readonly<Record<number, Upcaster>>;

/** The version of the model that wrote a row; rows that do not say are of version 1. */
export function versionOfRow(row: AttributeMap): number {
  const version = row[SCHEMA_VERSION_FIELD];
  return version && 'N' in version ? Number(version.N) : 1;
}

/** Whether a row was written by an earlier version of the model. */
export function isOutdated({ schemaVersion }: ModelDefinition, row: AttributeMap): boolean {
  return versionOfRow(row) < schemaVersion;
}

/** What a row says of its version; nothing for a model that has had only one. */
export function versionAttribute({ schemaVersion }: ModelDefinition): AttributeMap {
  return schemaVersion === 1 ? {} : { [SCHEMA_VERSION_FIELD]: { N: String(schemaVersion) } };
}

/**
 * A row as the current version of the model would have written it, keys of indexes aside. Rows of the current version are returned as they
 * are.
 *
 * @throws DataFormatError for a row of a later version, ConfigurationError for an upcaster that changes the key or a unique value, and
 *   whatever the upcaster throws
 */
export function upcastRow(definition: ModelDefinition, row: AttributeMap): AttributeMap {
  const { schemaVersion, upcasters, name } = definition;
  const version = versionOfRow(row);
  if (version === schemaVersion) return row;
  if (version > schemaVersion)
    throw new DataFormatError(
      `a row of version ${version} of ${name}, of which this program knows ${schemaVersion}`,
      null,
      `${schemaVersion}`,
    );
  let attributes = unmarshallItem(part(row, (attribute) => !isOfLayout(attribute)));
  for (let from = version; from < schemaVersion; from += 1) attributes = upcasters[from]?.(attributes) ?? attributes;
  const set = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
  const upcast = { ...part(row, isOfLayout), ...marshallItem(set), ...versionAttribute(definition) };
  const lasting = [...definition.keyFields, ...definition.uniqueConstraints];
  const changed = lasting.find((field) => !sameAttribute(row[field.name], upcast[field.name]));
  if (changed) throw new ConfigurationError(`the upcasters from version ${version} change ${changed.name}, which is a key or unique`, name);
  return upcast;
}

/** Attributes of the layout begin with an underscore, which no field may. */
function isOfLayout(attribute: string): boolean {
  return attribute.startsWith('_');
}

function part(row: AttributeMap, belongs: (attribute: string) => boolean): AttributeMap {
  return Object.fromEntries(Object.entries(row).filter(([attribute]) => belongs(attribute)));
}

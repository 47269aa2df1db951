/**
 * Models whose stored form has changed: rows of earlier versions are made into rows of today's when they are read, and written so with the
 * next change. `steamer/bao/schema-versions` for programs of `steamer/bao/core`.
 */
import { marshallItem, unmarshallItem } from '../dynamo/codec.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { Assumptions } from './assumptions.ts';
import { REMOVED, setTo } from './attribute-change.ts';
import type { AttributeChange } from './attribute-change.ts';
import { SCHEMA_VERSION_FIELD } from './constants.ts';
import { ConfigurationError } from './errors.ts';
import { addFeature } from './features.ts';
import { FieldOperation } from './field-operation.ts';
import type { DefinitionDraft, Fail, ModelDefinition, ModelStatics } from './model-definition.ts';
import { checkValue } from './new-row.ts';
import { versionOfRow } from './row-version.ts';
import { attributeOf, sameAttribute, storedValue } from './stored-values.ts';
import type { UpdateIntent, UpdatePlan } from './update-plan.ts';

/**
 * Makes the attributes of one version into those of the next, and leaves its argument as it is. They are stored values by attribute name:
 * text, numbers, booleans, Sets, Uint8Arrays, objects and arrays; dates are milliseconds, a ttl seconds. Those that are null or
 * left out are removed. The key and unique values have to stay.
 */
export type Upcaster = (attributes: Record<string, unknown>) => Record<string, unknown>;

/** By the version that they take: `1` makes version 1 into version 2. */
export type Upcasters = Readonly<Record<number, Upcaster>>;

/** The versions of a model that has had more than one. */
export interface SchemaVersions {
  readonly current: number;
  /** what a row of the current version says of it */
  readonly attribute: AttributeMap;
  /** A row of an earlier version as one of the current. @throws ConfigurationError for an upcaster that changes the key or a unique value */
  upcast(row: AttributeMap): AttributeMap;
  /**
   * Plans an update of a row of an earlier version. An upcaster may make anything of anything, so the write depends on every field being
   * as it was read.
   *
   * @param current the row in today's form
   */
  plan(tenant: string | null, intent: UpdateIntent, row: AttributeMap, current: AttributeMap): UpdatePlan;
}

/** Whether a row was written by an earlier version of the model. */
export function isOutdated({ versions }: ModelDefinition, row: AttributeMap): boolean {
  return versions !== null && versionOfRow(row) < versions.current;
}

function defineVersions(draft: DefinitionDraft, { schemaVersion, upcasters }: ModelStatics, fail: Fail): void {
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1)
    fail(`schemaVersion has to be a whole number from 1, got ${String(schemaVersion)}`);
  for (let from = 1; from < schemaVersion; from += 1)
    if (typeof upcasters[from] !== 'function') fail(`upcasters has none from version ${from} to ${from + 1}`);
  draft.versions = {
    current: schemaVersion,
    attribute: { [SCHEMA_VERSION_FIELD]: { N: String(schemaVersion) } },
    upcast: (row) => upcastRow(draft, upcasters, row),
    plan: (tenant, intent, row, current) => planOutdated(draft, tenant, intent, row, current),
  };
}

function upcastRow(definition: ModelDefinition, upcasters: Upcasters, row: AttributeMap): AttributeMap {
  const { versions, name, keyFields, unique } = definition;
  const version = versionOfRow(row);
  let attributes = unmarshallItem(part(row, (attribute) => !isOfLayout(attribute)));
  for (let from = version; from < (versions?.current ?? 1); from += 1) attributes = upcasters[from]?.(attributes) ?? attributes;
  const set = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
  const upcast = { ...part(row, isOfLayout), ...marshallItem(set), ...versions?.attribute };
  const lasting = [...keyFields.map((key) => key.name), ...(unique?.fields ?? [])];
  const changed = lasting.find((field) => !sameAttribute(row[field], upcast[field]));
  if (changed !== undefined)
    throw new ConfigurationError(`the upcasters from version ${version} change ${changed}, which is a key or unique`, name);
  return upcast;
}

/** Attributes of the layout begin with an underscore, which no field may. */
function isOfLayout(attribute: string): boolean {
  return attribute.startsWith('_');
}

function part(row: AttributeMap, belongs: (attribute: string) => boolean): AttributeMap {
  return Object.fromEntries(Object.entries(row).filter(([attribute]) => belongs(attribute)));
}

function planOutdated(
  definition: ModelDefinition,
  tenant: string | null,
  intent: UpdateIntent,
  row: AttributeMap,
  current: AttributeMap,
): UpdatePlan {
  const after = { ...current };
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
  const read = (name: string) => {
    const field = definition.fields.get(name);
    return field ? storedValue(field, after[name]) : null;
  };
  // Every key of an index, the search text, and the keys of the iteration index.
  for (const group of definition.derived) {
    const computed = group.compute(definition, { tenant, parts: intent.parts, read });
    for (const name of group.names) {
      if (computed[name] === undefined) delete after[name];
      else after[name] = { S: computed[name] };
    }
  }
  return { changes: differences(row, after), assumptions: allOf(definition, row), values };
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

addFeature('schema-versions', defineVersions);

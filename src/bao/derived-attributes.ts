/** The attributes of a row that follow from its fields: index keys, search text. A write recomputes each one whose fields change. */
import { indexAttributes, indexKeyOf } from './layout.ts';
import type { KeyAttributes, PrimaryIdParts } from './layout.ts';
import type { IndexDefinition, ModelDefinition } from './model-definition.ts';

/** The object that attributes follow from. */
export interface DerivedFrom {
  tenant: string | null;
  parts: PrimaryIdParts;
  /** a field's native value, or null */
  read: (name: string) => unknown;
}

/** One group of attributes that are computed together. */
export interface DerivedAttributes {
  /** the fields they follow from, besides those of the primary key */
  readonly sources: readonly string[];
  /** every attribute that may be in the group */
  readonly names: readonly string[];
  /** Those that are, by name. */
  compute(definition: ModelDefinition, from: DerivedFrom): KeyAttributes;
}

/** The keys of a secondary index. */
export function indexKeys(index: IndexDefinition): DerivedAttributes {
  const { partition, sort } = indexAttributes(index);
  return {
    sources: [index.partition, index.sort].flatMap((part) => (part === null ? [] : [part.name])),
    names: [partition, sort],
    compute: (definition, { tenant, read }) => indexKeyOf(definition, tenant, index, read),
  };
}

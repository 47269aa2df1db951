/** The attributes of a row that follow from its fields: index keys and search text. A write recomputes each one whose fields change. */
import { SEARCH_TEXT_FIELD } from './constants.ts';
import { indexAttributes, indexKeyOf } from './layout.ts';
import type { KeyAttributes } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { searchTextOf } from './search-text.ts';

/** One group of attributes that are computed together. */
export interface DerivedAttributes {
  /** the fields they follow from */
  readonly sources: readonly string[];
  /** every attribute that may be in the group */
  readonly names: readonly string[];
  /** those that are, by name; `read` gives a field's native value or null */
  compute(tenant: string | null, read: (name: string) => unknown): KeyAttributes;
}

const groups = new WeakMap<ModelDefinition, readonly DerivedAttributes[]>();

/** The groups of a model. */
export function derivedAttributes(definition: ModelDefinition): readonly DerivedAttributes[] {
  const known = groups.get(definition);
  if (known) return known;
  const made = [...indexKeys(definition), ...searchText(definition)];
  groups.set(definition, made);
  return made;
}

function indexKeys(definition: ModelDefinition): DerivedAttributes[] {
  const secondary = [...definition.indexes.values()].filter(({ indexId }) => indexId !== null);
  return secondary.map((index) => {
    const { partition, sort } = indexAttributes(index);
    return {
      sources: [index.partition, index.sort].flatMap((part) => (part === null ? [] : [part.name])),
      names: [partition, sort],
      compute: (tenant, read) => indexKeyOf(definition, tenant, index, read),
    };
  });
}

function searchText({ searchConfig, fields }: ModelDefinition): DerivedAttributes[] {
  if (searchConfig === null) return [];
  return [
    {
      sources: searchConfig.fields,
      names: [SEARCH_TEXT_FIELD],
      compute: (_tenant, read) => {
        const text = searchTextOf(
          searchConfig.fields.map((name) => fields.get(name)?.toDy(read(name))),
          searchConfig,
        );
        return text === null ? {} : { [SEARCH_TEXT_FIELD]: text };
      },
    },
  ];
}

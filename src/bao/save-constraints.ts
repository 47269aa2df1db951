/**
 * What a save demands of the stored row: `save({ constraints: { fieldMatches: ['version'] } })`. `steamer/bao/save-constraints` for programs
 * of `steamer/bao/core`.
 */
import type { InstanceState } from './instance-state.ts';
import { ConfigurationError } from './errors.ts';
import { addFeature } from './features.ts';
import { storedValue } from './stored-values.ts';
import type { UpdateOptions } from './write-target.ts';

/** What `save` demands of the row that is there, besides what was loaded. Default: nothing. */
export interface SaveConstraints {
  /** there is a row already: an object that was never loaded changes it rather than being created */
  mustExist?: boolean;
  /** there is no row: a loaded object is stored again as a new one */
  mustNotExist?: boolean;
  /** the fields whose stored values are still those the object was loaded with; of no meaning to a new object */
  fieldMatches?: string | readonly string[];
}

export interface SaveOptions<Condition = unknown> extends UpdateOptions<Condition> {
  constraints?: SaveConstraints | null;
}

/** What a save with constraints does. */
export interface ConstrainedSave {
  /** it creates a row, rather than changing one */
  isNew: boolean;
  options: UpdateOptions;
}

/** @throws ConfigurationError for constraints that exclude each other */
function constrained({ row, definition }: InstanceState, options: SaveOptions): ConstrainedSave {
  const { mustExist = false, mustNotExist = false, fieldMatches = [] } = options.constraints ?? {};
  if (mustExist && mustNotExist) throw new ConfigurationError('a row cannot both have to exist and not', definition.name);
  const isNew = row === null ? !mustExist : mustNotExist;
  const names = typeof fieldMatches === 'string' ? [fieldMatches] : fieldMatches;
  if (row === null || names.length === 0) return { isNew, options };
  const matches = names.map((name) => {
    const field = definition.fields.get(name);
    // A filter refuses the unknown name in its own words.
    return { [name]: { $eq: field && row[name] !== undefined ? storedValue(field, row[name]) : null } };
  });
  return { isNew, options: { ...options, condition: { $and: [...(options.condition ? [options.condition] : []), ...matches] } } };
}

addFeature('save-constraints', constrained);

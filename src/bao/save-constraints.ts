/** What a save demands of the stored row: `save({ constraints: { fieldMatches: ['version'] } })`. */
import type { InstanceState } from './instance-state.ts';
import { ConfigurationError } from './errors.ts';
import { storedValue } from './stored-values.ts';
import type { UpdateOptions } from './write-target.ts';

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

/** Whether a save creates a row, rather than changing one. @throws ConfigurationError for constraints that exclude each other */
export function createsRow({ row, definition }: InstanceState, { constraints }: SaveOptions): boolean {
  const { mustExist = false, mustNotExist = false } = constraints ?? {};
  if (mustExist && mustNotExist) throw new ConfigurationError('a row cannot both have to exist and not', definition.name);
  return row === null ? !mustExist : mustNotExist;
}

/** The options of a save, with `fieldMatches` as part of the condition. */
export function withFieldMatches({ row, definition }: InstanceState, options: SaveOptions): UpdateOptions {
  const { fieldMatches = [] } = options.constraints ?? {};
  const names = typeof fieldMatches === 'string' ? [fieldMatches] : fieldMatches;
  if (row === null || names.length === 0) return options;
  const matches = names.map((name) => {
    const field = definition.fields.get(name);
    // A filter refuses the unknown name in its own words.
    return { [name]: { $eq: field && row[name] !== undefined ? storedValue(field, row[name]) : null } };
  });
  return { ...options, condition: { $and: [...(options.condition ? [options.condition] : []), ...matches] } };
}

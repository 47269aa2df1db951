/** Brings rows up to what their model declares now: the search text, and with it every key of an index. */
import { SEARCH_TEXT_FIELD } from './constants.ts';
import { BaoError, ConditionalError, ItemNotFoundError, ValidationError } from './errors.ts';
import { STATE } from './instance-state.ts';
import type { InstanceState } from './instance-state.ts';
import { iteratePages } from './iterate.ts';
import type { IterateOptions, IterationPage } from './iterate.ts';
import { keyOfRow, partsOfRowKey } from './layout.ts';
import type { BaoModel } from './model.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { saveObject } from './save.ts';
import { storedValue } from './stored-values.ts';

/** What a rebuild goes through, and whether it writes. */
export interface RebuildOptions extends Omit<IterateOptions, 'filter' | 'includeExpired' | 'includeDeleted'> {
  /** only counts what would be rewritten; default false */
  dryRun?: boolean;
}

/** How far a rebuild has come. */
export interface RebuildStep extends Pick<IterationPage<never>, 'cursor' | 'bucketsLeft'> {
  /** objects that this step has looked at */
  seen: number;
  /** those that were rewritten, or would have been */
  rewritten: number;
  failures: RebuildFailure[];
}

/** An object that stays as it is: a value has no room in an index, or the row changed with every attempt. */
export interface RebuildFailure {
  primaryId: string;
  error: Error;
}

type Outcome = 'right' | 'gone' | 'rewritten' | RebuildFailure;

/** Rows that are rewritten at the same time. */
const DEFAULT_BATCH_SIZE = 25;

/**
 * Rewrites the objects of a model whose search text or index keys are not what the model makes of their fields, a page at a time.
 * Objects that are right already cost a read and no write, so a rebuild can be run again at any time. The cursor of a step goes on after it.
 *
 * Dates of modification and versions stay. Rows that were written before the model was iterable are in no bucket, so they are not found.
 *
 * @throws BaoError for a model that is not searchable or not iterable, and what `iteratePages` and `save` throw
 */
export async function* rebuildSearchText(model: ModelClass, options: RebuildOptions = {}): AsyncGenerator<RebuildStep> {
  const { dryRun = false, ...walk } = options;
  const { name, searchConfig } = definitionOf(model);
  if (searchConfig === null) {
    const remedy = 'Add a searchable: { fields: [...] } block in YAML and run codegen first.';
    throw new BaoError(`Model "${name}" is not configured as searchable. ${remedy}`, 'misconfigured');
  }
  // What was deleted softly may be restored; what has expired may not.
  const pages = iteratePages(model, { batchSize: DEFAULT_BATCH_SIZE, ...walk, includeDeleted: true });
  for await (const { items, cursor, bucketsLeft } of pages) {
    const outcomes = await Promise.all(items.map((object) => rebuilt(object, dryRun)));
    const rewritten = outcomes.filter((outcome) => outcome === 'rewritten').length;
    const failures = outcomes.filter((outcome) => typeof outcome === 'object');
    yield { seen: items.length, rewritten, failures, cursor, bucketsLeft };
  }
}

async function rebuilt(object: BaoModel, dryRun: boolean): Promise<Outcome> {
  try {
    if (!isStale(object[STATE])) return 'right';
    if (!dryRun) await saveObject(object, { forceReindex: true, includeDeleted: true });
    return 'rewritten';
  } catch (error) {
    if (error instanceof ItemNotFoundError) return 'gone'; // deleted meanwhile
    if (error instanceof ValidationError || error instanceof ConditionalError) return { primaryId: object.getPrimaryId(), error };
    throw error;
  }
}

/** Whether an attribute that follows from the fields is not what follows from them. */
function isStale({ definition, tenant, row }: InstanceState): boolean {
  if (row === null) return false;
  const read = (name: string): unknown => {
    const field = definition.fields.get(name);
    return field ? storedValue(field, row[name]) : null;
  };
  const parts = partsOfRowKey(definition, tenant, keyOfRow(row));
  const wanted: Record<string, string> = {};
  const names = new Set([SEARCH_TEXT_FIELD]);
  for (const group of definition.derived) {
    for (const name of group.names) names.add(name);
    Object.assign(wanted, group.compute(definition, { tenant, parts, read }));
  }
  return [...names].some((name) => textOf(row[name]) !== wanted[name]);
}

function textOf(attribute: object | undefined): unknown {
  return attribute && 'S' in attribute ? attribute.S : attribute;
}

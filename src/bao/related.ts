/**
 * Objects that a RelatedField names, loaded through the batch context: a page of objects costs one request for all of them. The fields
 * bring this along: programs without them have none of it.
 */
import { currentBatchContext, runWithBatchContext } from './batch-context.ts';
import type { RelatedFieldClass } from './fields/text-fields.ts';
import { QueryError } from './errors.ts';
import { findById } from './find.ts';
import type { FindOptions } from './find.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import type { ModelManager } from './manager.ts';
import { classOf, managerOf } from './model-registry.ts';
import type { BaoModel } from './model.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import { foreignObject, openSession } from './store-session.ts';

/** A related object, or the fact that there is none with that id. */
export type RelatedObject = BaoModel | ObjectNotFound;

/** What RelatedFields bring to the models that have them. */
export interface Relations {
  /**
   * Loads the object that a field names and remembers it on the instance; null when the field is unset. With `consistent` or `bypassCache` it is loaded again,
   * and what has some `fields` only, or is hidden without these options, is for this caller alone.
   */
  load(instance: Stateful, name: string, options?: FindOptions): Promise<RelatedObject | null>;
  /** Loads the named relations of all instances, or all relations, in as few requests as there are tables; unknown names are skipped, as in dynamo-bao. */
  loadAll(instances: readonly Stateful[], names: readonly string[] | null, options?: FindOptions): Promise<void>;
  /** The objects of a page with their relations; with `relatedOnly` the related objects alone. @throws QueryError where it is not clear which */
  ofPage(instances: readonly Stateful[], options: PageRelations): Promise<readonly object[]>;
}

/** Which relations a page is asked for with; see `QueryOptions`. */
export interface PageRelations extends Pick<FindOptions, 'loaderContext'> {
  loadRelated?: boolean;
  relatedOptions?: FindOptions;
  relatedFields?: readonly string[] | null;
  relatedOnly?: boolean;
}

/** The relations of every RelatedField. */
export const RELATIONS: Relations = { load, loadAll, ofPage };

async function load(instance: Stateful, name: string, options: FindOptions = {}): Promise<RelatedObject | null> {
  const state = instance[STATE];
  const { consistent, bypassCache, fields, only, includeExpired, includeDeleted } = options;
  const isForAll = !fields && !only && !includeExpired && !includeDeleted;
  const known = state.related.get(name) as (RelatedObject & Partial<Stateful>) | undefined; // only functions of this file put objects there
  if (known && isForAll && !consistent && !bypassCache && !known[STATE]?.isPartial) return known;
  const id = state.read(name);
  if (id === null || id === undefined || id === '') return null;
  const { modelName } = state.definition.fields.get(name) as RelatedFieldClass; // whose relations these are
  const manager = managerOf(classOf(instance));
  // What is found is remembered on the instance, for whoever has it.
  if (state.row !== null) requireTenantOf(state, manager);
  const found: RelatedObject = await findById(manager.getModel(modelName), id, options);
  if (isForAll) state.related.set(name, found);
  return found;
}

/** @throws ConfigurationError where the running code is of another tenant than the row */
function requireTenantOf({ definition, tenant }: Stateful[typeof STATE], manager: ModelManager): void {
  if (tenant !== manager.requireTenant()) throw foreignObject(definition.name);
}

async function loadAll(instances: readonly Stateful[], names: readonly string[] | null, options: FindOptions = {}): Promise<void> {
  const loadEach = () =>
    Promise.all(
      instances.flatMap((instance) =>
        relatedNames(instance)
          .filter((name) => names === null || names.includes(name))
          .map(async (name) => {
            const found = await load(instance, name, options);
            if (found) instance[STATE].related.set(name, found);
          }),
      ),
    );
  if (currentBatchContext() || options.loaderContext) return void (await loadEach());
  const [first] = instances;
  if (first) openSession(classOf(first)); // where a batch context is required, this one is no substitute
  await runWithBatchContext(loadEach);
}

async function ofPage(
  instances: readonly Stateful[],
  { loadRelated, loaderContext, relatedFields = null, relatedOnly = false, relatedOptions }: PageRelations,
): Promise<readonly object[]> {
  if (relatedOnly && relatedFields?.length !== 1) throw new QueryError('relatedOnly requires a single entry in relatedFields');
  if (relatedOnly && !loadRelated) throw new QueryError('relatedOnly requires loadRelated to be true');
  await loadAll(instances, relatedFields, { ...(loaderContext && { loaderContext }), ...relatedOptions });
  const [name] = relatedFields ?? [];
  if (!relatedOnly || name === undefined) return instances;
  const related = instances.flatMap((instance) => (instance[STATE].related.get(name) as RelatedObject | undefined) ?? []); // as in `load`
  return related.filter((object) => object.exists());
}

function relatedNames(instance: Stateful): string[] {
  return [...instance[STATE].definition.fields].filter(([, { relations }]) => relations !== null).map(([name]) => name);
}

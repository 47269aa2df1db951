/** Objects that a RelatedField names, loaded through the batch context: a page of objects costs one request for all of them. */
import { currentBatchContext, runWithBatchContext } from './batch-context.ts';
import type { CallOptions } from './call-bounds.ts';
import { ConfigurationError } from './errors.ts';
import { RelatedFieldClass } from './fields/text-fields.ts';
import { findById } from './find.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import { managerOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import type { BaoModel } from './model.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import { openSession } from './store-session.ts';

/** A related object, or the fact that there is none with that id. */
export type RelatedObject = BaoModel | ObjectNotFound;

/** The class of an instance: bound to a manager, or the one its author wrote. */
export function classOf(instance: object): ModelClass {
  return instance.constructor as ModelClass; // instances of models are made by their classes only
}

/**
 * The class `model` as it is bound to the manager of `instance`, for methods of one model that speak to another.
 *
 * @throws ConfigurationError when that manager does not know it
 */
export function relatedModel<Model extends { readonly name: string; readonly modelName: string | null }>(
  instance: object,
  model: Model,
): Model {
  // A bound class extends the class it is bound for.
  return managerOf(classOf(instance)).getModel(model.modelName ?? model.name) as unknown as Model;
}

/** Loads the object that a field names and remembers it on the instance; null when the field is unset. @throws ConfigurationError for another field */
export async function loadRelated(instance: Stateful, name: string, options: CallOptions = {}): Promise<RelatedObject | null> {
  const state = instance[STATE];
  const field = relatedField(instance, name);
  const known = state.related.get(name);
  if (known !== undefined) return known as RelatedObject; // only this function puts objects there
  const id = state.read(name);
  if (id === null || id === undefined || id === '') return null;
  const model = managerOf(classOf(instance)).getModel(field.modelName);
  const found: RelatedObject = await findById(model, id, options);
  state.related.set(name, found);
  return found;
}

/** Loads the named relations of all instances, or all relations, in as few requests as there are tables; unknown names are skipped, as in dynamo-bao. */
export async function loadRelatedOf(
  instances: readonly Stateful[],
  names: readonly string[] | null,
  options: CallOptions = {},
): Promise<void> {
  const load = () =>
    Promise.all(
      instances.flatMap((instance) =>
        relatedNames(instance)
          .filter((name) => names === null || names.includes(name))
          .map((name) => loadRelated(instance, name, options)),
      ),
    );
  if (currentBatchContext() || options.loaderContext) return void (await load());
  const [first] = instances;
  if (first) openSession(classOf(first)); // where a batch context is required, this one is no substitute
  await runWithBatchContext(load);
}

/** The related object that was loaded, if any. @throws ConfigurationError for a field that is no RelatedField */
export function loadedRelated(instance: Stateful, name: string): RelatedObject | undefined {
  relatedField(instance, name);
  return instance[STATE].related.get(name) as RelatedObject | undefined; // only `loadRelated` puts objects there
}

function relatedNames(instance: Stateful): string[] {
  return [...instance[STATE].definition.fields].filter(([, field]) => field instanceof RelatedFieldClass).map(([name]) => name);
}

function relatedField(instance: Stateful, name: string): RelatedFieldClass {
  const { definition } = instance[STATE];
  const field = definition.fields.get(name);
  if (field instanceof RelatedFieldClass) return field;
  throw new ConfigurationError(`${name} is not a RelatedField`, definition.name);
}

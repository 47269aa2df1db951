/** Saving an object that the program made or changed. */
import { ConfigurationError } from './errors.ts';
import { demandFeature } from './features.ts';
import { STATE } from './instance-state.ts';
import type { InstanceState, Stateful } from './instance-state.ts';
import { classOf } from './model-registry.ts';
import { runHook } from './plugins.ts';
import { insertRow } from './put-row.ts';
import type { SaveOptions } from './save-constraints.ts';
import { changeRow } from './update-row.ts';
import { openTarget } from './write-target.ts';

/**
 * Stores an object: a new one is created, a loaded one has its changed fields written. Afterwards the object is as the row is.
 * Sets change by their members and counters by their increments, so that what others wrote meanwhile survives.
 *
 * @throws as `create` and `update`; ConfigurationError for an object of a query with `fields`
 */
export async function saveObject(instance: Stateful, given: SaveOptions = {}): Promise<void> {
  const state = instance[STATE];
  if (state.isPartial) throw new ConfigurationError('an object that was read in part cannot be saved', state.definition.name);
  const { isNew, options: demanded } = given.constraints
    ? demandFeature('save-constraints', 'save: constraints')(state, given)
    : { isNew: state.row === null, options: given };
  const changes = state.changes();
  if (!isNew && state.row !== null && Object.keys(changes).length === 0 && given.forceReindex !== true) return;
  const options = { ...demanded, instanceObj: instance };
  const target = openTarget(classOf(instance), options, state.row === null ? undefined : state.tenant);
  const written = isNew
    ? await insertRow(target, allValues(state), options)
    : await changeRow(target, { parts: state.parts, values: changes, loadedValues: state.row ?? {} }, options, state.row ?? undefined);
  state.replaceRow(written.row, target.session.tenant);
  state.consume('write', written.writeUnits);
  target.session.rows?.put(written.key, instance);
  await runHook(target.definition, 'afterSave', instance, { ...options, isNew });
}

/** The values of a row that is created: of a new object what was set, of a loaded one every field. */
function allValues(state: InstanceState): Record<string, unknown> {
  if (state.row === null) return state.changes();
  return Object.fromEntries(Array.from(state.definition.fields.keys(), (name) => [name, state.read(name)]));
}
